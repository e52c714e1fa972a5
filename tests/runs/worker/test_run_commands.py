"""Commands: what a worker is asked to do reaches it once, whatever else stands in the file."""

import os
import platform
import stat
from pathlib import Path

import pytest
from finished_runs import experiment_of

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.worker.commands import CommandReader, ask


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


def names(reader: CommandReader) -> list[str]:
    return [command.command for command in reader.read()]


def test_a_command_is_read_once_and_says_who_asked(run: Run) -> None:
    reader = CommandReader(run.commands)
    assert reader.read() == []
    ask(run, "stop")
    (command,) = reader.read()
    assert (command.command, command.host, command.pid) == ("stop", platform.node(), os.getpid())
    assert reader.read() == []
    ask(run, "stop")
    ask(run, "stop")
    assert names(reader) == ["stop", "stop"]


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_it_is_nobody_elses_whatever_the_umask(run: Run, umask: int) -> None:
    before = os.umask(umask)
    try:
        ask(run, "stop")
    finally:
        os.umask(before)
    assert stat.S_IMODE(run.commands.stat().st_mode) == 0o600


def test_what_was_asked_of_an_earlier_worker_stops_no_later_one(run: Run) -> None:
    ask(run, "stop")
    reader = CommandReader(run.commands)
    assert reader.read() == []
    ask(run, "stop")
    assert names(reader) == ["stop"]


def test_nothing_new_costs_one_look_at_the_files_state(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(run, "stop")
    reader = CommandReader(run.commands)

    def never(*_: object, **__: object) -> int:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(os, "open", never)
    monkeypatch.setattr("tuilab.runs.worker.commands.OPEN_SECONDS", 1e9)
    assert [reader.read() for _ in range(100)] == [[]] * 100


def test_now_and_then_it_is_opened_though_it_looks_unchanged(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On NFS what another host wrote is seen then."""
    ask(run, "stop")
    reader = CommandReader(run.commands)
    monkeypatch.setattr("tuilab.runs.worker.commands.OPEN_SECONDS", -1.0)
    opened = []
    real = os.open
    monkeypatch.setattr(os, "open", lambda *given: opened.append(1) or real(*given))
    assert reader.read() == [] and opened == [1]


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"rubbish\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"time":1,"command":"delete everything","host":"a","pid":1}\n',
        b'{"time":1,"command":"stop"}\n',
        b"[" * 10_000 + b"\n",
    ],
)
def test_a_damaged_line_is_passed_over(run: Run, line: bytes) -> None:
    reader = CommandReader(run.commands)
    run.commands.write_bytes(line)
    ask(run, "stop")
    assert names(reader) == ["stop"]


def test_a_line_that_is_still_being_written_is_waited_for(run: Run) -> None:
    ask(run, "stop")
    whole = run.commands.read_bytes()
    run.commands.unlink()
    reader = CommandReader(run.commands)
    seen = []
    for n in range(len(whole)):
        run.commands.write_bytes(whole[: n + 1])
        seen.append(names(reader))
    assert seen == [[]] * (len(whole) - 1) + [["stop"]]


def test_a_line_that_was_torn_off_does_not_take_the_next_one_with_it(run: Run) -> None:
    reader = CommandReader(run.commands)
    run.commands.write_bytes(b'{"time":17')
    assert reader.read() == []
    ask(run, "stop")
    assert names(reader) == ["stop"]


def test_a_file_that_was_replaced_is_read_from_its_beginning(run: Run) -> None:
    run.commands.write_bytes(b"x" * 1000)
    reader = CommandReader(run.commands)
    run.commands.unlink()
    ask(run, "stop")
    assert names(reader) == ["stop"]


@pytest.mark.parametrize("there", ["folder", "link", "fifo"])
def test_what_is_no_file_holds_no_commands_and_takes_none(run: Run, there: str, tmp_path: Path) -> None:
    reader = CommandReader(run.commands)
    if there == "folder":
        run.commands.mkdir()
    elif there == "link":
        run.commands.symlink_to(tmp_path / "elsewhere")
    else:
        os.mkfifo(run.commands)
    assert reader.read() == []
    if there != "fifo":
        with pytest.raises(RunError, match=f"the worker of {run.id} cannot be asked to stop: "):
            ask(run, "stop")
    assert not (tmp_path / "elsewhere").exists()
