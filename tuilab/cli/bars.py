"""What a run shows on a terminal: a bar for the phase it is in, and lines above it that stay."""

import math

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
)
from rich.text import Text

from tuilab.cli.lines import LABEL, Fact, describe, epoch_line
from tuilab.cli.wrapping import wrap
from tuilab.results.number_text import measured_text
from tuilab.results.progress import phase_text
from tuilab.runs.journal.records import LAST, AnyRecord, Batch, Epoch, Phase
from tuilab.runs.metrics import ACCURACY


class _Amount(ProgressColumn):
    """Done of total in the phase's own unit; bytes as MB."""

    def render(self, task: Task) -> Text:
        unit = task.fields.get("unit", "")
        if task.total is None:
            return Text("")
        if unit == "bytes":
            return Text(f"{task.completed / 1e6:.1f}/{task.total / 1e6:.1f} MB", style="progress.download")
        return Text(f"{int(task.completed):,}/{int(task.total):,} {unit}", style="progress.download")


class BarWatcher:
    """Shows records on a terminal through Rich. stderr, so that stdout stays the results' own."""

    def __init__(self, epochs: int) -> None:
        self._epochs, self._epoch = epochs, 0
        self._progress = Progress(
            SpinnerColumn("line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Amount(),
            TextColumn("{task.fields[detail]}", markup=False, style="dim"),
            console=Console(stderr=True, highlight=False),
            transient=True,
            refresh_per_second=5,
        )
        self._task = self._progress.add_task("starting", total=None, unit="", detail="")

    def __enter__(self) -> "BarWatcher":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def see(self, record: AnyRecord) -> None:
        """Move the bar, or write a line above it."""
        if isinstance(record, Batch):
            self._show_batch(record)
        elif isinstance(record, Phase):
            what = (
                f"epoch {self._epoch}/{self._epochs} validation" if record.validates else phase_text(record)
            )
            self._update(what, record.done, record.total, record.unit)
        elif isinstance(record, Epoch):
            self.say(epoch_line(record, self._epochs, self._progress.console.width))
        elif isinstance(record, LAST):
            self._progress.update(self._task, visible=False)
        elif fact := describe(record):
            self.tell(fact)

    def tell(self, fact: Fact) -> None:
        """Write a fact that stays, wrapped beside its label."""
        for n, line in enumerate(fact.lines(width=self._progress.console.width)):
            text = Text(line)
            text.stylize("bold" if n == 0 else "", 0, LABEL)
            if n >= len(fact.lines(width=self._progress.console.width, details=False)):
                text.stylize("dim", LABEL)
            self._progress.console.print(text, soft_wrap=True)

    def say(self, text: str) -> None:
        """Write a sentence that stays."""
        lines = wrap(text, self._progress.console.width)
        self._progress.console.print(Text("\n".join(lines)), soft_wrap=True)

    def _show_batch(self, record: Batch) -> None:
        accuracy = measured_text(ACCURACY, record.value(ACCURACY.name))
        detail = f"{ACCURACY.title} {accuracy}  {record.images_per_second:,.0f} img/s"
        if math.isfinite(record.seconds_left):
            minutes, seconds = divmod(round(record.seconds_left), 60)
            detail += f"  {minutes}:{seconds:02} left"
        self._epoch = record.epoch
        what = f"epoch {record.epoch}/{self._epochs}"
        if record.step == record.steps:
            what, detail = f"{what} validation", ""
        self._update(what, record.step, record.steps, "batches", detail)

    def _update(self, what: str, done: int, total: int | None, unit: str, detail: str = "") -> None:
        self._progress.update(
            self._task, description=what, completed=done, total=total, unit=unit, detail=detail
        )
