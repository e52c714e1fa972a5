"""The unfreeze ladder: every unfreeze point of a base, what training takes there, which runs stood there.

A rung is a number of layers with weights that train, counted from the base's end. A pool has none, so it is
no rung of its own: ``last-1`` of VGG16 trains what ``none`` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from tuilab.advice.estimate import Basis, epoch_seconds, estimate
from tuilab.advice.fine_tuning import warning
from tuilab.advice.image_counts import EarlierRun, classes_of
from tuilab.advice.machine import Machine, this_machine
from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment, TransferSpec, base_of, learns
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.training import TrainingSpec
from tuilab.experiment.unfreeze import Layers, point_of
from tuilab.results.alike import alike
from tuilab.results.rows import measured
from tuilab.runs.state import State
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


@dataclass(frozen=True)
class RungRun:
    """A run that trained what a rung trains.

    Attributes:
        id: its name on disk.
        label: its own name, or its preset's; clean.
        unfreeze: the unfreeze point in its own words.
        optimizer: its kind.
        learning_rate: its rate.
        epochs: trained.
        seconds_per_epoch: the median without the first; None if none was measured, or another run trained.
        device: where it trained; clean, empty if that is not known.
        accuracy: on the test images; None before the test.
        state: as ``Summary.state``.
    """

    id: str
    label: str
    unfreeze: str
    optimizer: str
    learning_rate: float
    epochs: int
    seconds_per_epoch: float | None
    device: str
    accuracy: float | None
    state: State


@dataclass(frozen=True)
class Rung:
    """An unfreeze point.

    Attributes:
        unfreeze: the point, as ``last-4``.
        first: the first layer of the base that trains; empty if none does.
        layers: layers of the base with weights that train.
        parameters: numbers that train, the head's among them.
        tensors: weight tensors that train, the head's among them.
        step_bytes: memory that a training step needs: weights, gradients, what the optimizer remembers, and
            the activations of a batch that are kept for the backward pass.
        seconds_per_epoch: estimated; None if the number of images is not known.
        basis: what that stands on.
        runs: that stood here, the oldest first.
        warning: why the rate is high here, a clause; empty if it is not.
    """

    unfreeze: str
    first: str
    layers: int
    parameters: int
    tensors: int
    step_bytes: int
    seconds_per_epoch: float | None
    basis: Basis
    runs: tuple[RungRun, ...]
    warning: str

    @property
    def measured(self) -> tuple[float, float] | None:
        """The fewest and the most seconds an epoch of its runs; None if none was measured."""
        times = [run.seconds_per_epoch for run in self.runs if run.seconds_per_epoch is not None]
        return (min(times), max(times)) if times else None


@dataclass(frozen=True)
class Ladder:
    """All rungs of an experiment's base.

    Attributes:
        experiment: whose base, head and settings hold for all rungs.
        rungs: from nothing unfrozen to everything.
        here: the place of the experiment's own rung; None if it is none: frozen layers follow trained ones.
        between: runs of the same network whose unfreeze point is no rung, the oldest first.
        others: how many runs of the same network are left out: they had other images or weights.
    """

    experiment: Experiment
    rungs: tuple[Rung, ...]
    here: int | None
    between: tuple[RungRun, ...]
    others: int


def ladder(
    experiment: Experiment,
    past: Sequence[EarlierRun] = (),
    *,
    of: Summary | None = None,
    machine: Machine | None = None,
) -> Ladder:
    """Return the ladder of an experiment.

    Args:
        experiment: what would be trained, or a run trained.
        past: all runs that are known, oldest first.
        of: the run that it is, whose images and weights others must share; None: the newest run on the same
            network, source and weights stands for those.
        machine: for estimates; None: this one, as it is now.

    Raises:
        UsageError: there is no base to unfreeze, or nothing is trained.
    """
    base = _base(experiment)
    weighted = _weighted(base.kept)
    rungs: list[Layers] = [weighted[len(weighted) - n :] for n in range(len(weighted) + 1)]
    stood, others = _stood(experiment, base, past, of)
    machine = machine or this_machine()
    classes = classes_of(experiment.data.source, past)
    places = [_place(rungs, run.experiment) for run in stood]
    found = [_run(run) for run in stood]

    def made(place: int) -> Rung:
        first = rungs[place][0] if place else None
        behind = len(base.kept) - base.kept.index(first) if first else 0
        point = point_of(behind, base.kept)
        there = experiment.model_copy(update={"model": base.model_copy(update={"unfreeze": point})})
        needs = estimate(there, past, classes=classes, machine=machine)
        trained = totals(layer_stack(there, classes))
        return Rung(
            unfreeze=point,
            first=first.name if first else "",
            layers=place,
            parameters=trained.trained,
            tensors=trained.tensors,
            step_bytes=needs.step_bytes,
            seconds_per_epoch=needs.seconds_per_epoch,
            basis=needs.basis,
            runs=tuple(run for run, at in zip(found, places, strict=True) if at == place),
            warning=warning(there, place),
        )

    return Ladder(
        experiment,
        tuple(made(place) for place in range(len(rungs))),
        _place(rungs, experiment),
        tuple(run for run, at in zip(found, places, strict=True) if at is None),
        others,
    )


def _base(experiment: Experiment) -> TransferSpec:
    base = base_of(experiment.model)
    remedies = ["take a transfer preset: tuilab ladder iteration-ii"]
    if base is None:
        raise UsageError("there is no base to unfreeze: this network is trained from scratch", remedies)
    if not learns(base):
        raise UsageError(
            "nothing can be unfrozen: with model.head.classifier = 'class-means' nothing is trained", remedies
        )
    return base


def _weighted(layers: Layers) -> Layers:
    return tuple(layer for layer in layers if layer.tensors)


def _place(rungs: Sequence[Layers], experiment: Experiment) -> int | None:
    """Return the rung on which exactly the experiment's layers train; None if there is none."""
    base = base_of(experiment.model)
    trained = _weighted(base.trained) if base else ()
    return rungs.index(trained) if trained in rungs else None


def _stood(
    experiment: Experiment, base: TransferSpec, past: Sequence[EarlierRun], of: Summary | None
) -> tuple[list[EarlierRun], int]:
    """Return the runs of the same network, images and weights, and how many had other images or weights."""
    same = [run for run in past if run.summary.dataset is not None and _same_network(run.experiment, base)]
    same = [run for run in same if run.summary.epochs or run.summary.evaluated]
    wanted = _alike(of, experiment) if of is not None and of.dataset is not None else None
    if wanted is None:
        newest = next((run for run in reversed(same) if _same_words(run, experiment, base)), None)
        wanted = _alike(newest.summary, newest.experiment) if newest else None
    stood = [
        run
        for run in same
        if _alike(run.summary, run.experiment) == wanted
        and _part(run.experiment.training) == _part(experiment.training)
    ]
    return stood, len(same) - len(stood)


def _same_network(other: Experiment, base: TransferSpec) -> bool:
    """Whether all of a network but its unfreeze point and where its weights come from is the same."""
    theirs, free = base_of(other.model), {"unfreeze": "none", "weights": ""}
    return theirs is not None and theirs.model_copy(update=free) == base.model_copy(update=free)


def _same_words(run: EarlierRun, experiment: Experiment, base: TransferSpec) -> bool:
    source, dataset = experiment.data.source, run.summary.dataset
    named = source in (run.experiment.data.source, dataset.name if dataset else "")
    same = run.experiment.weights == base.weights and run.experiment.data.pixels == experiment.data.pixels
    return named and same


def _alike(summary: Summary, experiment: Experiment) -> tuple[object, ...]:
    return alike({**measured(summary), "pixels": experiment.data.pixels})


def _part(training: TrainingSpec) -> tuple[object, ...]:
    """Return which of the images a run trains on."""
    return training.limit, training.shots, training.validation


def _run(run: EarlierRun) -> RungRun:
    summary, optimizer = run.summary, run.experiment.optimizer
    manifest, base = summary.manifest, base_of(run.experiment.model)
    tested = summary.evaluated.test_accuracy if summary.evaluated else None
    return RungRun(
        id=summary.run.id,
        label=clean(manifest.name or manifest.preset or summary.run.id, limit=40),
        unfreeze=base.unfreeze if base else "none",
        optimizer=optimizer.kind,
        learning_rate=optimizer.learning_rate,
        epochs=len(summary.epochs),
        # epochs of a run that shares another's training are that one's work
        seconds_per_epoch=None if manifest.shares is not None else epoch_seconds(summary),
        device=clean(summary.device.device, limit=20) if summary.device else "",
        accuracy=tested if tested is not None and isfinite(tested) else None,
        state=summary.state,
    )
