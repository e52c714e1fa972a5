"""Runs that share a training equal runs trained by themselves to the last bit, whatever happens to them."""

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import CNN, TRAINING, TRANSFER
from workers import Nursery, numbers

from tuilab.engine.probes.batch_statistics import NAME
from tuilab.experiment import (
    AdamSpec,
    CnnSpec,
    DataSpec,
    Experiment,
    TrainingSpec,
    TransferSpec,
    with_overrides,
)
from tuilab.runs import store
from tuilab.runs.checkpoints import Position
from tuilab.runs.run import Run
from tuilab.runs.step_rows import path_of
from tuilab.runs.summary import Summary, summarize

pytestmark = pytest.mark.faults
EPOCHS = 4
LEADS: dict[str, Any] = {"probes": (NAME,), "keep_checkpoints": "all"}
TWO_LAYERS = CNN.model_copy(update={"filters": (4, 6), "convolutions": 2, "pool": 3})
"""Batch normalization of maps and of a dense layer, dropout, a penalty, Adam."""


def experiment(momentum: float, model: CnnSpec | TransferSpec = TWO_LAYERS, **training: Any) -> Experiment:
    key = "model.bn_momentum" if isinstance(model, CnnSpec) else "model.head.bn_momentum"
    made = Experiment(
        data=DataSpec(source="digits"),
        model=model,
        optimizer=AdamSpec(kind="adam", learning_rate=0.01),
        training=TrainingSpec(**{**TRAINING, "epochs": EPOCHS, **training}),
    )
    return with_overrides(made, {key: momentum})


def new(
    momentum: float, model: CnnSpec | TransferSpec = TWO_LAYERS, *, shares: Run | None = None, **training: Any
) -> Run:
    preset = "bn" if isinstance(model, CnnSpec) else "iteration-i"
    return store.create(
        experiment(momentum, model, **training), preset=preset, shares=shares.id if shares else None
    )


def weights(run: Run, epochs: int = EPOCHS) -> dict[str, bytes]:
    """All in the checkpoint after so many epochs: weights, moving statistics, the optimizer's state."""
    folder = run.checkpoints / Position(epochs).name
    found = {}
    for file in sorted(folder.glob("*.npz")):
        with np.load(file) as arrays:
            found |= {f"{file.stem} {name}": arrays[name].tobytes() for name in arrays.files}
    assert found
    return found


def assert_equal(shared: Summary, alone: Summary) -> None:
    assert shared.state == alone.state == "done"
    assert numbers(shared) == numbers(alone)
    assert weights(shared.run) == weights(alone.run)
    final = "final/network.weights.h5"
    assert (shared.run.checkpoints / final).stat().st_size == (alone.run.checkpoints / final).stat().st_size


_FINISHED: dict[str, Summary] = {}
"""Runs that many tests look at, made by the first: fixtures of a module are made before there is a home."""


@pytest.fixture
def leader(nursery: Nursery) -> Run:
    if "leader" not in _FINISHED:
        _FINISHED["leader"] = nursery.finish(new(0.99, **LEADS))
    return _FINISHED["leader"].run


@pytest.fixture
def alone(nursery: Nursery) -> Summary:
    if "alone" not in _FINISHED:
        _FINISHED["alone"] = nursery.finish(new(0.6))
    return _FINISHED["alone"]


@pytest.fixture
def copied(leader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A leader that a test may damage, in a store of its own."""
    runs = tmp_path / "home" / "runs"
    runs.mkdir(parents=True, mode=0o700)
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "home"))
    shutil.copytree(leader.folder, runs / leader.id)
    return Run(runs / leader.id)


def stop_at(nursery: Nursery, run: Run, kind: str, number: int) -> None:
    """Start a run's worker and ask it to stop as it writes a record."""
    pid = nursery.start_halted(run, kind, number)
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)
    assert nursery.wait(pid) == 130


def said(summary: Summary, *words: str) -> None:
    assert any(all(word in note for word in words) for note in summary.notes), summary.notes


@pytest.mark.parametrize("momentum", [0.6, 0.8, 0.0])
def test_every_number_and_weight_is_that_of_a_run_trained_by_itself(
    nursery: Nursery, leader: Run, momentum: float
) -> None:
    shared = nursery.finish(new(momentum, shares=leader))
    assert_equal(shared, nursery.finish(new(momentum)))
    assert shared.notes == [f"training shared with {leader.id} (momentum {momentum:g} in place of 0.99)"]
    assert numbers(shared) != numbers(summarize(leader)), "validation differs, or nothing is shown here"
    assert [e.cross_entropy for e in shared.epochs] == [e.cross_entropy for e in summarize(leader).epochs]


def test_so_it_is_with_a_transfer_network_whose_frozen_part_is_computed_once(nursery: Nursery) -> None:
    leading = new(0.99, TRANSFER, features="on", **LEADS)
    nursery.finish(leading)
    shared = nursery.finish(new(0.7, TRANSFER, shares=leading))
    assert_equal(shared, nursery.finish(new(0.7, TRANSFER, features="on")))
    said(shared, f"training shared with {leading.id}")


def test_so_it_is_with_a_base_that_trains_in_part(nursery: Nursery) -> None:
    model = TRANSFER.model_copy(update={"unfreeze": "last-2"})
    leading = new(0.99, model, epochs=2, **LEADS)
    nursery.finish(leading)
    shared, by_itself = (
        nursery.finish(new(0.7, model, shares=leading, epochs=2)),
        nursery.finish(new(0.7, model, epochs=2)),
    )
    assert numbers(shared) == numbers(by_itself) and weights(shared.run, 2) == weights(by_itself.run, 2)


def test_a_leader_that_was_killed_in_an_epoch_and_resumed_is_shared_all_the_same(
    nursery: Nursery, alone: Summary
) -> None:
    leading = new(0.99, **LEADS)
    nursery.kill_halted(leading, "epoch", 2)
    assert len(summarize(leading).epochs) == 2
    nursery.finish(leading)
    shared = nursery.finish(new(0.6, shares=leading))
    assert_equal(shared, alone)
    said(shared, "training shared with")
    assert len(shared.notes) == 1


def test_a_leader_that_was_stopped_in_an_epoch_and_resumed_is_too(nursery: Nursery, alone: Summary) -> None:
    leading = new(0.99, **LEADS)
    stop_at(nursery, leading, "batch", 1)
    nursery.finish(leading)
    assert_equal(nursery.finish(new(0.6, shares=leading)), alone)


@pytest.mark.parametrize("touch", [1, 4, 9, 14, 20, 27, 35, 44, 60])
def test_killed_at_any_touch_of_the_disk_and_resumed_it_ends_the_same(
    nursery: Nursery, leader: Run, alone: Summary, touch: int
) -> None:
    run = new(0.6, shares=leader)
    nursery.wait(nursery.start(run, kill_at=touch))
    shared = nursery.finish(run)
    assert_equal(shared, alone)
    said(shared, "training shared with")


def test_stopped_between_epochs_it_goes_on_where_it_was(
    nursery: Nursery, leader: Run, alone: Summary
) -> None:
    run = new(0.6, shares=leader)
    stop_at(nursery, run, "epoch", 2)
    assert_equal(nursery.finish(run), alone)


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def test_records_that_are_damaged_are_shared_as_far_as_they_are_whole(
    nursery: Nursery, copied: Run, alone: Summary
) -> None:
    path = path_of(copied.probes / NAME, 3)
    flip(path, path.stat().st_size // 2)
    shared = nursery.finish(new(0.6, shares=copied))
    assert_equal(shared, alone)
    said(shared, f"the training of {copied.id} is shared up to epoch 2 of 4", "missing or damaged from step")


def test_so_are_checkpoints(nursery: Nursery, copied: Run, alone: Summary) -> None:
    flip(copied.checkpoints / "epoch-00002" / "trained.npz", 200)
    shared = nursery.finish(new(0.6, shares=copied))
    assert_equal(shared, alone)
    said(shared, "is shared up to epoch 1 of 4", "does not have the checksum that was recorded")


def test_records_of_another_training_are_found_out(nursery: Nursery, copied: Run, alone: Summary) -> None:
    other = new(0.99, **LEADS, seed=7)
    nursery.finish(other)
    shutil.copytree(other.probes, copied.probes, dirs_exist_ok=True)
    shared = nursery.finish(new(0.6, shares=copied))
    assert_equal(shared, alone)
    said(
        shared, "cannot be shared, so this run trains by itself", "are not those that follow from its records"
    )


def test_of_a_leader_that_was_stopped_the_rest_is_trained(nursery: Nursery, alone: Summary) -> None:
    leading = new(0.99, **LEADS)
    stop_at(nursery, leading, "epoch", 2)
    trained = len(summarize(leading).epochs)
    assert summarize(leading).state == "stopped" and 2 <= trained < EPOCHS
    shared = nursery.finish(new(0.6, shares=leading))
    assert_equal(shared, alone)
    said(shared, f"is shared up to epoch {trained} of 4", f"has trained {trained} of 4 epochs (stopped)")


def test_what_a_leader_cannot_give_is_said_and_trained(nursery: Nursery, alone: Summary) -> None:
    plain = new(0.99)
    nursery.finish(plain)
    other = new(0.99, **LEADS, seed=5, epochs=1)
    reasons = {
        plain: "did not record its batch statistics",
        other: "differs in more than the momentum of batch normalization",
        Run(plain.folder.with_name("20200101-000000-bn")): "is gone",
    }
    for leading, reason in reasons.items():
        shared = nursery.finish(new(0.6, shares=leading))
        assert_equal(shared, alone)
        said(shared, f"the training of {leading.id} cannot be shared, so this run trains by itself", reason)
    latest = new(0.99, probes=(NAME,))
    nursery.finish(latest)
    shared = nursery.finish(new(0.6, shares=latest))
    assert_equal(shared, alone)
    said(shared, "has no checkpoint of epoch 1; with training.keep_checkpoints=all it would have")


def test_a_network_without_batch_normalization_is_shared_without_records(nursery: Nursery) -> None:
    model = CNN.model_copy(update={"batch_norm": False})
    leading = new(0.99, model, keep_checkpoints="all", epochs=2)
    nursery.finish(leading)
    shared, by_itself = (
        nursery.finish(new(0.5, model, shares=leading, epochs=2)),
        nursery.finish(new(0.5, model, epochs=2)),
    )
    assert numbers(shared) == numbers(by_itself) and weights(shared.run, 2) == weights(by_itself.run, 2)
    assert shared.notes == [f"training shared with {leading.id}"]
