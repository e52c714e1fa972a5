"""Forks: a new run that continues from another's checkpoint, with something changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tuilab.errors import MissingError, UsageError
from tuilab.experiment.dotted import differences, dotted
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.overrides import with_overrides
from tuilab.lab.plan import SAME_TENSORS, gather
from tuilab.runs import checkpoints, store
from tuilab.runs.checkpoints import Position, Saved
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.terminal import clean

CHANGEABLE = (
    "optimizer.",
    "training.epochs",
    "training.batch_size",
    "training.seed",
    "training.precision",
    "training.device",
    "training.features",
    "training.xla",
    "training.deterministic",
    "training.keep_checkpoints",
    "training.probes",
    *SAME_TENSORS,
    "data.pixels",
)
"""Settings that a fork may change: the others decide which weights there are, or what trained them."""

LONGER = 5
"""Epochs that a fork of a finished run is advised to add."""
LAST, BEST = "last", "best"


@dataclass(frozen=True)
class Fork:
    """A fork that was checked and can be made.

    Attributes:
        parent: the run whose checkpoint it continues from.
        saved: that checkpoint.
        experiment: what it trains.
        changed: dotted settings that differ from the parent's, as ``optimizer.learning_rate=0.0001``.
        name: the person's own words for it.
    """

    parent: Run
    saved: Saved
    experiment: Experiment
    changed: tuple[str, ...]
    name: str = ""

    @property
    def epoch(self) -> int:
        """The epoch of the parent after which it continues."""
        return self.saved.manifest.position.epoch

    @property
    def waits_for(self) -> None:
        """It continues from a checkpoint that is there: its parent need not be done."""
        return

    @property
    def shares(self) -> None:
        """It trains by itself."""
        return

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Make the run's folder, the checkpoint and these files in it; raises RunError if that fails."""
        return store.create(
            self.experiment,
            preset=self.parent.manifest().preset,
            name=self.name,
            parent=self.parent.id,
            forked_at=self.epoch,
            forked_digest=self.saved.digest,
            furnish=lambda folder: checkpoints.adopt(self.saved, folder),
            beside=beside,
        )


def forkable_epochs(run: Run) -> list[int]:
    """Return the epochs from which a fork of a run can continue, ascending."""
    return checkpoints.whole_epochs(run.checkpoints)


def fork(run: Run, at_epoch: str, assignments: Sequence[str], *, name: str = "") -> Fork:
    """Check a fork and return it; nothing is made yet.

    Args:
        run: the parent, in whatever state.
        at_epoch: an epoch's number, ``last`` or ``best`` (by validation accuracy).
        assignments: ``a.b=value`` texts, what changes.
        name: the person's own words for the fork.

    Raises:
        UsageError: no such epoch, or a change that is not allowed; the sentence says which are.
        MissingError: the checkpoint is damaged.
    """
    experiment = with_overrides(run.experiment(), gather(assignments, {}))
    return fork_as(run, _epoch(run, at_epoch), experiment, name=name)


def fork_as(run: Run, epoch: int, experiment: Experiment, *, name: str = "") -> Fork:
    """Check a fork that trains an experiment, and return it; as ``fork``, which raises the same."""
    place = Position(epoch).name
    saved = checkpoints.read(run.checkpoints / place, summarize(run).known.get(place))
    return Fork(run, saved, experiment, check_changes(run.experiment(), experiment, epoch), name)


def check_changes(parent: Experiment, experiment: Experiment, epoch: int) -> tuple[str, ...]:
    """Return what a fork after an epoch changes, as ``Fork.changed``; nothing is read from the disk.

    Raises:
        UsageError: a change that is not allowed, or nothing is left to train.
    """
    changes = differences(dotted(parent), dotted(experiment))
    for change in changes:
        if not changeable(change.key):
            raise UsageError(
                f"a fork cannot change {change.key}: it keeps the network and the images of its parent; "
                "start a new run for that",
                [f"a fork may change {', '.join(CHANGEABLE).replace('., ', '.*, ')}"],
            )
    epochs = experiment.training.epochs
    if epochs <= epoch:
        raise UsageError(
            f"after epoch {epoch} of {epochs} there is nothing left to train; fork at an earlier epoch, or "
            f"train longer: training.epochs={epoch + LONGER}"
        )
    return tuple(f"{change.key}={change.after}" for change in changes)


def changeable(key: str) -> bool:
    """Return whether a fork may change a dotted setting."""
    return key.startswith(CHANGEABLE)


def _epoch(run: Run, text: str) -> int:
    """Return the number of an epoch that there is a checkpoint of."""
    epochs = forkable_epochs(run)
    if not epochs:
        raise MissingError(f"{run.id} has no checkpoint of a whole epoch, so it cannot be forked")
    if text == LAST:
        return epochs[-1]
    if text == BEST:
        best = checkpoints.best_epoch([e for e in summarize(run).epochs if e.epoch in epochs])
        return epochs[-1] if best is None else best
    if text.isascii() and text.isdecimal() and int(text[:9]) in epochs:
        return int(text[:9])
    raise UsageError(
        f"{run.id} has no checkpoint of epoch '{clean(text, limit=20)}': it must be one of "
        f"{', '.join(map(str, epochs))}, {LAST} and {BEST}",
        ["a run with training.keep_checkpoints=all keeps a checkpoint of every epoch"],
    )
