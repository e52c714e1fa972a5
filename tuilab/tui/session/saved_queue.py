"""A queue as it is remembered: enough of each run that waited to start it another day."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tuilab.experiment import Experiment
from tuilab.files import paths
from tuilab.lab.fork import fork_as
from tuilab.lab.plan import Step
from tuilab.runs.store import Run
from tuilab.tui.run_steps import ForkStep, ResumeStep

_Id = Annotated[str, Field(pattern=r"^[0-9]{8}-[0-9]{6}-[a-z0-9-]{1,80}$")]


class Queued(BaseModel):
    """A run that waited."""

    model_config = ConfigDict(frozen=True)

    preset: str
    """The preset that it comes from, or what else it is called. Text from outside."""
    experiment: Experiment
    name: str = ""
    run: _Id | None = None
    """The run that was to continue; None for one that was still to be made."""
    parent: _Id | None = None
    """The run that it starts from or forks."""
    forked_at: int | None = None
    after: int | None = None
    """The place in the queue of the run that trains its parent."""


def remembered(steps: Sequence[Step]) -> tuple[Queued, ...]:
    """Return a queue's steps as they are remembered."""
    return tuple(_queued(step, steps) for step in steps)


def _queued(step: Step, steps: Sequence[Step]) -> Queued:
    after, parent = step.after, step.parent
    place = next((n for n, other in enumerate(steps) if other is after), None)
    if after is not None and place is None:  # it has begun
        parent = after.run
    fork = step.fork if isinstance(step, ForkStep) else None
    return Queued(
        preset=step.preset,
        experiment=step.experiment,
        name=step.name,
        run=step.run.id if isinstance(step, ResumeStep) and step.run is not None else None,
        parent=parent.id if parent is not None else None,
        forked_at=fork.epoch if fork is not None else None,
        after=place,
    )


def moved(queue: Sequence[Queued], by: int) -> list[Queued]:
    """Return a queue that stands behind another one of ``by`` runs."""
    return [one if one.after is None else one.model_copy(update={"after": one.after + by}) for one in queue]


def steps_of(queue: Sequence[Queued]) -> list[Step]:
    """Return the steps of a queue that was remembered; work for the background: checkpoints are read.

    Raises:
        UsageError: a fork's parent is gone.
        MissingError: a fork's checkpoint is damaged or gone.
    """
    steps: list[Step] = []
    for one in queue:
        parent = Run(paths.runs() / one.parent) if one.parent is not None else None
        if one.run is not None:
            steps.append(ResumeStep(one.experiment, one.preset, run=Run(paths.runs() / one.run)))
        elif one.forked_at is not None and parent is not None:
            step = ForkStep.of(fork_as(parent, one.forked_at, one.experiment, name=one.name), one.preset)
            step.preset = one.preset
            steps.append(step)
        else:
            after = steps[one.after] if one.after is not None and one.after < len(steps) else None
            if after is None and parent is not None:
                # it may train still: it is waited for like a run of this queue
                after = Step(one.experiment, one.parent or "", run=parent)
            steps.append(Step(one.experiment, one.preset, one.name, after=after))
    return steps
