"""Steps of the queue that are no plan's: a run that goes on, and a fork."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tuilab.errors import MissingError
from tuilab.experiment import Experiment
from tuilab.lab.draft import ForkPoint
from tuilab.lab.fork import Fork, fork_as
from tuilab.lab.plan import Step
from tuilab.runs.store import Run
from tuilab.tui.run_book import BookedRun


@dataclass
class ResumeStep(Step):
    """A run that goes on from its last checkpoint; ``run`` is there already.

    Its experiment is fixed, its device as well where it names one.
    """

    @classmethod
    def of(cls, run: BookedRun) -> "ResumeStep":
        """Return the step of a run that ended before it was done."""
        return cls(run.experiment, run.label, run=run.run)

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Return the run: its folder is there."""
        if self.run is None:
            raise ValueError("a run that goes on must be given")
        return self.run


@dataclass
class ForkStep(Step):
    """A fork that was checked."""

    fork: Fork | None = None

    @classmethod
    def of(cls, fork: Fork, label: str) -> "ForkStep":
        """Return the step of a fork; ``label`` is what its parent is called."""
        return cls(fork.experiment, f"the fork of {label}", parent=fork.parent, fork=fork)

    @property
    def waits_for(self) -> None:
        """It goes on from a checkpoint that is there."""
        return

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Make the run's folder; raises RunError where that cannot be done."""
        if self.fork is None:
            raise ValueError("a fork must be given")
        # the queue may have given it a device
        self.run = replace(self.fork, experiment=self.experiment).start(beside)
        return self.run


def fork_step(point: ForkPoint, experiment: Experiment) -> ForkStep:
    """Return the step of the fork on the desk; work for the background: a checkpoint is read.

    Raises:
        UsageError: the fork is not allowed, or its parent is gone.
        MissingError: its checkpoint is damaged or gone.
    """
    try:
        return ForkStep.of(fork_as(point.run, point.epoch, experiment), point.label)
    except MissingError as error:
        raise MissingError(error.sentence, ["fork it at another epoch"]) from error
