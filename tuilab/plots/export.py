"""The curves that are shown, as text to keep: their numbers as CSV, their plots as lines of characters."""

import csv
import io
from collections.abc import Iterator, Sequence

from tuilab.plots.cells import Cells
from tuilab.plots.charts import Subject
from tuilab.plots.series import Curve, Measurements, SeriesName
from tuilab.plots.view import SHOWN, View

HEAD = ("run", "series", "epoch", "seconds", "value", "smoothed", "epochs_before")
"""Columns of the CSV. ``smoothed`` is empty if the series was not smoothed; ``epochs_before`` are those of
the runs that a run started from: with them added, its epochs continue where theirs ended."""


def csv_text(view: View, subject: Subject | None, others: Sequence[Subject]) -> str:
    """Return every measured value of the series that a view shows, a line each, whatever the zoom.

    Numbers are written so that reading them gives the same float; ``nan`` and ``inf`` as such.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for names in SHOWN[view.metric]:
        for name in names if subject else ():
            assert subject is not None
            history = subject.history
            by_step = name in history.steps.tracks
            rows = history.steps if by_step else history.epochs
            smoothed = history.curve(name, "epoch", view.smoothing) if by_step and view.smoothing else None
            writer.writerows(_rows(subject, name, rows, smoothed))
        for other in others if view.overlays else ():
            writer.writerows(_rows(other, names[-1], other.history.epochs, None))
    return text.getvalue()


def _rows(
    run: Subject, name: SeriesName, rows: Measurements, smoothed: Curve | None
) -> Iterator[tuple[str, ...]]:
    values = rows.tracks[name].values
    for place, value in enumerate(values):
        averaged = repr(smoothed.track.values[place]) if smoothed else ""
        x, seconds = repr(rows.epochs[place]), repr(rows.seconds[place])
        yield run.name, name, x, seconds, repr(value), averaged, str(run.before)


def plot_text(cells: Cells) -> str:
    """Return a plot as lines of text."""
    return "\n".join(cells.lines()) + "\n"
