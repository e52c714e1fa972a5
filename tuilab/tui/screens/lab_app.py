"""What the lab's screen asks of the app."""

from typing import TYPE_CHECKING, Protocol

from tuilab.tui.protocols import HasSession

if TYPE_CHECKING:
    pass


class App(HasSession, Protocol):
    """What the screen needs of the app: it does what the keys ask for."""

    def panes_mounted(self) -> None:
        """The panes are there."""

    def note_draft(self) -> None:
        """The draft changed."""

    def follow_wanted(self) -> None:
        """Other runs may be shown or marked."""

    def show(self, run_id: str) -> None:
        """Show a run's curves."""

    def start_draft(self) -> None:
        """Train the draft."""

    def stop(self, run_id: str) -> None:
        """Stop a run."""

    def stop_shown(self) -> None:
        """Stop the run that is shown."""

    def resume(self) -> None:
        """Resume the run in focus."""

    def fork(self) -> None:
        """Fork the run in focus."""

    def show_log(self) -> None:
        """Show the log of the run that is shown."""

    def show_queue(self) -> None:
        """Show what waits."""

    def hold(self) -> None:
        """Keep the run in focus from starting, or release it."""

    def move(self, step: int) -> None:
        """Move the run in focus in the queue."""

    def choose_preset(self) -> None:
        """Let the person choose a preset."""

    def step_preset(self, step: int) -> None:
        """Take the next or the previous preset."""

    def undo(self) -> None:
        """Undo the last change."""

    def redo(self) -> None:
        """Redo what was undone."""
