"""Help: what the pane in focus is for, what the keys do, and where the files are."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tuilab import config
from tuilab.files import paths
from tuilab.terminal import clean, path_text
from tuilab.tui.bindings import Key, bindings_of, keys
from tuilab.tui.panels import panels
from tuilab.tui.screens.dialog import Dialog

_TWO_COLUMNS = 120
"""Columns of the terminal from which the keys stand in two columns."""


@cache
def places() -> Mapping[str, Mapping[str, str]]:
    """Return title and text of every pane and screen that has help, by its name in keys.toml."""
    with Path(__file__).parents[1].joinpath("help.toml").open("rb") as file:
        return tomllib.load(file)


class HelpScreen(Dialog[None]):
    """Help for a pane or screen; scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.help")]
    DEFAULT_CSS = """
    HelpScreen {
        & > .frame { width: 76; height: auto; max-height: 96%; }
        & VerticalScroll { height: auto; max-height: 100%; scrollbar-size-vertical: 1; padding: 0 1 0 0; }
        & #columns, & .column { height: auto; }
        & .heading { color: $primary; text-style: bold; margin: 1 0 0 0; }
        &.-wide > .frame { width: 150; max-width: 96%; }
        &.-wide #columns { layout: horizontal; }
        &.-wide .column { width: 1fr; padding: 0 2 0 0; }
    }
    """

    def __init__(self, where: str) -> None:
        """Prepare.

        Args:
            where: the pane or screen in focus, as ``where`` in keys.toml.
        """
        super().__init__()
        self._where = where

    def compose(self) -> ComposeResult:
        """What the place is for, its keys, everybody's keys, the files."""
        place = places().get(self._where, {"title": "tuilab", "text": ""})
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(f"Help · {place['title']}")
            back = self.key_of("dialog.help.back")
            frame.border_subtitle = Content(f"↑ ↓ PgUp PgDn: scroll · {back}: back")
            with VerticalScroll():
                yield Static(place["text"], markup=False)
                with Container(id="columns"):
                    with Vertical(classes="column"):
                        yield from self._keys(place["title"], self._where)
                        yield from self._keys("Everywhere", "app")
                    if self._where in {
                        panel.name for panel in panels()
                    }:  # what covers the lab has no such keys
                        with Vertical(classes="column"):
                            yield from self._keys("The lab", "lab")
                yield Static("Files", classes="heading")
                yield Static(_table(_files()))

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        self.set_class(event.size.width >= _TWO_COLUMNS, "-wide")

    def _keys(self, title: str, where: str) -> ComposeResult:
        rows = [(self._names(key), key.tip) for key in keys() if key.where == where]
        if rows:
            yield Static(title, classes="heading")
            yield Static(_table(rows))

    def _names(self, key: Key) -> str:
        """The keys as the person has them: those of the table, or their own."""
        return clean(", ".join(key.names(self.own_keys)), limit=24)


def _table(rows: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(style="bold", min_width=14, max_width=24)
    table.add_column(ratio=1)
    for left, right in rows:
        table.add_row(Text(left), Text(right))
    return table


def _files() -> list[tuple[str, str]]:
    own = paths.config()
    files = {
        "settings": config.file(),
        "your presets": own / "presets",
        "your lessons": own / "lessons",
        "your themes": own / "themes",
        "runs": paths.runs(),
        "exports": paths.home() / "exports",
        "the app's log": paths.home() / "app.log",
    }
    return [(what, path_text(path)) for what, path in files.items()]
