"""A training that another run did already: epochs taken over, with the moving statistics of our own momentum.

Before an epoch is taken it is checked: the leading run's checkpoint, what it recorded, and that its own
moving statistics follow from that to the last digit. Where something is missing, the run trains on by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from tuilab.engine import checkpoints as weight_files
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.leading_run import LeadingRun, Sharer
from tuilab.engine.probes.batch_statistics import trained_norms
from tuilab.engine.probes.replay import Replay, Statistics, variables_of
from tuilab.engine.saving import Keeper
from tuilab.engine.splits import Split
from tuilab.engine.training import Trainer
from tuilab.errors import MissingError, TuilabError
from tuilab.experiment.experiment import head_of
from tuilab.runs.checkpoints import Saved
from tuilab.runs.journal.records import Epoch, Note
from tuilab.terminal import clean


@dataclass(frozen=True)
class _Taken:
    """An epoch of the leading run that was found right.

    Attributes:
        saved: its checkpoint.
        weights: what is in that, in the network's order.
        theirs: its moving statistics after the epoch.
        ours: those of the run that shares.
    """

    saved: Saved
    weights: list[NDArray[Any]]
    theirs: Statistics
    ours: Statistics


class SharedTraining:
    """Takes over the epochs of a leading run."""

    def __init__(
        self,
        sharer: Sharer,
        network: Any,
        trainer: Trainer,
        keeper: Keeper,
        report: Callable[[Note], None],
        *,
        clock: Callable[[], float],
        should_stop: Callable[[], bool],
    ) -> None:
        """Prepare.

        Args:
            sharer: the run.
            network: the whole network, with the weights that the run has reached.
            trainer: where the run has come to, with its optimizer.
            keeper: keeps the run's checkpoints.
            report: takes what a person should know.
            clock: seconds of work.
            should_stop: asked at every epoch, beside the trainer's own asking.
        """
        self._sharer, self._network, self._trainer, self._keeper = sharer, network, trainer, keeper
        self._report, self._clock, self._should_stop = report, clock, should_stop
        norms = trained_norms(network)
        self._moving = variables_of(norms)
        places = {id(variable): n for n, variable in enumerate(network.weights)}
        self._places = [places[id(variable)] for variable in self._moving]
        self._replay = Replay(head_of(sharer.experiment.model).bn_momentum)
        self._leader: LeadingRun | None = None
        self._their_replay: Replay | None = None
        self._theirs: Statistics = ()
        self._told = False

    def take_over(self, epochs: list[Epoch], validation: Split, seconds: Callable[[], float]) -> None:
        """Take over what there is, epoch for epoch, and say what was shared, where that ended, and why.

        Args:
            epochs: whole epochs so far; it grows by each that the trainer reports.
            validation: what each epoch is measured on.
            seconds: of work on the run so far.

        Raises:
            StopRequested: asked to stop; every epoch that was reported is in a checkpoint.
            RunError: the loss is no finite number.
        """
        while len(epochs) < self._sharer.experiment.training.epochs:
            if self._should_stop():
                raise StopRequested
            began = self._clock()
            try:
                taken = self._checked(len(epochs) + 1)
            except (TuilabError, OSError) as error:
                self._tell_end(error, len(epochs))
                return
            self._load(taken)
            self._tell_shared()
            self._trainer.take_over(taken.saved.manifest.epochs[-1], validation, began)
            self._keeper.keep(self._trainer.position(), epochs, seconds())

    def _checked(self, epoch: int) -> _Taken:
        """Find an epoch and check it, and give the optimizer its state; the network stays as it is.

        Raises:
            TuilabError: it cannot be taken over.
        """
        if self._leader is None:
            self._open(epoch)
        assert self._leader is not None and self._their_replay is not None
        saved = self._leader.checkpoint(epoch)
        weights = weight_files.weights_for(saved, self._network)
        theirs = [weights[place] for place in self._places]
        ours: Statistics = [variable.numpy() for variable in self._moving]
        if self._moving:
            rows = self._leader.rows(epoch)
            if not _same(self._their_replay.moved(self._theirs, rows), theirs):
                raise MissingError(
                    f"the moving statistics of {self._sharer.leader.id} after epoch {epoch} are not those "
                    "that follow from its records"
                )
            ours = self._replay.moved(ours, rows)
        kind = self._sharer.experiment.optimizer.kind
        if not weight_files.load_optimizer(saved, self._network, self._trainer.steps.optimizer, kind):
            raise MissingError(f"the optimizer's state in {saved.folder.name} belongs to another network")
        return _Taken(saved, weights, theirs, ours)

    def _open(self, epoch: int) -> None:
        """Find the leading run at the epoch before, where it must be as far as this run is."""
        leader = LeadingRun(self._sharer)
        own = [variable.numpy() for variable in self._network.weights]
        theirs = own
        if epoch > 1:
            theirs = weight_files.weights_for(leader.checkpoint(epoch - 1), self._network)
            trained = sorted(set(range(len(own))) - set(self._places))
            if not _same([own[n] for n in trained], [theirs[n] for n in trained]):
                raise MissingError(
                    f"the weights of {self._sharer.leader.id} after epoch {epoch - 1} are not this run's"
                )
        self._theirs = [theirs[place] for place in self._places]
        self._leader, self._their_replay = leader, Replay(leader.momentum)

    def _load(self, taken: _Taken) -> None:
        for variable, array in zip(self._network.weights, taken.weights, strict=True):
            variable.assign(array)
        for variable, array in zip(self._moving, taken.ours, strict=True):
            variable.assign(array)
        self._theirs = taken.theirs

    def _tell_shared(self) -> None:
        """Say it once, when an epoch was found right."""
        if self._told or self._leader is None:
            return
        self._told = True
        ours, theirs = head_of(self._sharer.experiment.model).bn_momentum, self._leader.momentum
        momentum = f" (momentum {ours:g} in place of {theirs:g})" if self._moving else ""
        self._report(Note(text=f"training shared with {self._sharer.leader.id}{momentum}"))

    def _tell_end(self, error: TuilabError | OSError, epochs: int) -> None:
        leader, wanted = self._sharer.leader.id, self._sharer.experiment.training.epochs
        why = error.sentence if isinstance(error, TuilabError) else clean(error.strerror or str(error))
        shared = f"is shared up to epoch {epochs} of {wanted}, and the rest is trained here"
        if not epochs:
            shared = "cannot be shared, so this run trains by itself"
        self._report(Note(text=f"the training of {leader} {shared}: {why}"))


def _same(some: Statistics, others: Statistics) -> bool:
    """Return whether arrays are the same to the last bit."""
    return all(a.tobytes() == b.tobytes() for a, b in zip(some, others, strict=True))
