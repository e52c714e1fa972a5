"""Widgets whose look changes with the focus in one row, and that paint that row only."""

from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from textual.widget import Widget
else:
    Widget = object  # a widget as the first base would cut a class off from the styles of its second


class QuietFocus(Widget):
    """Takes and gives the focus without a look-up of styles and without painting all of itself.

    Textual does both for every widget, which takes most of the time between a key and what it
    shows. So no rule with ``:focus`` applies to such a widget or its parts: it draws the row that
    looks different itself, in ``show_focus``.
    """

    def show_focus(self) -> None:
        """Paint what looks different with the focus (``has_focus``) and without."""

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Paint that instead of looking up styles."""
        self.show_focus()

    def _on_focus(self, event: events.Focus) -> None:
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))

    def _on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))
