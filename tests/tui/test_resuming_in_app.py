"""What becomes of a run that ended: it continues where it stopped, or another one forks off from it."""

import os
import time

from checkpoint_folders import written
from finished_runs import finished_run, write
from harness import FakeSource, LabPilot, lab_app, play, press, until
from records import VERSIONS, epoch, learning_batch
from test_bad_luck import messages
from test_lab import screen_text

from tuilab.errors import RunError
from tuilab.lab.queue import workers
from tuilab.runs.index import NAME
from tuilab.runs.journal.records import Evaluated, Resumed, Started, Stopped
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import Lease
from tuilab.tui.app import LabApp

STOPPED = Stopped(epoch=2, reason="asked to stop (SIGTERM)", seconds=9.0)


def stopped_run() -> Run:
    """A run of five epochs, stopped in its third, with checkpoints of two epochs and of the stop."""
    run = finished_run("bn-l2", epochs=[epoch(1), epoch(2, val_accuracy=0.3)], last=STOPPED)
    for number in (1, 2):
        written(run.checkpoints, number, history=(epoch(1), epoch(2, val_accuracy=0.3))[:number])
    written(run.checkpoints, 2, 5)
    return run


def resumed(source: FakeSource, at: int) -> None:
    """Have the newest worker say that it continues after so many epochs."""
    source.newest.say(
        Started(pid=2, host="h", versions=VERSIONS),
        Resumed(epoch=at, step=0, checkpoint=f"epoch-{at:05}"),
    )


def state(app: LabApp, run: Run) -> str:
    booked = app.session.book.find(run.id)
    return booked.summary.state if booked else "gone"


def test_a_stopped_run_goes_on_and_its_curves_with_it() -> None:
    run = stopped_run()
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await until(pilot, lambda: app.session.book.runs[0].history is not None)
        assert "stopped" in screen_text(app)
        await press(pilot, "R")
        await until(pilot, lambda: source.workers)
        assert source.newest.run.id == run.id
        await until(pilot, lambda: "starting" in screen_text(app).splitlines()[0])
        await until(pilot, lambda: "waiting" in screen_text(app))
        resumed(source, 1)
        await until(pilot, lambda: state(app, run) == "running")
        await until(pilot, lambda: said[-1:] == [f"{run.id} resumed after 1 epoch"])
        [booked] = app.session.book.runs
        assert booked.history is not None
        assert list(booked.history.curve("val_accuracy").x) == [1.0], "what came after is forgotten"
        source.newest.begin()
        source.newest.say(learning_batch(2, 5), epoch(2, val_accuracy=0.5))
        await until(pilot, lambda: "epoch 3 of 5" in screen_text(app))
        assert [value.val_accuracy for value in booked.summary.epochs] == [0.4, 0.5]
        source.newest.finish(accuracy=0.8642)
        await until(pilot, lambda: "0.8642" in screen_text(app))
        assert said[-1] == f"{run.id} is done: test accuracy 0.8642"
        assert len(app.session.book.runs) == 1

    play(app, scenario)


def test_a_run_that_goes_on_waits_for_the_device_and_can_be_taken_out_again() -> None:
    run, other = stopped_run(), finished_run("bn", epochs=[epoch(1)], last=STOPPED)
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        app.show(run.id)
        await press(pilot, "R")
        await until(pilot, lambda: list(source.workers) == [run.id])
        source.newest.begin()
        await until(pilot, lambda: state(app, run) == "running")
        await press(pilot, "R")
        assert said[-1] == f"{run.id} is training already"
        app.show(other.id)
        await press(pilot, "R")
        await until(
            pilot, lambda: said[-1].startswith(f"{other.id} is queued: waits for {run.id} on cpu (1 of 1 in")
        )
        await press(pilot, "R")
        assert said[-1] == f"{other.id} is queued already"
        assert "1 queued" in screen_text(app) and "◌ queued 1/1" in screen_text(app)
        await press(pilot, "s")
        await until(pilot, lambda: said[-1] == f"{other.id} was taken out of the queue; R queues it again")
        assert state(app, other) == "stopped"
        assert not source.newest.stopped, "the one that trains was not meant"
        await press(pilot, "R")
        await until(pilot, lambda: app.session.book.queued)
        source.newest.finish()
        await until(pilot, lambda: list(source.workers) == [run.id, other.id])

    play(app, scenario)


def test_the_run_under_the_cursor_of_the_results_is_meant() -> None:
    older, newer = stopped_run(), finished_run("bn")
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        app.show(newer.id)
        await press(pilot, "R")
        assert said == [f"{newer.id} is done; f forks a new run from one of its epochs"]
        await press(pilot, "4 home")
        results = app.lab_screen.pane("results")
        assert results is not None
        if results.run_in_focus() != older.id:
            await press(pilot, "down")
        await press(pilot, "R")
        await until(pilot, lambda: list(source.workers) == [older.id])

    play(app, scenario)


def test_a_run_on_a_silent_host_is_not_taken_but_it_is_said_how_that_is_done() -> None:
    run = finished_run("bn", epochs=[epoch(1)], last=None)
    lease = Lease(host="another-host", boot="b", pid=4711, started=1.0)
    run.lease.write_text(lease.text())
    long_ago = time.time() - 3600
    os.utime(run.lease, (long_ago, long_ago))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        assert state(app, run) == "unreachable"
        await press(pilot, "R")
        assert "its worker runs on another-host" in said[-1]
        assert f"tuilab resume {run.id} --take-over" in said[-1]
        # it is responding again, and falls silent once more
        os.utime(run.lease)
        await until(pilot, lambda: state(app, run) == "running")
        await until(pilot, lambda: said[-1] == f"{run.id} is responding again")
        os.utime(run.lease, (long_ago, long_ago))
        await until(pilot, lambda: state(app, run) == "unreachable")
        await until(pilot, lambda: said[-1].startswith(f"{run.id} cannot be reached: its worker runs on"))

    play(app, scenario)


def test_a_run_that_another_process_lets_go_on_trains_here_too() -> None:
    run = stopped_run()
    finished_run("bn")
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await until(pilot, lambda: run.id in app.control._observer._sizes)
        write(run, [Started(pid=2, host="h", versions=VERSIONS), Resumed(epoch=1, step=3, checkpoint="c")])
        await until(pilot, lambda: state(app, run) == "running")
        await until(pilot, lambda: f"{run.id} resumed after 1 epoch and 3 steps" in said)
        assert [r.id for r in app.session.book.training] == [run.id]

    play(app, scenario)


def test_a_run_whose_worker_cannot_be_started_stays_queued_and_can_be_tried_again() -> None:
    run = stopped_run()
    source = FakeSource()
    source.fakes.starts = False
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "R")
        await until(pilot, lambda: app.session.book.queue)
        workers.note_problem(run, RunError("no process is left"))
        words = f"{run.id} could not be started: no process is left; R tries again"
        await until(pilot, lambda: said[-1:] == [words])
        assert "◌ not started" in screen_text(app)
        source.fakes.starts = True
        await press(pilot, "R")
        await until(pilot, lambda: list(source.workers) == [run.id])

    play(app, scenario)


def test_the_index_of_the_store_may_go_while_the_app_is_open() -> None:
    run = finished_run("bn", accuracy=0.4321)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        index = run.folder.parent / NAME
        await until(pilot, index.is_file)
        index.unlink()
        said = messages(app)
        later = finished_run("bn-l2", accuracy=0.8765)
        await until(pilot, lambda: app.session.book.find(later.id) is not None)
        await until(pilot, lambda: "0.4321" in screen_text(app) and "0.8765" in screen_text(app))
        assert said == []
        assert app.session.book.damaged == {}

    play(app, scenario)


def test_a_run_that_was_tested_before_it_goes_on_is_tested_anew() -> None:
    run = finished_run("bn", epochs=[epoch(1)], last=STOPPED)
    write(run, [Evaluated(test_accuracy=0.1, test_cross_entropy=2.0)])
    write(run, [Resumed(epoch=1, step=0, checkpoint="c")])
    assert summarize(run).evaluated is None
