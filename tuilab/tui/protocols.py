"""What panes, dialogs and helpers may ask of the app, in small pieces: each names what it needs and no more.

The app's class stands above everything that it is made of, and none of that names it. What the app leaves
out of a piece, pyright finds where the app hands itself over.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, cast

from textual.message_pump import MessagePump

if TYPE_CHECKING:
    from textual.message import Message
    from textual.screen import Screen

    from tuilab.config import Config
    from tuilab.tui.session.session import Session

T = TypeVar("T")
Severity = Literal["information", "warning", "error"]


class Jobs(Protocol):
    """Does work off the UI thread."""

    def run(self, job: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Do a job, then call ``then`` with its result on the UI thread."""


class HasJobs(Protocol):
    """Has work done off the UI thread."""

    @property
    def background(self) -> Jobs:
        """Does the work."""
        ...


class HasSession(Protocol):
    """Knows what the person works on."""

    @property
    def session(self) -> "Session":
        """The draft, the runs, the lessons; there once the panes are."""
        ...

    @property
    def settings(self) -> "Config":
        """The person's configuration; there from the beginning."""
        ...


class ShowsMessages(Protocol):
    """Shows sentences to the person."""

    def say(self, sentence: str, severity: Severity = "information") -> None:
        """Show a sentence for a while; it may come from outside."""


class OpensScreens(Protocol):
    """Puts screens on top of the lab."""

    def push_screen(self, screen: "Screen[T]", callback: "Callable[[T | None], Any] | None" = None) -> object:
        """Show a screen, and hand on what was chosen in it."""


class Lab(HasJobs, HasSession, ShowsMessages, Protocol):
    """What every pane and dialog stands on."""

    @property
    def ascii_only(self) -> bool:
        """Whether only ASCII can be shown."""
        ...

    def copy(self, text: str, name: str) -> None:
        """Put text on the clipboard and into the file ``exports/NAME``."""

    def can_undo(self, label: str, undo: Callable[[], None]) -> None:
        """Let something that was done be undone."""

    def follow(self, run_id: str) -> None:
        """Have a run's whole journal read."""


class Panes(Protocol):
    """The panes, as a helper of the app sees them: what they are told, and which of them is in focus."""

    def action_focus_pane(self, name: str) -> None:
        """Go to a pane."""

    def go_to_curves(self) -> None:
        """Bring the curves into view, where one pane fills the screen."""

    def select_run(self, run_id: str) -> None:
        """Put the cursor on a run, wherever runs are listed."""

    def post_message(self, message: "Message") -> bool:
        """Have a message dealt with that panes post too."""
        ...

    def tell_runs_changed(self) -> None:
        """Tell every pane that the runs changed."""

    def tell_runs_grew(self, run_ids: frozenset[str]) -> None:
        """Tell every pane that journals of runs grew."""

    def tell_shown_changed(self) -> None:
        """Tell every pane that another run's curves are wanted."""

    def paint_together(self) -> None:
        """Have all that changed painted in one go."""


class HasPanes(Protocol):
    """Has the lab's panes."""

    @property
    def lab_screen(self) -> Panes:
        """The panes."""
        ...


def lab_of(widget: MessagePump) -> Lab:
    """Return the app that a widget is mounted in; the one place that gives Textual's ``app`` its type."""
    return cast("Lab", widget.app)
