"""What a run's worker printed: the end of its log."""

import os
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Log, Static

from tuilab.files.regular import open_regular
from tuilab.results.outcome import state_word
from tuilab.runs.run import Run
from tuilab.terminal import clean, path_text
from tuilab.tui.bindings import bindings_of
from tuilab.tui.remedies import remedies
from tuilab.tui.screens.dialog import Dialog

TAIL = 64 * 1024
"""Bytes shown of a log; the file has all."""
_LONGEST = 500
"""Characters shown of a line."""


@dataclass(frozen=True)
class Tail:
    """The end of a log: clean lines, and a sentence that says what is not shown, or why nothing is."""

    lines: tuple[str, ...]
    note: str = ""


def read_tail(run: Run) -> Tail:
    """Read the end of a run's log; a log that cannot be read is a sentence."""
    try:
        with os.fdopen(open_regular(run.log), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - TAIL, 0))
            content = file.read(TAIL)
    except FileNotFoundError:
        return Tail((), "There is no log: the worker has not started, or the run's folder is gone.")
    except OSError as error:
        return Tail((), f"The log cannot be read: {clean(error.strerror or str(error))}.")
    # a progress bar returns to the line's beginning
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n").expandtabs(4)
    lines = [clean(line, limit=_LONGEST) for line in text.split("\n")]
    if size > TAIL:
        return Tail(tuple(lines[1:]), f"The last {TAIL // 1024} KiB of {size / 1024:,.0f}.")
    return Tail(tuple(lines), "" if text.strip() else "The log is empty: the worker has printed nothing.")


class LogScreen(Dialog[None]):
    """A run's log, and on top why it failed, where it did."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.log")]
    DEFAULT_CSS = """
    LogScreen {
        & > .frame { width: 96%; height: 92%; }
        & #failure { height: auto; max-height: 8; color: $error; margin: 0 0 1 0; display: none; }
        & #failure.-shown { display: block; }
        & #where { height: auto; margin: 0 0 1 0; }
        & Log, & Log:focus {
            height: 1fr; background: $background; background-tint: $background 0%; scrollbar-size: 1 1;
        }
    }
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run, self._where = run, path_text(run.log)

    def compose(self) -> ComposeResult:
        """Why it failed, where the log lies, the log."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content(f"Log · {clean(self._run.id, limit=120)}")
            again, back = self.key_of("dialog.log.read"), self.key_of("dialog.log.back")
            frame.border_subtitle = Content(f"{again}: reload · arrows: scroll · {back}: back")
            yield Static("", id="failure", markup=False)
            yield Static(self._where, id="where", classes="muted", markup=False)
            yield Log(highlight=False)

    def on_mount(self) -> None:
        """Read it."""
        self._say_failure()
        self.query_one(Log).focus()
        self.action_read()

    def action_read(self) -> None:
        """Read the end of the log, now."""
        self.lab.background.run(lambda: read_tail(self._run), self._show)

    def _say_failure(self) -> None:
        booked = self.lab.session.book.find(self._run.id)
        reason = (booked.lost or booked.summary.reason) if booked is not None else ""
        if booked is None or not reason:
            return
        lines = [f"{state_word(booked.summary)}: {clean(reason, limit=600)}"]
        hints = remedies(booked.summary, self.lab.settings.keys, limit=300)
        lines += [f"· {remedy}" for remedy in hints]
        failure = self.query_one("#failure", Static)
        failure.update(Content("\n".join(lines)))
        failure.add_class("-shown")

    def _show(self, tail: Tail) -> None:
        if not self.is_attached:
            return
        log = self.query_one(Log)
        log.clear()
        log.write_lines(tail.lines, scroll_end=True)
        lines = [self._where, *([tail.note] if tail.note else [])]
        self.query_one("#where", Static).update(Content("\n".join(lines)))
