"""Keeps what is in the network pane for the next time the app opens, wherever the person comes back from."""

import contextlib
import threading
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from tuilab.errors import TuilabError
from tuilab.tui.protocols import HasJobs, HasSession
from tuilab.tui.session import saved_session
from tuilab.tui.session.saved_session import SavedSession

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.timer import Timer

    from tuilab.experiment import Experiment

_LOOK_SECONDS = 3.0
"""Between two looks at whether something changed; that much is lost if the app is killed."""
_LAST_SECONDS = 2.0
"""How long leaving the app waits for a slow disk."""


class Remembers(Protocol):
    """A pane, as far as its part of a saved session goes."""

    @property
    def children(self) -> "Sequence[object]":
        """What is mounted in it."""
        ...

    def remembered(self) -> dict[str, object]:
        """Return fields of ``SavedSession``."""
        ...

    def recall(self, saved: SavedSession) -> None:
        """Put back what was remembered."""


class Panes(Protocol):
    """The panes."""

    @property
    def active(self) -> str:
        """The name of the one in focus."""
        ...

    @property
    def panes(self) -> "Sequence[Remembers]":
        """All of them."""
        ...


class App(HasJobs, HasSession, Protocol):
    """What this needs of the app."""

    @property
    def lab_screen(self) -> Panes:
        """The panes."""
        ...

    def set_interval(self, interval: float, callback: "Callable[[], None]") -> "Timer":
        """Have something called again and again."""
        ...


class SessionSaver:
    """Puts back what was remembered, and remembers what is there now."""

    def __init__(self, app: App, before: SavedSession | None) -> None:
        """Prepare.

        Args:
            app: the app, whose panes are there.
            before: what is remembered; None: nothing.
        """
        self._app, self._written = app, before
        self._latest = before
        self._file = saved_session.file()
        self._draft: tuple[Experiment, str] | None = None
        for pane in app.lab_screen.panes:
            if before is not None:
                pane.recall(before)
        app.set_interval(_LOOK_SECONDS, self._look)

    def take(self) -> None:
        """Note what is there now; on the UI thread."""
        if any(not pane.children for pane in self._app.lab_screen.panes):
            return  # the app ends, and the panes are gone: what was taken before stands
        with contextlib.suppress(ValidationError):  # more than the file may hold: what was before is kept
            self._latest = self._now()

    def _now(self) -> SavedSession:
        session, screen = self._app.session, self._app.lab_screen
        same = self._draft == (session.draft.experiment, session.draft.name)
        if self._latest is not None and same:
            changes, fork = self._latest.changes, self._latest.fork
        else:
            changes, fork = saved_session.remember(session.draft)
            self._draft = session.draft.experiment, session.draft.name
        panes = {key: value for pane in screen.panes for key, value in pane.remembered().items()}
        now = {
            "preset": session.draft.preset.name,
            "changes": changes,
            "fork": fork,
            "pane": screen.active,
            "marked": tuple(session.book.marked),
            "shown": session.book.shown,
            **panes,
        }
        return SavedSession.model_validate(now)

    def write_last(self) -> None:
        """Write what was taken last, and wait for that, but not for ever: the app ends."""
        if self._latest is None or self._latest == self._written:
            return
        writing = threading.Thread(target=self._write, name="tuilab-session", daemon=True)
        writing.start()
        writing.join(_LAST_SECONDS)

    def _look(self) -> None:
        self.take()
        if self._latest != self._written:
            self._app.background.run(self._write)

    def _write(self) -> None:
        latest = self._latest
        if latest is None:
            return
        self._written = latest  # a disk that does not take it is not asked again until something is another
        try:
            saved_session.save(self._file, latest)
        except (OSError, TuilabError):
            return  # the app is no less usable: less is remembered, and nothing of a run is lost
