"""What the lab's screen asks of the app."""

from typing import Protocol

from tuilab.tui.protocols import HasSession


class App(HasSession, Protocol):
    """What the screen needs of the app; what the keys of the lab ask for, they ask the app itself."""

    def panes_mounted(self) -> None:
        """The panes are there."""

    def note_draft(self) -> None:
        """The draft changed."""

    def follow_wanted(self) -> None:
        """Other runs may be shown or marked."""

    def show(self, run_id: str) -> None:
        """Show a run's curves."""
