"""Coming back: the app says what happened meanwhile, once, and remembers for the next time."""

import platform

from finished_runs import FAILED, epoch, finished_run
from harness import NARROW, FakeSource, LabPilot, lab_app, play, press, until
from test_absence import leave
from test_bad_luck import told
from test_going_on import STOPPED
from test_lab import screen_text

from tuilab.runs.lease import Lease, boot_id
from tuilab.runs.store import Run
from tuilab.tui.absence import Left, _File, folder
from tuilab.tui.app import LabApp


def interrupted() -> Run:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    dead = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    run.lease.write_text(dead.text())
    return run


def noted() -> Left:
    """Return what this process's apps have written down."""
    training: list[str] = []
    waiting: list[str] = []
    for path in folder().iterdir() if folder().exists() else ():
        file = _File.model_validate_json(path.read_bytes())
        training += file.training
        waiting += file.waiting
    return Left(tuple(training), tuple(waiting))


def meanwhile(app: LabApp) -> bool:
    return type(app.screen).__name__ == "MeanwhileScreen"


def test_each_run_that_trained_is_told_with_what_became_of_it_and_one_can_be_shown() -> None:
    done = finished_run("bn", accuracy=0.7654)
    stopped = finished_run("bn", epochs=[epoch(1)], last=STOPPED)
    failed, lost = finished_run("bn", last=FAILED), interrupted()
    training = finished_run("bn", epochs=[epoch(1)], last=None)
    elsewhere = finished_run("bn-l2")
    deleted = "20260101-000000-bn"
    leave((done.id, stopped.id, failed.id, lost.id, training.id, deleted), ("iteration-i",))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(app))
        shown = screen_text(app)
        wide = max(len(run.id) for run in (done, stopped, failed, lost, training))
        for line in (
            f"{done.id:<{wide}}  ✓ done: test accuracy 0.7654",
            f"{stopped.id:<{wide}}  ■ stopped after 1 of 5 epochs",
            f"{failed.id:<{wide}}  × failed: the loss is not a number",
            f"{lost.id:<{wide}}  × interrupted: its worker ended without a last word",
            f"{training.id:<{wide}}  ● still at it: starting",
            "R lets a run that stopped, failed or was interrupted go on.",
            "did not start: iteration-i.",
            "1 run was deleted.",
        ):
            assert line in shown, line
        assert elsewhere.id not in shown
        await press(pilot, "down enter")
        assert app.screen is app.lab_screen
        assert app.desk.book.shown == stopped.id

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
        await until(pilot, lambda: noted().training == (run.id,))

    play(app, scenario)


def test_what_trains_and_what_waits_is_written_down_as_it_changes() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = told(app)
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        first = source.newest
        await until(pilot, lambda: noted() == Left((first.run.id,)))
        await press(pilot, "r")
        await until(pilot, lambda: noted() == Left((first.run.id,), ("bn-l2",)))
        first.begin()
        first.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        await until(pilot, lambda: noted() == Left((source.newest.run.id,)))
        source.newest.begin()
        source.newest.finish()
        await until(pilot, lambda: noted() == Left())
        assert any("is done" in sentence for sentence in said)

    play(app, scenario)
