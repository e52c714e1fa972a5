"""What a run keeps of its training; if the disk does not take it, it reports that and continues."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tuilab.engine import trained_model, weights
from tuilab.engine.checkpoints import Checkpointer
from tuilab.engine.telemetry import Reporter, log_error
from tuilab.errors import RunError
from tuilab.runs.checkpoints import TRAINED, Position, Saved, prune, sweep
from tuilab.runs.journal.records import Checkpoint, Epoch, Note
from tuilab.runs.worker.process import NO_SPACE
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
        """Take the run's folder of checkpoints, and the one that the training continues from."""
        self._folder, self._checkpointer, self._report = folder, checkpointer, report
        self._written = before.manifest.position if before else Position()
        self._keep_all = keep_all
        self._disk_was_full = False
        _recreate(folder, report)
        sweep(folder)

    def keep(self, position: Position, epochs: Sequence[Epoch], seconds: float) -> None:
        """Write where the training is; a disk that does not take it leaves the checkpoint before it."""
        if (position.epoch, position.step) == (self._written.epoch, self._written.step):
            return  # nothing was trained since
        try:
            _recreate(self._folder, self._report)
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
        before = "there is no earlier one"
        if self._written != Position():
            stays = (self._folder / self._written.name).is_dir()
            before = f"{self._written.name} {'is still there' if stays else 'is gone too'}"
        self._report(Note(text=f"the checkpoint {position.name} could not be written: {why}; {before}"))


def _recreate(folder: Path, report: Reporter) -> None:
    """Make a run's folder of checkpoints again if somebody deleted it, and report that."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        return
    report(
        Note(text=f"the folder {folder.name} was gone with everything in it; it has been made again, empty")
    )


def keep_model(network: Any, folder: Path, epochs: int, report: Reporter) -> None:
    """Keep the trained model.

    Raises:
        OSError: the disk is full.
        RunError: it cannot be written for another reason; what was measured stands in the journal.
    """
    try:
        _recreate(folder, report)
        saved = trained_model.save(network, folder, weights.FINAL, epochs)
    except OSError as error:
        if error.errno in NO_SPACE:
            raise
        why = clean(error.strerror or str(error), limit=200)
        raise RunError(
            f"the run was trained and tested, but its model cannot be saved: {why} ({clean(str(folder))})"
        ) from error
    report(Checkpoint(epoch=epochs, name=weights.FINAL, digest=saved.sha256))
