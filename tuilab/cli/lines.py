"""What a run says where stderr is a file or a pipe: a line a phase, a line an epoch."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import assert_never

import typer

from tuilab.cli.wrapping import width_of, wrap
from tuilab.results.number_text import measured_text, number_text
from tuilab.results.progress import phase_text
from tuilab.runs.journal.records import (
    AnyRecord,
    Batch,
    Checkpoint,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Failed,
    NetworkRecord,
    Note,
    Phase,
    Resumed,
    Started,
    Stopped,
    WeightsRecord,
)
from tuilab.runs.metrics import ALWAYS
from tuilab.terminal import clean


def place_text(epoch: int, step: int) -> str:
    """Return where training is after so many whole epochs and steps, e.g. ``step 120 of epoch 4``."""
    if step:
        return f"step {step} of epoch {epoch + 1}"
    return f"the end of epoch {epoch}" if epoch else "the beginning"


@dataclass(frozen=True)
class Fact:
    """Something a run says once, in words that are clean.

    Attributes:
        label: a word: data, weights, device, trained, note, resumed.
        text: the fact.
        detail: where it comes from or why; may be empty.
    """

    label: str
    text: str
    detail: str = ""

    @property
    def short(self) -> "Fact":
        """The fact without where it comes from or why."""
        return Fact(self.label, self.text)

    def lines(self, *, width: int | None = None, details: bool = True) -> list[str]:
        """Return the fact with its label before it; wrapped to ``width`` columns where one is given."""
        indent = " " * LABEL
        lines: list[str] = []
        for text in (self.text, self.detail) if details else (self.text,):
            if text:
                lines += wrap(text, width - LABEL if width else None)
        first, *rest = lines or [""]
        return [f"{self.label:<{LABEL}}{first}", *(indent + line for line in rest)]


def print_facts(facts: Iterable[Fact], *, err: bool = False) -> None:
    """Print facts, as wide as the terminal is where they go to one."""
    width = width_of(sys.stderr if err else sys.stdout)
    for fact in facts:
        for line in fact.lines(width=width):
            typer.echo(line, err=err)


LABEL = 9
"""Columns of a label and the space after it."""


def describe(record: AnyRecord) -> Fact | None:
    """Return what a record tells a person; None for one that needs no words."""
    match record:
        case Resumed():
            return Fact("resumed", f"from {place_text(record.epoch, record.step)}")
        case DeviceRecord():
            # what every run is goes without saying
            unusual = ["compiled by XLA"] if record.xla else []
            unusual += [] if record.deterministic else ["not repeatable to the last digit"]
            text = "; ".join([f"{record.device}: {clean(record.name)}", record.precision, *unusual])
            return Fact("device", text, clean(record.reason))
        case DatasetRecord():
            counts = f"{record.training_images:,} training, {record.validation_images:,} validation"
            images = f"{counts} and {record.test_images:,} test images; {len(record.classes)} classes"
            return Fact("data", f"{clean(record.name)}: {images}", clean(record.source))
        case WeightsRecord():
            source = clean(record.source)
            text = source if record.name == "-" else f"{clean(record.name)}: {source}"
            return Fact("weights", text, clean(record.attribution))
        case NetworkRecord():
            base = (
                f", {record.trained_base_tensors} of them in the base" if record.trained_base_tensors else ""
            )
            share = f"{record.trained_parameters:,} of {record.total_parameters:,} parameters"
            return Fact("trained", f"{record.trained_tensors} tensors{base}; {share}")
        case Note():
            return Fact("note", clean(record.text))
        case (
            Started()
            | Phase()
            | Batch()
            | Epoch()
            | Evaluated()
            | Checkpoint()
            | Done()
            | Stopped()
            | Failed()
        ):
            return None
        case _:
            assert_never(record)


def epoch_line(record: Epoch, epochs: int, width: int | None = None) -> str:
    """Return an epoch's numbers in one line: what every run records, training and validation.

    Args:
        width: columns of the terminal, where there is one: what has no room there is left out, the penalty
            first.
    """
    measured = [
        f"{metric.title} {measured_text(metric, record.value(metric.name))} "
        f"val {measured_text(metric, record.value(metric.val))}"
        for metric in ALWAYS
    ]
    parts = [
        f"epoch {record.epoch:>{len(str(epochs))}}/{epochs}",
        *measured,
        f"penalty {number_text(record.penalty, 3)}" if record.penalty else "",
        f"{number_text(record.seconds, 1 if record.seconds < 10 else 0)} s",
    ]
    line = "  ".join(filter(None, parts))
    # then the seconds, and of what is measured the first one stays
    for part in (-2, -1, *range(len(measured), 1, -1)):
        if width is None or len(line) <= width:
            break
        parts[part] = ""
        line = "  ".join(filter(None, parts))
    return line


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
        elif fact := describe(record):
            self.tell(fact)

    def tell(self, fact: Fact) -> None:
        """Write a fact."""
        for line in fact.lines():
            self.say(line)

    def say(self, text: str) -> None:
        """Write a line."""
        typer.echo(text, err=True)
