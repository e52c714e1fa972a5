"""Runs that were deleted and are still kept: one can be restored."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tuilab.runs.trash import KEEP_SECONDS, Trashed
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog

Row = tuple[Trashed, str]
"""A deleted run and the person's name of it, clean."""


class DeletedScreen(Dialog[Trashed | None]):
    """A line a run, the latest first; dismisses with the one that is to be restored, or None."""

    name_of_help = "results"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.deleted")]
    DEFAULT_CSS = """
    DeletedScreen > .frame { width: 90; }
    DeletedScreen OptionList { height: auto; max-height: 16; margin: 0 0 1 0; }
    """

    def __init__(self, kept: Sequence[Row]) -> None:
        super().__init__()
        self._kept = tuple(kept)

    def compose(self) -> ComposeResult:
        """The runs, and how long they are kept."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Deleted runs")
            back = self.key_of("dialog.deleted.back")
            bring = "↑ ↓ · Enter: restore it · " if self._kept else ""
            frame.border_subtitle = Content(f"{bring}{back}: back")
            if self._kept:
                yield OptionList(*(Option(_line(*row)) for row in self._kept))
            days = round(KEEP_SECONDS / 86400)
            none = "" if self._kept else "There are no deleted runs. "
            words = f"{none}Deleted runs are kept for {days} days; tuilab trash empty deletes them for good."
            yield Static(Content(words), classes="muted")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Bring it back."""
        self.dismiss(self._kept[event.option_index][0])


def _line(deleted: Trashed, name: str) -> Content:
    when = f"{datetime.fromtimestamp(deleted.deleted):%d %b %H:%M}"
    parts = [f"deleted {when}", *([deleted.run.id] if name else [])]
    return Content.assemble(name or deleted.run.id, (f" · {' · '.join(parts)}", "$secondary"))
