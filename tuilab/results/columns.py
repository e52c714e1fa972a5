"""The columns of the results: each declared once, and which of them stand in which table.

Columns take a row's values, so that a table of less than whole rows, as that of ``tuilab ps``, has them too.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tuilab.results.alike import Values
from tuilab.results.live import duration_text
from tuilab.results.number_text import measured_text, number_text
from tuilab.results.rows import progress, state_word
from tuilab.runs.metrics import ACCURACY, CROSS_ENTROPY, FURTHER, SHARE, Metric
from tuilab.runs.state import State
from tuilab.terminal import clean

SIGNS: dict[State, str] = {
    "queued": "◌",
    "waiting": "○",
    "running": "●",
    "done": "✓",
    "stopped": "■",
    "failed": "×",
    "interrupted": "◇",
    "unreachable": "?",
}
"""A sign beside the word of each state."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: what a person writes in the filter, as ``test>0.5``.
        head: what stands above it in the app.
        text: a row's cell, safe to show.
        value: what it is sorted and filtered by; None sorts last.
        kind: numbers are set to the right and compared as such; shares are shares of 1, so that 50 in a
            filter means 0.5.
        title: what stands above it on the command line and in documents.
        widest: the most cells it takes in the app; longer texts end in an ellipsis.
        blank: what stands for no text on the command line and in documents.
    """

    key: str
    head: str
    text: Callable[[Values], str]
    value: Callable[[Values], Any]
    kind: Literal["words", "number", "share"] = "words"
    title: str = ""
    widest: int = 30
    blank: str = ""

    @property
    def number(self) -> bool:
        """Whether it holds numbers."""
        return self.kind != "words"

    @property
    def heading(self) -> str:
        """What stands above it on the command line and in documents."""
        return self.title or self.head

    def cell(self, values: Values) -> str:
        """Return a row's cell for the command line and for documents."""
        return self.text(values).strip() or self.blank


def name_of(values: Values) -> str:
    """Return what a person calls a run: its name, or the minute in which it was made."""
    return clean(values["name"]) or _made(values["run"])


def points(value: float) -> str:
    """Return a difference in points with its sign: ``+3.4``, ``−0.2``, ``0.0``."""
    text = f"{abs(value):.1f}"
    return text if text == "0.0" else f"+{text}" if value > 0 else f"−{text}"


def _made(run_id: str) -> str:
    try:
        made = datetime.fromisoformat(run_id[:15].replace("-", "T"))
    except ValueError:  # named like a run by hand, with a thirteenth month
        return clean(run_id)
    return f"{made.day:2} {_MONTHS[made.month - 1]} {made:%H:%M}"


def made_at(values: Values) -> tuple[float, str]:
    """Return what sorts runs by the time of their making."""
    return values["created"], values["run"]


def _state(values: Values) -> str:
    return f"{SIGNS[values['state']]} {state_word(values)}"


def _resumable(values: Values) -> str:
    word = state_word(values)
    return f"{word}, resumable" if values["resumable"] and word != "diverged" else word


def _band(values: Values) -> str:
    return values["course_expected"] or measured_text(ACCURACY, values["course_recorded"])


def _expected(values: Values) -> str:
    beside = "with all images" if values["course_note"] else values["verdict"] or ""
    band = _band(values)
    return f"{band} {beside}".strip().replace("-", "–", 1) if band else ""


def _course(values: Values) -> str:
    band = _band(values)
    return f"{band}*" if band and values["course_note"] else band


def _against(values: Values) -> str:
    if values["against_parent"] is not None:
        return points(values["against_parent"])
    return f"n/a, {values['apart']}" if values["apart"] else ""


def _epochs(values: Values) -> str:
    done, planned = values["epochs"], values["planned_epochs"]
    return str(done) if done == planned else progress(values)


def _images(values: Values) -> str:
    return "" if values["training_images"] is None else f"{values['training_images']:,}"


def _data(values: Values) -> str:
    name, images = values["dataset"], _images(values)
    if name is None:
        return ""
    return f"{clean(name)}, {'first ' if values['limit'] else ''}{images} images" if images else clean(name)


def _at(values: Values) -> str:
    phase = values["phase"]
    if values.get("why"):
        return clean(f"number {values['position']}: {values['why']}")
    if phase and not phase.startswith("training"):
        return clean(phase)
    return f"epoch {values['epoch']}/{values['epochs']}"


def _time(values: Values) -> str:
    if values["state"] != "running":
        return f"{duration_text(values['seconds_since'])} ago"
    left = values["seconds_left"]
    return f"{duration_text(left)} left" if left is not None else ""


def _word(value: Any) -> str:
    return "" if value in (None, "-") else clean(str(value))


def _plain(key: str, head: str = "", value: str = "", **more: Any) -> Column:
    source = value or key
    return Column(key, head or key, lambda v: _word(v[source]), lambda v: v[source], **more)


def _number(key: str, head: str, value: str, digits: int, **more: Any) -> Column:
    more.setdefault("kind", "number")
    return Column(key, head, lambda v: number_text(v[value], digits), lambda v: v[value], **more)


def _measured(key: str, head: str, value: str, metric: Metric, **more: Any) -> Column:
    kind = "share" if metric.unit is SHARE else "number"
    return _number(key, head, value, metric.unit.digits, kind=kind, **more)


_DECLARED: tuple[Column, ...] = (
    Column("run", "run", name_of, made_at, widest=20),
    _plain("preset", widest=18, blank="-"),
    _measured("test", "test", "accuracy", ACCURACY, title=ACCURACY.title),
    _measured("ce", CROSS_ENTROPY.title, CROSS_ENTROPY.test, CROSS_ENTROPY),
    Column("state", "state", _state, state_word),
    Column("epochs", "epochs", _epochs, lambda v: v["epochs"], "number"),
    Column("expected", "course", _expected, lambda v: v["verdict"]),
    Column("parent", "vs parent", _against, lambda v: v["against_parent"], "number"),
    _measured("val", "val", ACCURACY.val, ACCURACY, title="validation"),
    _number("seconds", "seconds", "seconds", 0),
    *(_measured(metric.name, metric.title, metric.test, metric) for metric in FURTHER),
    _plain("changed", widest=60),
    _plain("iteration", blank="-"),
    _plain("blocks", value="loaded_vgg16_blocks", title="loaded_vgg16_blocks", blank="-"),
    _plain("tuned", "fine-tuned", "fine_tuning_performed", title="fine_tuning_performed", blank="-"),
    _plain("unfrozen", "unfreezed", "unfreezed_layers", title="unfreezed_layers", blank="-"),
    _number("tensors", "trained", "trained_tensors", 0),
    Column("data", "images", _data, lambda v: v["dataset"], widest=40),
    _plain("weights", widest=24),
    _plain("pixels"),
    Column("seed", "seed", lambda v: str(v["seed"]), lambda v: v["seed"], "number"),
    _plain("device"),
    _plain("from", "started from", value="parent", widest=40),
    _plain("id", "folder", value="run", title="run", widest=48),
    # of the command line and of documents
    _plain("name"),
    Column("course", "course", _course, lambda v: v["verdict"], "number", blank="-"),
    Column("count", "images", _images, lambda v: v["training_images"], "number"),
    Column("ended", "state", state_word, state_word),
    # of what trains
    Column("now", "state", _resumable, state_word),
    Column("at", "at", _at, lambda v: v["epoch"]),
    Column("time", "time", _time, lambda v: v["seconds_since"]),
    _plain("host"),
)
COLUMNS: dict[str, Column] = {column.key: column for column in _DECLARED}
"""Every column by its key."""


def _these(keys: str) -> tuple[Column, ...]:
    return tuple(COLUMNS[key] for key in keys.split())


_FURTHER = " ".join(metric.name for metric in FURTHER)

IN_APP = _these(
    f"run preset test ce state epochs expected parent val seconds {_FURTHER} changed "
    "iteration blocks tuned unfrozen tensors data weights pixels seed device from id"
)
"""The app's table. The most telling first: what stands right of the pane's edge is scrolled to. What few rows
fill comes late."""

IN_DOCUMENTS = _these(
    f"preset name iteration blocks tuned unfrozen ended test course parent val ce {_FURTHER} "
    "epochs seconds count seed changed id"
)
"""A table in Markdown or LaTeX."""


@dataclass(frozen=True)
class Place:
    """A column of a table on a terminal.

    Attributes:
        column: the column.
        rank: 0 is always shown; of the others those of a lower rank get room first.
        below: whether what it says stands below its row if there is no room for the column.
    """

    column: Column
    rank: int
    below: bool = False


def _places(**ranks: int) -> tuple[Place, ...]:
    return tuple(Place(COLUMNS[key], rank, below=key in _BELOW) for key, rank in ranks.items())


_BELOW = frozenset({"name", "changed", "id", "now", "at", "time", "host"})

IN_RESULTS = _places(
    preset=0,
    name=8,
    iteration=9,
    blocks=12,
    tuned=11,
    unfrozen=10,
    test=0,
    course=2,
    ce=3,
    **{metric.name: 8 for metric in FURTHER},
    epochs=4,
    seconds=6,
    count=5,
    seed=7,
    changed=13,
    id=1,
)
"""``tuilab results``."""

IN_PS = _places(id=0, name=5, preset=7, now=1, at=2, time=3, device=4, host=6)
"""``tuilab ps``; a run's id never breaks, and names its preset anyway."""

TRANSFER_ONLY = frozenset({"iteration", "blocks", "tuned", "unfrozen"})
"""The course's own columns; a table of CNNs leaves them out."""

ALWAYS_IN_APP = frozenset(
    {"run", "preset", "test", "state", "val", "ce", "epochs", "seconds", "tensors", "data"}
)
"""Shown even where no row has anything to say in them yet: every run will, and columns keep their place."""
ALWAYS_IN_DOCUMENTS = frozenset({"preset", "test"})
_SAYS_NOTHING = {"ended": frozenset({"", "done"})}
"""Texts that are no reason to show a column."""


def worth_showing(
    columns: Sequence[Column], texts: Iterable[Sequence[str]], always: frozenset[str]
) -> tuple[Column, ...]:
    """Return the columns in which some row has something to say; of the course's four all or none.

    Args:
        columns: what there is.
        texts: for each row its cells, in the order of ``columns``, without blanks.
        always: keys of columns that are shown whatever they say.
    """
    quiet = [_SAYS_NOTHING.get(column.key, frozenset({""})) for column in columns]
    said = {columns[n].key for cells in texts for n, text in enumerate(cells) if text not in quiet[n]}
    course = TRANSFER_ONLY if said & TRANSFER_ONLY else frozenset()
    return tuple(column for column in columns if column.key in said | always | course)


def course_notes(rows: Iterable[Values]) -> list[str]:
    """Return what the mark beside the course's numbers means, where there is one."""
    notes = dict.fromkeys(row["course_note"] for row in rows if row["course_note"])
    return [f"* with all images; the run had {' or '.join(notes)}"] if notes else []
