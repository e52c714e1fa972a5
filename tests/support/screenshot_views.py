"""The app's pictures in ``screenshots/``: what is on each, and how the app is led there."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from harness import LabPilot, press, until
from snapshot_rest import settled

from tuilab.tui.app import LabApp
from tuilab.tui.run_book import BookedRun
from tuilab.tui.themes import DARK, LIGHT


@dataclass(frozen=True)
class View:
    """A picture.

    Attributes:
        size: columns and rows.
        preset: in the network pane.
        keys: pressed once the runs are there.
        shown: the preset of the run whose curves are shown; empty: the latest run.
        marked: the presets of the runs that are laid over it.
        trains: whether the preset in the network pane is trained meanwhile, in a lab of its own.
        theme: its name.
    """

    size: tuple[int, int]
    preset: str
    keys: str
    shown: str = ""
    marked: Sequence[str] = field(default_factory=tuple)
    trains: bool = False
    theme: str = DARK.name


VIEWS = {
    "lab": View((160, 50), "bn-momentum", "4 home", "bn-momentum", ("bn", "baseline")),
    "training": View((160, 50), "digits-bn", "3", trains=True),
    "compare": View((140, 40), "bn-momentum", "4 c", "bn-momentum", ("bn", "bn-momentum")),
    "narrow": View((80, 24), "iteration-ii", "3", "iteration-ii"),
    "lesson": View((80, 36), "bn-momentum", "1", "bn-momentum"),
    "network": View((100, 44), "iteration-iv", "2", "iteration-iv"),
    "light": View((160, 50), "iteration-ii", "2", "iteration-ii", theme=LIGHT.name),
}
"""By the file's name."""

DEEPER = {
    "sweep": View((160, 50), "bn-l2", "W"),
    "inside": View((160, 50), "bn", "4 home I", "bn"),
    "errors": View((160, 50), "bn", "4 home I 2", "bn"),
    "norms": View((160, 50), "bn", "4 home down I 6", "bn"),
    "statistics": View((160, 50), "bn", "4 home down I 7", "bn"),
}
"""Of a lab that has a sweep, or a run whose images are looked at: what is where depends on its numbers."""


async def lead(app: LabApp, pilot: LabPilot, view: View) -> None:
    """Lead the opened app to a view of runs that are there."""
    await until(pilot, lambda: bool(app.lab_screen.panes) and app.session.book.listed)
    await pilot.pause()
    book = app.session.book
    for preset in view.marked:
        book.toggle_mark(_latest(app, preset).id)
    if view.shown:
        app.show(_latest(app, view.shown).id)
    app.follow_wanted()
    wanted = [book.shown, *book.marked]
    await until(pilot, lambda: all(run.history for run in map(book.find, wanted) if run))
    app.lab_screen.tell_runs_changed()
    app.lab_screen.tell_shown_changed()
    await press(pilot, view.keys)
    app.clear_notifications()
    await settled(app, pilot)


def _latest(app: LabApp, preset: str) -> BookedRun:
    return [run for run in app.session.book.runs if run.summary.manifest.preset == preset][-1]


Spot = tuple[int, int, str]
"""Row and column (-1: any), text."""

_TEXT = re.compile(r'<text class="[^"]*" x="([\d.]+)" y="([\d.]+)"[^>]*clip-path[^>]*>([^<]*)</text>')
_CELL, _LINE = 12.2, 24.4  # as Rich draws a cell


def rows_of(svg: str) -> list[str]:
    """Return the rows of text of a picture that Rich drew."""
    texts = ((float(y), float(x), html.unescape(text)) for x, y, text in _TEXT.findall(svg))
    rows = []
    for _, row in groupby(sorted(texts), key=lambda text: text[0]):
        line = ""
        for _, x, text in row:
            line = line.ljust(round(x / _CELL)) + text.strip("\n").replace("\N{NO-BREAK SPACE}", " ")
        rows.append(line.rstrip())
    return rows


_STRUCTURE = (
    r"[╭╮╰╯]",  # frames
    r"\b(?:LESSON|NETWORK|CURVES|RESULTS|COMPARED|LAYERS)\b",  # panes
    r"\b(?:MODEL|BASE|HEAD|BATCH NORMALIZATION|REGULARIZATION|OPTIMIZER|TRAINING|DATA)\b(?= ─)",  # settings
    r"(?<=  )(?:network|filters|convolutions|dropout|dense units|batch norm|weights)(?=  )",  # labels
)
_FLOATING = (
    r"\b(?:accuracy|cross-entropy)\b(?=   ?─)",  # plots: a remark of another length moves them
    r"\b(?:what differs|test accuracy)\b(?=$|  )",  # the comparison
)


def layout(rows: Sequence[str]) -> set[Spot]:
    """Return what does not depend on numbers: frames, titles, labels, and the keys below."""
    spots = {
        (number, match.start(), match[0])
        for number, row in enumerate(rows)
        for pattern in _STRUCTURE
        for match in re.finditer(pattern, row)
    }
    spots |= {
        (-1, m.start(), m[0]) for row in rows for pattern in _FLOATING for m in re.finditer(pattern, row)
    }
    for number, row in enumerate(rows):
        # columns are as wide as what stands in them, and those that do not fit are left out
        if re.search(r"\brun [▼▲]", row):
            spots.add((number, -1, " ".join(row.strip("│ ").split()[:5])))
    spots.add((len(rows) - 1, -1, rows[-1].strip()))
    return spots
