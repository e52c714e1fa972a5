"""The command palette: Textual's, but its cursor does not blink: each blink is written to the terminal."""

from textual.command import CommandPalette
from textual.widgets import Input


class Palette(CommandPalette):
    """Finds everything that the app can do."""

    def on_mount(self) -> None:
        """Keep the cursor still."""
        self.query_one(Input).cursor_blink = False
