"""Taking a run out of the queue so that it can be put back: what makes its folder again is kept."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.lab.fork import fork_as
from tuilab.lab.queue import clients
from tuilab.runs import store
from tuilab.runs.queue import changes
from tuilab.runs.run import Manifest, Run


@dataclass
class Remade:
    """A run whose folder vanished, to be made once more.

    Attributes:
        experiment: what it trains.
        manifest: what it was called and started from.
        after: the run that vanished with it and that it would have started from.
        made: its new folder, once there is one.
    """

    experiment: Experiment
    manifest: Manifest
    after: "Remade | None" = None
    made: Run | None = None

    @property
    def waits_for(self) -> Run | None:
        """The run that must be done before it can start; a fork continues from a checkpoint that is there."""
        return self._parent if self.manifest.forked_at is None else None

    @property
    def shares(self) -> str | None:
        """The run whose training it shares; if that is gone by then, its worker says so."""
        return self.manifest.shares

    @property
    def _parent(self) -> Run | None:
        if self.after is not None:
            return self.after.made
        return store.find(self.manifest.parent) if self.manifest.parent else None

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        """Make its folder; raises TuilabError if that cannot be done."""
        parent, manifest = self._parent, self.manifest
        if parent is not None and manifest.forked_at is not None:
            fork = fork_as(parent, manifest.forked_at, self.experiment, name=manifest.name)
            self.made = fork.start(beside)
        else:
            self.made = store.create(
                self.experiment,
                preset=manifest.preset,
                name=manifest.name,
                parent=parent.id if parent else None,
                shares=self.shares,
                beside=beside,
            )
        return self.made


@dataclass(frozen=True)
class TakenOut:
    """A run that was taken out of the queue.

    Attributes:
        run: the run.
        kept: whether its folder is there still, because it was trained before.
        others: the runs that vanished with it.
        again: what makes the folders that vanished once more, parents first.
    """

    run: Run
    kept: bool
    others: tuple[Run, ...]
    again: tuple[Remade, ...]


def take_out(run: Run) -> TakenOut:
    """Take a run out of the queue; one that was made for it vanishes, and so do those that wait for that.

    Raises:
        UsageError: it does not wait (any more).
        RunError: it cannot be taken out.
    """
    remade: dict[str, Remade] = {}
    for one in (run, *clients.following(run)):
        with contextlib.suppress(UsageError):  # one that is damaged cannot be made again
            manifest = one.manifest()
            remade[one.id] = Remade(one.experiment(), manifest, remade.get(manifest.parent or ""))
    others = changes.drop(run)
    kept = run.folder.is_dir()
    gone = () if kept else (run.id, *(other.id for other in others))
    again = tuple(one for run_id, one in remade.items() if run_id in gone)
    return TakenOut(run, kept, tuple(others), again)


def put_back(taken: TakenOut) -> list[Run]:
    """Queue at the end what was taken out; folders that vanished are made again, under new ids.

    Raises:
        TuilabError: a folder cannot be made, or its parent or checkpoint is gone.
    """
    if taken.kept:
        clients.enqueue_again(taken.run)
        return [taken.run]
    return clients.enqueue(taken.again)
