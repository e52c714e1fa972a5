"""A resumed run is handed to the worker that stands by where that loaded TensorFlow with as many threads."""

from finished_runs import experiment_of, write
from records import STARTED

from tuilab.lab.queue.workers import threads_as_new
from tuilab.machine.environment import THREADS
from tuilab.machine.hardware import usable_cores
from tuilab.runs import store
from tuilab.runs.journal.records import Stopped
from tuilab.runs.run import Run


def begun(threads: int | None) -> Run:
    """Make a run that stopped; None: as versions did that recorded no threads."""
    run = store.create(experiment_of("bn", {}), preset="bn")
    stopped = Stopped(epoch=0, reason="asked", seconds=1.0)
    write(run, [STARTED.model_copy(update={"threads": threads}), stopped])
    return run


def test_what_was_recorded_is_compared_with_what_a_new_run_gets() -> None:
    assert threads_as_new(begun(usable_cores()), {})
    assert threads_as_new(begun(None), {}), "it gets what a new one gets"
    assert not threads_as_new(begun(usable_cores() + 1), {})
    assert threads_as_new(store.create(experiment_of("bn", {}), preset="bn"), {})


def test_where_the_environment_says_how_many_what_was_recorded_does_not_count() -> None:
    run = begun(usable_cores() + 1)
    assert threads_as_new(run, {THREADS: "3"})
    assert not threads_as_new(run, {THREADS: "0"}), "which leaves it open"


def test_what_cannot_be_read_is_left_to_the_runs_own_worker() -> None:
    run = begun(usable_cores())
    assert not threads_as_new(run, {THREADS: "many"})
    run.journal.unlink()
    run.journal.mkdir()
    assert not threads_as_new(run, {})
