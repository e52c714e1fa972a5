"""What a run says where stderr is a file or a pipe: a line a phase, a line an epoch."""

import typer

from tuilab.runs.records import (
    AnyRecord,
    DatasetRecord,
    DeviceRecord,
    Epoch,
    NetworkRecord,
    Note,
    Phase,
    WeightsRecord,
)
from tuilab.terminal import clean


def phase_text(record: Phase) -> str:
    """Return what a phase does, e.g. ``computing frozen features of block5_pool``."""
    verb = "computing frozen features" if record.name == "features" else record.name
    return f"{verb} {clean(record.what)}".strip()


def describe(record: AnyRecord) -> str | None:
    """Return the line that tells of a record; None for one that needs no line."""
    match record:
        case DeviceRecord():
            return f"device: {clean(record.name)}, {record.precision} ({clean(record.reason)})"
        case DatasetRecord():
            counts = f"{record.training_images:,} to train, {record.validation_images:,} to validate"
            images = f"{counts}, {record.test_images:,} to test; {len(record.classes)} classes"
            return f"data: {clean(record.name)} ({clean(record.source)}): {images}"
        case WeightsRecord():
            what = "weights" if record.name == "-" else f"weights: {clean(record.name)}"
            credit = f"; {clean(record.attribution)}" if record.attribution else ""
            return (
                f"{what} ({clean(record.source)}{credit})"
                if record.name != "-"
                else f"{what}: {record.source}"
            )
        case NetworkRecord():
            base = (
                f", {record.trained_base_tensors} of them in the base" if record.trained_base_tensors else ""
            )
            share = f"{record.trained_parameters:,} of {record.total_parameters:,} parameters"
            return f"trains: {record.trained_tensors} tensors{base}; {share}"
        case Note():
            return clean(record.text)
        case _:
            return None


def epoch_line(record: Epoch, epochs: int) -> str:
    """Return an epoch's numbers in one line: accuracy and cross-entropy, training and validation."""
    penalty = f"  penalty {record.penalty:.4f}" if record.penalty else ""
    return (
        f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}  "
        f"accuracy {record.accuracy:.4f} val {record.val_accuracy:.4f}  "
        f"cross-entropy {record.cross_entropy:.4f} val {record.val_cross_entropy:.4f}{penalty}  "
        f"{record.seconds:.1f} s"
    )


class LineWatcher:
    """Writes lines to stderr."""

    def __init__(self, epochs: int) -> None:
        self._epochs = epochs
        self._phase = ""

    def __enter__(self) -> "LineWatcher":
        return self

    def __exit__(self, *_: object) -> None:
        return

    def see(self, record: AnyRecord) -> None:
        """Write the record's line, where it has one."""
        if isinstance(record, Epoch):
            self.say(epoch_line(record, self._epochs))
        elif isinstance(record, Phase):
            phase = phase_text(record)
            if phase != self._phase and record.name in {"downloading", "features", "evaluating"}:
                self.say(f"{phase} ...")
            self._phase = phase
        elif line := describe(record):
            self.say(line)

    def say(self, text: str) -> None:
        """Write a line."""
        typer.echo(text, err=True)
