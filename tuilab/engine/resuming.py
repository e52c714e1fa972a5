"""What a run did before this process: nothing, or all up to its newest whole checkpoint."""

from collections.abc import Iterator
from dataclasses import dataclass

from tuilab.errors import MissingError
from tuilab.runs import checkpoints
from tuilab.runs.checkpoints import Position, Saved
from tuilab.runs.journal.records import AnyRecord, Checkpoint, Epoch, Note, Resumed
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary, summarize


@dataclass(frozen=True)
class ResumePoint:
    """What a worker finds in its run's folder.

    Attributes:
        summary: what the journal says.
        saved: the checkpoint to continue from; None: from the beginning.
        passed_over: a sentence for each more trained checkpoint that is damaged.
        adopted: whether that checkpoint is another run's: a fork that has not trained an epoch of its own.
    """

    summary: Summary
    saved: Saved | None
    skipped: tuple[str, ...] = ()
    adopted: bool = False

    @property
    def seconds(self) -> float:
        """Work on this run up to that checkpoint; what a fork's parent worked is the parent's."""
        return 0.0 if self.saved is None or self.adopted else self.saved.manifest.seconds

    @property
    def epochs(self) -> tuple[Epoch, ...]:
        """Whole epochs that need not be trained again."""
        return self.saved.manifest.epochs if self.saved else ()

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.summary.state == "done"

    def first_records(self) -> Iterator[AnyRecord]:
        """Yield what the journal has to say before the run continues; nothing if it only begins.

        The journal may lack epochs that the checkpoint has: a fork's, whose first epochs another run
        trained, or one that was damaged.
        """
        for sentence in self.skipped:
            yield Note(text=sentence)
        if self.saved is None:
            if self.summary.started is not None:
                yield Resumed(epoch=0, step=0, checkpoint="")
            return
        position = self.saved.manifest.position
        yield Resumed(epoch=position.epoch, step=position.step, checkpoint=self.saved.folder.name)
        known = [e for e in self.summary.epochs if e.epoch <= position.epoch]
        same = next(
            (n for n, (a, b) in enumerate(zip(known, self.epochs, strict=False)) if a != b),
            min(len(known), len(self.epochs)),
        )
        yield from self.epochs[same:]


def find_resume_point(run: Run) -> ResumePoint:
    """Read what a run did before.

    Raises:
        MissingError: a fork whose checkpoint is damaged: there is nothing that it could start from.
    """
    summary = summarize(run)
    saved, skipped = checkpoints.newest(run.checkpoints, {**_adopted(summary.manifest), **summary.known})
    if saved is None and summary.manifest.forked_at is not None:
        why = "; ".join(skipped) or "it has no checkpoint"
        raise MissingError(
            f"the fork {run.id} cannot start: {why}",
            ["fork its parent again: tuilab fork RUN --at-epoch N"],
        )
    at, forked_at = saved.manifest.position if saved is not None else None, summary.manifest.forked_at
    adopted = at is not None and forked_at is not None and (at.epoch, at.step) == (forked_at, 0)
    return ResumePoint(summary, saved, tuple(skipped), adopted)


def _adopted(manifest: Manifest) -> dict[str, Checkpoint]:
    """Return what a fork's manifest says of the checkpoint it was made from; its journal says nothing."""
    if manifest.forked_at is None:
        return {}
    name = Position(manifest.forked_at).name
    return {name: Checkpoint(epoch=manifest.forked_at, name=name, digest="", manifest=manifest.forked_digest)}
