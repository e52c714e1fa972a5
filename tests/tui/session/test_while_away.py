"""Coming back: the app says what happened meanwhile, once, and remembers for the next time."""

import platform

from finished_runs import FAILED, epoch, finished_run
from harness import NARROW, FakeSource, LabPilot, lab_app, play, press, until
from test_bad_luck import messages
from test_lab import screen_text
from test_open_apps import leave, queued
from test_resuming_in_app import STOPPED

from tuilab.runs.store import Run
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui.app import LabApp
from tuilab.tui.session.open_apps import LeftBehind, _File, folder
from tuilab.tui.session.saved_queue import Queued


def interrupted() -> Run:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    dead = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    run.lease.write_text(dead.text())
    return run


def noted() -> LeftBehind:
    """Return what this process's apps have written down."""
    training: list[str] = []
    queue: list[Queued] = []
    for path in folder().glob("*.json"):
        file = _File.model_validate_json(path.read_bytes())
        training += file.training
        queue += file.queue
    return LeftBehind(tuple(training), queue=tuple(queue))


def meanwhile(app: LabApp) -> bool:
    return type(app.screen).__name__ == "MeanwhileScreen"


def test_each_run_that_trained_is_told_with_what_became_of_it_and_one_can_be_shown() -> None:
    done = finished_run("bn", accuracy=0.7654)
    stopped = finished_run("bn", epochs=[epoch(1)], last=STOPPED)
    failed, lost = finished_run("bn", last=FAILED), interrupted()
    training = finished_run("bn", epochs=[epoch(1)], last=None)
    elsewhere = finished_run("bn-l2")
    deleted = "20260101-000000-bn"
    leave((done.id, stopped.id, failed.id, lost.id, training.id, deleted), queued("iteration-i"))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(app))
        shown = screen_text(app)
        wide = max(len(run.id) for run in (done, stopped, failed, lost, training))
        for line in (
            f"{done.id:<{wide}}  ✓ done: test accuracy 0.7654",
            f"{stopped.id:<{wide}}  ■ stopped after 1 of 5 epochs",
            f"{failed.id:<{wide}}  × failed: the loss is not a number",
            f"{lost.id:<{wide}}  × interrupted: its worker ended without saying why",
            f"{training.id:<{wide}}  ● still training: starting",
            "R resumes a run that stopped, failed or was interrupted.",
            f"{'iteration-i':<{wide}}  ○ was queued and did not start",
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
        await until(pilot, lambda: noted().training == (run.id,))

    play(app, scenario)


def test_what_trains_and_what_waits_is_written_down_as_it_changes() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        first = source.newest
        await until(pilot, lambda: noted() == LeftBehind((first.run.id,)))
        await press(pilot, "r")
        await until(pilot, lambda: [one.preset for one in noted().queue] == ["bn-l2"])
        assert noted().training == (first.run.id,)
        first.begin()
        first.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        await until(pilot, lambda: noted() == LeftBehind((source.newest.run.id,)))
        source.newest.begin()
        source.newest.finish()
        await until(pilot, lambda: noted() == LeftBehind())
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


def test_what_waited_is_started_from_where_it_is_told_parents_first() -> None:
    source = FakeSource()
    app, again = lab_app(source=source), lab_app(source=source)

    async def leaves(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        app.session.draft.choose("iteration-ii")
        app.session.draft.change({"training.epochs": 3, "model.weights": "random"})
        app.start_draft()
        await until(pilot, lambda: len(noted().queue) == 2)

    play(app, leaves)
    for path in folder().glob("*.json"):  # the app is gone as after a lost terminal
        file = _File.model_validate_json(path.read_bytes())
        dead = file.app.model_copy(update={"pid": 2**22 - 1, "started": 1.0})
        path.write_text(file.model_copy(update={"app": dead}).model_dump_json())
    first = source.newest
    first.begin()
    first.finish()

    async def comes_back(pilot: LabPilot) -> None:
        await until(pilot, lambda: meanwhile(again))
        assert screen_text(again).count("○ was queued and did not start") == 2
        await press(pilot, "down enter")
        await until(pilot, lambda: len(source.workers) == 2)
        parent = source.newest
        assert parent.run.manifest().preset == "iteration-i"
        parent.begin()
        parent.finish()
        await until(pilot, lambda: len(source.workers) == 3)
        child = source.newest.run
        assert child.manifest().parent == parent.run.id and child.experiment().training.epochs == 3

    play(again, comes_back)
