"""Coming back: the app says what happened meanwhile, once, and remembers for the next time."""

import contextlib
import platform

from finished_runs import finished_run
from harness import NARROW, FakeSource, LabPilot, lab_app, play, press, until
from records import FAILED, epoch
from test_bad_luck import messages
from test_lab import screen_text
from test_open_apps import leave, queued
from test_resuming_in_app import STOPPED

from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui.app import LabApp
from tuilab.tui.screens.meanwhile import MeanwhileScreen
from tuilab.tui.session.open_apps import _File, folder


def interrupted() -> Run:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    dead = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    run.lease.write_text(dead.text())
    return run


def noted() -> set[str]:
    """Return the runs that this process's apps have written down."""
    runs: set[str] = set()
    for path in folder().glob("*.json"):
        with contextlib.suppress(FileNotFoundError):  # nothing trains any more
            runs.update(_File.model_validate_json(path.read_bytes()).training)
    return runs


def meanwhile(app: LabApp) -> bool:
    return type(app.screen).__name__ == "MeanwhileScreen"


def test_each_run_that_trained_is_told_with_what_became_of_it_and_one_can_be_shown() -> None:
    done = finished_run("bn", accuracy=0.7654)
    stopped = finished_run("bn", epochs=[epoch(1)], last=STOPPED)
    untested = finished_run("bn", {"training.epochs": 1}, epochs=[epoch(1)], last=STOPPED)
    failed, lost = finished_run("bn", last=FAILED), interrupted()
    training = finished_run("bn", epochs=[epoch(1)], last=None)
    elsewhere = finished_run("bn-l2")
    deleted = "20260101-000000-bn"
    leave((done.id, stopped.id, untested.id, failed.id, lost.id, training.id, deleted))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(app))
        shown = screen_text(app)
        wide = max(len(run.id) for run in (done, stopped, untested, failed, lost, training))
        for line in (
            f"{done.id:<{wide}}  ✓ done: test accuracy 0.7654",
            f"{stopped.id:<{wide}}  ■ stopped after 1 of 5 epochs",
            f"{untested.id:<{wide}}  ■ stopped after its only epoch",
            f"{failed.id:<{wide}}  × failed: the loss is not a number",
            f"{lost.id:<{wide}}  × interrupted: its worker ended without saying why",
            f"{training.id:<{wide}}  ● still training: starting",
            "R resumes a run that stopped, failed or was interrupted.",
            "1 run was deleted.",
        ):
            assert line in shown, line
        assert elsewhere.id not in shown
        await press(pilot, "down enter")
        assert app.screen is app.lab_screen
        assert app.session.book.shown == stopped.id

    play(app, scenario)


def test_it_is_told_once() -> None:
    done = finished_run("bn")
    leave((done.id,))
    first, second = lab_app(), lab_app()

    async def told_here(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(first))
        await press(pilot, "escape")
        assert first.screen is first.lab_screen

    async def not_here(pilot: LabPilot) -> None:
        await pilot.pause(0.2)
        assert second.screen is second.lab_screen

    play(first, told_here, NARROW)
    play(second, not_here, NARROW)


def test_where_all_of_it_trains_still_a_sentence_says_so() -> None:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    leave((run.id,))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        assert [note.message for note in app._notifications] == [f"still training: {run.id}"]
        assert app.screen is app.lab_screen
        await until(pilot, lambda: noted() == {run.id})

    play(app, scenario)


def test_what_trains_and_what_is_queued_is_written_down_as_it_changes() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        first = source.newest
        await until(pilot, lambda: noted() == {first.run.id})
        await press(pilot, "r")
        await until(pilot, lambda: len(noted()) == 2)
        first.begin()
        first.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        await until(pilot, lambda: noted() == {source.newest.run.id})
        source.newest.begin()
        source.newest.finish()
        await until(pilot, lambda: not noted())
        assert any("is done" in sentence for sentence in said)

    play(app, scenario)


def test_at_80_columns_enter_shows_the_curves_of_the_run_that_was_chosen() -> None:
    done = finished_run("bn")
    leave((done.id,))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(app))
        await press(pilot, "enter")
        assert app.lab_screen.active == "curves" and app.session.book.shown == done.id
        await until(pilot, lambda: "✓ done" in screen_text(app))

    play(app, scenario, NARROW)


def test_the_queue_of_an_earlier_version_is_taken_over_once_parents_first() -> None:
    parent, child, other = queued("iteration-i", "iteration-ii", "bn")
    resumed = other.model_copy(update={"run": interrupted().id})
    gone = other.model_copy(update={"run": "20260101-000000-bn", "preset": "a-run"})
    leave((), (parent, child.model_copy(update={"after": 0}), resumed, gone))
    source = FakeSource()
    source.fakes.starts = False
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(app))
        assert isinstance(app.screen, MeanwhileScreen)
        told, lost = app.screen._sentences()
        assert told.endswith("in the queue now: iteration-i, iteration-ii, bn; Q lists it.")
        assert lost.startswith("a-run, which was queued, is not any more: ")
        await until(pilot, lambda: len(app.session.book.queue) == 3)
        waiting = {one.run.id: one.queued.entry.after for one in app.session.book.queue}
        made = {run.summary.manifest.preset: run for run in app.session.book.queued}
        assert waiting[made["iteration-ii"].id] == made["iteration-i"].id
        assert not waiting[resumed.run or ""], "it goes on"
        await press(pilot, "escape")

    play(app, scenario)
    again = lab_app(source=source)

    async def comes_back(pilot: LabPilot) -> None:
        await pilot.pause(0.2)
        assert again.screen is again.lab_screen and len(again.session.book.queued) == 3

    play(again, comes_back)
