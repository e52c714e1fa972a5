"""A command whose standard streams are closed does what it does with the null device in their place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from records import DONE, STARTED, epoch
from stand_in import StandIn

from tuilab.runs import store
from tuilab.runs.summary import summarize

BN = ["run", "--preset", "bn", "--data", "digits", "--device", "cpu"]
CLOSED = ["2>&-", ">&-", "<&-", "<&- >&- 2>&-"]


def ended(command: list[str], redirected: str) -> tuple[int, str]:
    """Run a command in a shell that closes or redirects streams; return its exit code and what is heard."""
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirected}', "-", *command],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ,
    )
    assert "Traceback" not in done.stderr and "Error" not in done.stderr
    return done.returncode, done.stdout


def null(redirected: str) -> str:
    """Return the same with the null device instead."""
    return redirected.replace("<&-", "</dev/null").replace(">&-", ">/dev/null")


@pytest.mark.parametrize("redirected", CLOSED)
@pytest.mark.parametrize("words", [["presets", "show", "bn"], ["show", "latest"], []], ids=str)
def test_a_command_ends_as_with_the_null_device(words: list[str], redirected: str) -> None:
    command = [sys.executable, "-m", "tuilab", *words]
    assert ended(command, redirected) == ended(command, null(redirected))


@pytest.mark.parametrize("redirected", CLOSED)
def test_a_training_goes_to_its_end(redirected: str, stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1), DONE, "end")
    code, out = ended(stand_in.command(*BN), redirected)
    (run,) = store.list_runs()
    assert code == 0 and summarize(run).state == "done"
    assert ("done; 1 epoch" in out) is (" >&-" not in f" {redirected}")


def test_no_file_gets_the_number_of_a_closed_stream(tmp_path: Path) -> None:
    """Else what libraries print would go into whatever is opened first."""
    code = (
        "import os; from tuilab.processes.streams import open_closed; open_closed();"
        "fd = os.open(os.sys.argv[1], os.O_WRONLY | os.O_CREAT);"
        "os.write(2, b'noise'); print('words'); os.sys.exit(fd)"
    )
    number, _ = ended([sys.executable, "-c", code, str(tmp_path / "file")], "<&- >&- 2>&-")
    assert number > 2 and (tmp_path / "file").read_bytes() == b""


def test_a_worker_with_closed_streams_ends_as_any(tmp_path: Path) -> None:
    worker = [sys.executable, "-m", "tuilab.engine.worker", str(tmp_path / "20260101-000000-bn")]
    assert ended(worker, "<&- >&- 2>&-") == ended(worker, null("<&- >&- 2>&-"))


def test_a_home_whose_path_is_no_utf_8_serves_every_command(tmp_path: Path, stand_in: StandIn) -> None:
    home = tmp_path / os.fsdecode(b"caf\xe9")
    home.mkdir()
    stand_in.tell(STARTED, epoch(1), DONE, "end")
    for words in (BN, ["ps", "--all"], ["results"], ["ps", "--all"], ["results", "--format", "json"]):
        done = subprocess.run(
            stand_in.command(*words),
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environb, b"TUILAB_HOME": os.fsencode(home)},
        )
        assert done.returncode == 0, done.stderr
        assert "bn" in done.stdout
    assert (home / "runs" / ".index").is_file(), "what was read is kept there too"
