"""The queue that the app of an earlier version kept by itself: put into the store's queue, once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tuilab.errors import MissingError, RunError, UsageError
from tuilab.experiment import Experiment
from tuilab.files import paths
from tuilab.lab.fork import Fork, fork_as
from tuilab.lab.plan import PlannedRun
from tuilab.lab.queue.clients import Planned
from tuilab.runs.run import Run
from tuilab.terminal import clean
from tuilab.tui.queue_source import QueueSource

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


@dataclass(frozen=True)
class TakenOver:
    """What became of such a queue.

    Attributes:
        names: what is in the store's queue now, as it was called; text from outside.
        problems: a sentence for each run that cannot be queued any more.
    """

    names: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def moved(queue: Sequence[Queued], by: int) -> list[Queued]:
    """Return a queue that stands behind another one of ``by`` runs."""
    return [one if one.after is None else one.model_copy(update={"after": one.after + by}) for one in queue]


def take_over(queue: Sequence[Queued], source: QueueSource) -> TakenOver:
    """Put a queue of an earlier version into the store's; work for the background.

    Raises:
        TuilabError: no folder can be made; then nothing new was queued, and it can be tried again.
    """
    steps: dict[int, PlannedRun] = {}
    planned: list[Planned] = []
    names: list[str] = []
    problems: list[str] = []
    for place, one in enumerate(queue):
        try:
            if one.run is not None:
                source.enqueue_again(one.run)
            else:
                made = _planned(one, queue, steps)
                planned.append(made)
                if isinstance(made, PlannedRun):
                    steps[place] = made
        except (UsageError, MissingError, RunError) as error:
            problems.append(
                f"{clean(one.preset, limit=60)}, which was queued, is not any more: {error.sentence}"
            )
        else:
            names.append(one.preset)
    source.enqueue(planned)
    return TakenOver(tuple(names), tuple(problems))


def _planned(one: Queued, queue: Sequence[Queued], steps: Mapping[int, PlannedRun]) -> PlannedRun | Fork:
    parent = one.parent
    if one.after is not None and one.after not in steps and one.after < len(queue):
        parent = queue[one.after].run  # it was to continue
    run = Run(paths.runs() / parent) if parent is not None else None
    if run is not None and one.forked_at is not None:
        return fork_as(run, one.forked_at, one.experiment, name=one.name)
    after = steps.get(one.after) if one.after is not None else None
    return PlannedRun(one.experiment, one.preset, one.name, parent=run, after=after)
