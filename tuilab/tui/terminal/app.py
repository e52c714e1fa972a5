"""An app and its terminal: what is written to it, what it answers, and how the app leaves it."""

import asyncio
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.color import ColorSystem
from rich.console import RenderableType
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.app import App
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen

from tuilab.tui.terminal import signals
from tuilab.tui.terminal.driver import LabDriver
from tuilab.tui.terminal.painting import PaintedScreen

_JUST_RESUMED = 0.2
"""Seconds within which the SIGCONT that let a suspended app continue reaches the loop."""


class TerminalApp(App[int]):
    """Writes only what changed, restores the terminal whatever ends it, and logs what did."""

    def __init__(self, *, ascii_only: bool, native_colors: bool | None) -> None:
        """Prepare.

        Args:
            ascii_only: write ASCII alone.
            native_colors: leave colours to the terminal; None: as the theme says.
        """
        super().__init__(driver_class=LabDriver, ansi_color=native_colors)
        self.ascii_only = ascii_only
        self.animation_level = "none"
        self.painted = PaintedScreen(_color_system(self))
        self.log_file: Path | None = None
        """The file that holds the traceback of what ended the app."""
        self.signalled: int | None = None
        """The signal that ended the app."""
        self._answered = False
        self._back_at = float("-inf")
        """When the app came back from the shell, until the loop has heard of the SIGCONT that did it."""

    def on_mount(self) -> None:
        """Listen to signals."""
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in signals.ending():
                loop.add_signal_handler(number, self._signal, number)
            self._listen_to_the_shell()

    def _listen_to_the_shell(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTSTP, self._release_terminal, False)
        loop.add_signal_handler(signal.SIGCONT, self._reclaim_terminal)

    def on_terminal_supports_synchronized_output(self) -> None:
        """The terminal's first answer tells how far away it is."""
        asked = getattr(self._driver, "asked_at", None)
        if asked is not None and not self._answered:
            self._answered = True
            self.answered_in(time.monotonic() - asked)

    def answered_in(self, seconds: float) -> None:
        """The terminal's first answer took this long."""

    def action_repaint(self) -> None:
        """Draw the whole screen again, whatever the terminal shows."""
        self.painted.forget()
        self.screen.refresh(layout=True)

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        """Write what changed; see ``painting``. Anything but the compositor's updates goes Textual's way."""
        pieces = _pieces(renderable)
        if (
            pieces is None
            or self.is_headless
            or self._driver is None
            or not self._running
            or self._batch_count
        ):
            if pieces is None and renderable is not None:
                self.painted.forget()
            super()._display(screen, renderable)
            return
        try:
            self.painted.resize(*self.size)
            sequence = self.painted.paint(pieces)
            if sequence:
                self._begin_update()
                self._driver.write(sequence)
                self._end_update()
                self._driver.flush()
        finally:
            self.post_display_hook()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave the terminal's own colours to the terminal: ``painting`` writes them as they are."""
        return [known for known in super().get_line_filters() if not isinstance(known, ANSIToTruecolor)]

    @property
    def leaves(self) -> bool:
        """Whether the app is being left: its widgets are taken away, one after the other."""
        return self._exit or self._batch_count > 0

    def _paints(self) -> bool:
        return not self.is_headless and self._running and not self._batch_count

    def action_suspend_process(self) -> None:
        """Stop, as a shell's programs do; ``fg`` brings the whole screen back."""
        if not self._release_terminal(True):
            self.cannot_suspend()

    def cannot_suspend(self) -> None:
        """The app was to be suspended, and there is no shell to go back to."""

    def _release_terminal(self, group: bool) -> bool:
        driver = self._driver
        if not isinstance(driver, LabDriver):
            return False
        stopped = driver.release_terminal(group=group)
        self._back_at = time.monotonic()
        self._listen_to_the_shell()
        self.action_repaint()
        return stopped

    def _reclaim_terminal(self) -> None:
        """Somebody stopped the process without asking, and another had the terminal meanwhile."""
        just_resumed = time.monotonic() - self._back_at < _JUST_RESUMED
        self._back_at = float("-inf")  # the next one is another
        if isinstance(self._driver, LabDriver) and not just_resumed:
            self._driver.reclaim_terminal()
            self.action_repaint()

    def _signal(self, number: int) -> None:
        self.signalled = number
        self.exit(128 + number)

    def _fatal_error(self) -> None:
        """Write the traceback to a file instead of the terminal, and end."""
        from tuilab.tui.fault import log_fault

        self.log_file = log_fault(self._exception)
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Do the same for what Textual's threads could not handle."""
        from tuilab.tui.fault import log_text

        with self.console.capture() as captured:
            for renderable in renderables:
                self.console.print(renderable)
        self.log_file = log_text(captured.get())
        self._return_code = 1
        self._close_messages_no_wait()


def _color_system(app: App[Any]) -> ColorSystem | None:
    names = {
        "truecolor": ColorSystem.TRUECOLOR,
        "256": ColorSystem.EIGHT_BIT,
        "standard": ColorSystem.STANDARD,
    }
    return None if app.no_color else names.get(app.console.color_system or "")


def _pieces(update: RenderableType | None) -> Iterator[tuple[int, int, Iterable[Segment]]] | None:
    """Return the rows, columns and segments of a compositor's update; None for anything else."""
    if isinstance(update, LayoutUpdate):
        return _rows_of(update)
    if isinstance(update, ChopsUpdate):
        return _chops_of(update)
    return None


def _rows_of(update: LayoutUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    for y, strips in enumerate(update.strips, update.region.y):
        x = update.region.x
        for strip in strips:
            yield y, x, strip
            x += strip.cell_length


def _chops_of(update: ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x < x2 and end > x1:
                yield y, x, strip
