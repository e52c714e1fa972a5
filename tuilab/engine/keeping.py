"""What a run keeps of its training; where the disk does not take it, it says so and goes on."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuilab.engine import trained_model, weights
from tuilab.engine.checkpoints import Checkpointer
from tuilab.engine.telemetry import Reporter, log_error
from tuilab.runs.checkpoints import TRAINED, Position, Saved, prune, sweep
from tuilab.runs.process import NO_SPACE
from tuilab.runs.records import Checkpoint, Epoch, Note
from tuilab.terminal import clean


class Keeper:
    """Writes a checkpoint at each epoch and at a stop, and clears away those that are not kept."""

    def __init__(
        self,
        folder: Path,
        checkpointer: Checkpointer,
        report: Reporter,
        before: Saved | None,
        *,
        keep_all: bool,
    ) -> None:
        """Take the run's folder of checkpoints, and the one that the training goes on from."""
        self._folder, self._checkpointer, self._report = folder, checkpointer, report
        self._written = before.manifest.position if before else Position()
        self._keep_all = keep_all
        self._disk_was_full = False
        sweep(folder)

    def keep(self, position: Position, epochs: Sequence[Epoch], seconds: float) -> None:
        """Write where the training is; a disk that does not take it leaves the checkpoint before it."""
        if (position.epoch, position.step) == (self._written.epoch, self._written.step):
            return  # nothing was trained since
        try:
            saved = self._checkpointer.save(position, epochs, seconds)
        except OSError as error:
            log_error()
            self._tell(position, error)
            return
        self._written, self._disk_was_full = position, False
        digest = saved.manifest.files[TRAINED]
        self._report(
            Checkpoint(
                epoch=position.epoch,
                step=position.step,
                name=saved.folder.name,
                digest=digest,
                manifest=saved.digest,
            )
        )
        prune(self._folder, saved, keep_all=self._keep_all)

    def _tell(self, position: Position, error: OSError) -> None:
        full = error.errno in NO_SPACE
        if full and self._disk_was_full:
            return  # of a disk that stays full one note is enough
        self._disk_was_full = full
        why = "the disk is full" if full else clean(error.strerror or str(error), limit=200)
        before = f"{self._written.name} stays" if self._written != Position() else "there is none before it"
        self._report(Note(text=f"the checkpoint {position.name} could not be written: {why}; {before}"))


def keep_model(network: Any, folder: Path, epochs: int, report: Reporter) -> None:
    """Keep the trained model; where the disk does not take it, what was measured still stands."""
    try:
        saved = trained_model.save(network, folder, weights.FINAL, epochs)
    except OSError as error:
        log_error()
        why = clean(error.strerror or str(error), limit=200)
        report(Note(text=f"the trained model could not be saved, so no run can start from it: {why}"))
        return
    report(Checkpoint(epoch=epochs, name=weights.FINAL, digest=saved.sha256))
