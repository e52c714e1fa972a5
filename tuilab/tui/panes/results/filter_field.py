"""The line in which a filter of the results is typed; hidden while there is none."""

from textual.widgets import Input


class FilterField(Input):
    """The line; what is typed in it filters as it is typed."""

    DEFAULT_CSS = """
    FilterField, FilterField:focus {
        height: 1; border: none; padding: 0 1; background: $surface; display: none;
        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__(
            id="filter", placeholder="words, or preset:bn state:done test>0.5", select_on_focus=False
        )
        self.cursor_blink = False

    def open(self) -> None:
        """Show the line with the focus, before it is laid out: what is typed fast belongs to it already."""
        self.add_class("-shown")
        self.screen.set_focus(self)

    def restore(self, text: str) -> None:
        """Show the filter of an earlier session; nothing for none."""
        if text:
            self.add_class("-shown")
            self.value = text

    def close(self) -> bool:
        """Empty and hide the line; return whether there was anything to hide."""
        shown = bool(self.value) or self.has_class("-shown")
        self.value = ""
        self.remove_class("-shown")
        return shown
