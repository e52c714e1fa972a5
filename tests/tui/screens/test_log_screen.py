"""The log shows its end, whatever the worker printed, and why the run failed."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from app_bench import Bench
from obstacles import OBSTACLES, no_waiting, put
from textual.pilot import Pilot
from textual.widgets import Log, Static

from tuilab import presets
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Ending, Summary
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.log import TAIL, LogScreen, read_tail


def run_in(tmp_path: Path, content: bytes | None) -> Run:
    folder = tmp_path / "20260101-120000-bn"
    folder.mkdir()
    if content is not None:
        (folder / "worker.log").write_bytes(content)
    return Run(folder)


def test_a_log_that_is_not_there_or_empty_is_said(tmp_path: Path) -> None:
    run = run_in(tmp_path, None)
    assert "There is no log" in read_tail(run).note
    run.log.write_bytes(b"")
    assert "printed nothing" in read_tail(run).note


def test_of_a_long_log_the_end_is_read_from_a_whole_line_on(tmp_path: Path) -> None:
    lines = [b"line %06d" % number for number in range(20_000)]
    tail = read_tail(run_in(tmp_path, b"\n".join(lines)))
    assert tail.lines[-1] == "line 019999"
    assert all(len(line) == len("line 000000") for line in tail.lines)
    assert len("\n".join(tail.lines)) <= TAIL
    assert "The last 64 KiB of" in tail.note


def test_what_the_worker_printed_is_harmless(tmp_path: Path) -> None:
    content = b"\x1b[31mred\x9b2J \xe2\x80\xae [bold]x[/bold]\rstep 2\r\n" + b"y" * 3000
    lines = read_tail(run_in(tmp_path, content)).lines
    assert lines[0].startswith("\\e[31mred") and "\\u202e [bold]x[/bold]" in lines[0]
    assert lines[1] == "step 2"
    assert len(lines[2]) == 500 and lines[2].endswith("…")


Scenario = Callable[[Bench, LogScreen, Pilot[None]], Coroutine[Any, Any, None]]


def play(tmp_path: Path, run: Run, scenario: Scenario, booked: BookedRun | None = None) -> None:
    async def go() -> None:
        app = Bench(tmp_path)
        if booked is not None:
            app.session.book.add([booked])
        async with app.run_test(size=(80, 24)) as pilot:
            screen = LogScreen(run)
            app.push_screen(screen)
            await pilot.pause()
            await scenario(app, screen, pilot)
            await pilot.press("escape")
            await pilot.pause()
            assert app.screen is not screen

    asyncio.run(go())


def test_f5_reads_it_again(tmp_path: Path) -> None:
    run = run_in(tmp_path, b"one\n")

    async def scenario(app: Bench, screen: LogScreen, pilot: Pilot[None]) -> None:
        log = screen.query_one(Log)
        assert list(log.lines)[:1] == ["one"]
        run.log.write_bytes(b"one\ntwo\n")
        await pilot.press("f5")
        await pilot.pause()
        assert list(log.lines)[:2] == ["one", "two"]
        assert str(run.log) in str(screen.query_one("#where", Static).render())

    play(tmp_path, run, scenario)


def test_a_failed_run_says_why_and_what_helps(tmp_path: Path) -> None:
    run = run_in(tmp_path, b"Traceback\n")
    experiment = presets.find("bn").experiment
    manifest = Manifest(preset="bn", experiment_digest="0", created=0.0)
    summary = Summary(run, manifest, "failed", Ending("no [red]memory\x1b[31m", ("a smaller batch",)))

    async def scenario(app: Bench, screen: LogScreen, pilot: Pilot[None]) -> None:
        failure = screen.query_one("#failure", Static)
        assert failure.display
        assert str(failure.render()) == "failed: no [red]memory\\e[31m\n· a smaller batch"

    play(tmp_path, run, scenario, BookedRun(summary, experiment))


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_log_that_is_no_file_is_said_and_not_waited_for(obstacle: str, tmp_path: Path) -> None:
    run = run_in(tmp_path, None)
    put(obstacle, run.log)
    with no_waiting():
        assert read_tail(run).note.startswith("The log cannot be read: I")
