"""A run that shares another's training, in one process; the tests of faults of that name go further."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from small_experiments import small_cnn, small_experiment
from workers import numbers

from tuilab.engine import evaluation
from tuilab.engine.worker import Worker
from tuilab.experiment import Experiment
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Batch, Epoch
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize


@pytest.fixture(autouse=True)
def process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what a worker sets in its process: signal handlers and the environment."""
    for name in ("CUDA_VISIBLE_DEVICES", "KERAS_BACKEND"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def experiment(momentum: float, **training: Any) -> Experiment:
    settings = {"limit": 64, "batch_size": 24, "epochs": 2, "device": "cpu", **training}
    return small_experiment(small_cnn(batch_norm=True, bn_momentum=momentum, dropout=0.2), **settings)


def finished(made: Experiment, shares: Run | None = None) -> Summary:
    run = store.create(made, preset="bn", shares=shares.id if shares else None)
    assert Worker(run).main() == 0
    return summarize(run)


def test_one_training_serves_every_momentum_and_a_stop_in_between_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    leader = finished(experiment(0.99, probes=("batch-statistics",), keep_checkpoints="all")).run
    alone = finished(experiment(0.6))
    run = store.create(experiment(0.6), preset="bn", shares=leader.id)
    stopped = Worker(run)
    measure = evaluation.Evaluator.evaluate

    def stop_in_the_second(self: Any, *words: Any) -> Any:
        if any(isinstance(entry.record, Epoch) for entry in JournalReader(run.journal).read()):
            stopped.stop(signal.SIGTERM)
        return measure(self, *words)

    with monkeypatch.context() as patch:
        patch.setattr(evaluation.Evaluator, "evaluate", stop_in_the_second)
        assert stopped.main() == 130
    between = summarize(run)
    assert (between.state, len(between.epochs)) == ("stopped", 1)
    assert [path.name for path in run.checkpoints.iterdir()] == ["epoch-00001"], "and no half-taken epoch"
    assert Worker(run).main() == 0
    shared = summarize(run)
    assert numbers(shared) == numbers(alone)
    for file in ("trained.npz", "optimizer.npz"):
        with (
            np.load(run.checkpoints / "epoch-00002" / file) as ours,
            np.load(alone.run.checkpoints / "epoch-00002" / file) as theirs,
        ):
            assert {n: ours[n].tobytes() for n in ours.files} == {
                n: theirs[n].tobytes() for n in theirs.files
            }
    assert shared.notes == [f"training shared with {leader.id} (momentum 0.6 in place of 0.99)"]
    assert not any(isinstance(entry.record, Batch) for entry in JournalReader(run.journal).read())


def test_what_cannot_be_shared_is_said_and_trained() -> None:
    gone = Run(store.own_folder() / "20260101-120000-bn")
    shared = finished(experiment(0.6, epochs=1), gone)
    assert len(shared.epochs) == 1 and shared.notes == [
        f"the training of {gone.id} cannot be shared, so this run trains by itself: {gone.id} is gone"
    ]


@pytest.mark.slow
def test_a_training_whose_steps_were_computed_otherwise_is_not_shared() -> None:
    """By itself this run would have other digits."""
    leader = finished(experiment(0.99, epochs=1, probes=("batch-statistics",), keep_checkpoints="all")).run
    compiled = finished(experiment(0.6, epochs=1, xla="on"), leader)
    assert len(compiled.epochs) == 1 and compiled.notes == [
        f"the training of {leader.id} cannot be shared, so this run trains by itself: "
        f"{leader.id} was trained with plain steps, and not steps compiled by XLA"
    ]
