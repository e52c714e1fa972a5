"""The run whose training another one shares: whether both are one training, and what each epoch left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuilab.engine import numerics
from tuilab.engine.probes import batch_statistics
from tuilab.errors import MissingError
from tuilab.experiment.experiment import Experiment, head_of
from tuilab.experiment.sharing import same_training
from tuilab.runs import checkpoints
from tuilab.runs.checkpoints import Position, Saved
from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.journal.records import DeviceRecord, Started, WeightsRecord
from tuilab.runs.run import Manifest, Run
from tuilab.runs.step_rows import Layout, StepRows
from tuilab.runs.summary import summarize


@dataclass(frozen=True)
class Sharer:
    """A run that shares another one's training, as far as the two must be alike.

    Attributes:
        run: its folder.
        manifest, experiment: what stands in it.
        started: what its worker said when it started.
        device: on what it computes.
        dataset: digest of the images in the order in which it takes them.
        weights: what it started from.
        features: whether it computes from frozen features.
        layout: of its batch statistics; None for a network that has none.
    """

    run: Run
    manifest: Manifest
    experiment: Experiment
    started: Started
    device: DeviceRecord
    dataset: str
    weights: WeightsRecord
    features: bool
    layout: Layout | None

    @property
    def leader(self) -> Run:
        """The run whose training it shares."""
        return leader_of(self.run, self.manifest)


def leader_of(run: Run, manifest: Manifest) -> Run:
    """Return the run whose training a run shares, by the name that stands in its manifest."""
    return Run(run.folder.with_name(manifest.shares or ""))


def uses_features(leader: Run) -> bool | None:
    """Return whether a run trained from frozen features; None if none of its checkpoints tells."""
    try:
        saved, _ = checkpoints.newest(leader.checkpoints)
    except MissingError:
        return None
    return saved.manifest.features if saved is not None else None


class LeadingRun:
    """What a leading run left of its epochs."""

    def __init__(self, sharer: Sharer) -> None:
        """Look whether the two are one training.

        Raises:
            TuilabError: they are not, or the leading run is gone or damaged; the sentence says why.
        """
        self._sharer, self._run = sharer, sharer.leader
        name = self._run.id
        if not self._run.folder.is_dir():
            raise MissingError(f"{name} is gone")
        self._summary, self.experiment = summarize(self._run), self._run.experiment()
        manifest = self._summary.manifest
        if manifest.forked_at is not None or manifest.parent != sharer.manifest.parent:
            raise MissingError(f"{name} does not start from what this run starts from")
        if not same_training(self.experiment, sharer.experiment):
            raise MissingError(f"{name} differs in more than the momentum of batch normalization")
        self._refuse_other_digits()
        self._rows = self._recorded()

    @property
    def momentum(self) -> float:
        """Of its batch normalization."""
        return head_of(self.experiment.model).bn_momentum

    def checkpoint(self, epoch: int) -> Saved:
        """Return its checkpoint after an epoch (from 1).

        Raises:
            MissingError: there is none, or it is damaged or of another training.
        """
        summary, sharer, name = self._summary, self._sharer, self._run.id
        trained, wanted = len(summary.epochs), self.experiment.training.epochs
        if epoch > trained:
            raise MissingError(f"{name} has trained {trained} of {wanted} epochs ({summary.state})")
        place = Position(epoch).name
        if not (self._run.checkpoints / place).is_dir():
            raise MissingError(
                f"{name} has no checkpoint of epoch {epoch}; with training.keep_checkpoints=all it would have"
            )
        saved = checkpoints.read(self._run.checkpoints / place, summary.known.get(place))
        manifest = saved.manifest
        if manifest.experiment_digest != self.experiment.digest or len(manifest.epochs) != epoch:
            raise MissingError(f"the checkpoint {place} of {name} belongs to another training")
        for what, there, here in (
            ("images", manifest.dataset_digest, sharer.dataset),
            ("weights", manifest.weights, sharer.weights),
        ):
            if there != here:
                raise MissingError(f"{name} began with other {what}")
        if manifest.features != sharer.features:
            raise MissingError(f"of {name} and this run, only one computes the frozen part once")
        return saved

    def rows(self, epoch: int) -> NDArray[np.float32]:
        """Return the batch statistics that it recorded in an epoch (from 1), a row a step.

        Raises:
            MissingError: some are missing or damaged.
        """
        assert self._rows is not None
        return self._rows.whole(epoch)

    def _recorded(self) -> StepRows | None:
        """Open what it recorded; None where there is nothing to record."""
        if self._sharer.layout is None:
            return None
        name = batch_statistics.NAME
        if name not in self.experiment.training.probes:
            raise MissingError(
                f'{self._run.id} did not record its batch statistics: training.probes=["{name}"] would have'
            )
        found = StepRows.of(self._run.probes / name)
        if found.layout != self._sharer.layout:
            raise MissingError(f"what {self._run.id} recorded belongs to another network")
        return found

    def _refuse_other_digits(self) -> None:
        """Refuse one of whose workers any computed otherwise: this run by itself would have other digits."""
        reader = JournalReader(self._run.journal, skip=MOMENTS)
        for entry in reader.read():
            why = ""
            match entry.record:
                case Started() as started:
                    why = numerics.apart(started, self._sharer.started)
                case DeviceRecord() as device:
                    why = numerics.devices_apart(device, self._sharer.device)
                case _:
                    pass
            if why:
                raise MissingError(f"{self._run.id} was trained with {why}")
