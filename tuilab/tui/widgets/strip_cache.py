"""Lines of a widget as they were drawn last, kept for as long as they would look the same."""

from collections.abc import Callable, Hashable, Iterable

from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

_MOST = 1000


class StripCache:
    """Strips by whatever decides what they show; forgotten when a style of the widget changes.

    Textual tells a widget of new styles at every change of the focus, though most stay as they were.
    """

    def __init__(self, widget: Widget, components: Iterable[str]) -> None:
        """Keep strips of a widget that draws with the styles of these component classes."""
        self._widget, self._components = widget, tuple(sorted(components))
        self._strips: dict[Hashable, Strip] = {}
        self._styles: tuple[Style, ...] = ()
        self._doubted = True

    def doubt(self) -> None:
        """Look at the widget's styles before the next strip is taken."""
        self._doubted = True

    def get(self, key: Hashable, draw: Callable[[], Strip]) -> Strip:
        """Return the strip of a key, drawn now if it is not there."""
        if self._doubted:
            self._doubted = False
            self._look_at_styles()
        strip = self._strips.get(key)
        if strip is None:
            if len(self._strips) >= _MOST:
                self._strips.clear()
            strip = self._strips[key] = draw()
        return strip

    def forget(self) -> None:
        """Forget all strips."""
        self._strips.clear()

    def _look_at_styles(self) -> None:
        widget = self._widget
        styles = (widget.rich_style, *map(widget.get_component_rich_style, self._components))
        if styles != self._styles:
            self._styles = styles
            self._strips.clear()
