"""Frames that nobody sees: an app without a terminal renders its widgets, and does not put them together."""

from collections import deque

from textual._compositor import ChopsUpdate, Compositor, LayoutUpdate
from textual._context import visible_screen_stack
from textual.app import App
from textual.geometry import Region
from textual.screen import Screen

from tuilab.tui.terminal.app import TerminalApp

_render_update = Compositor.render_update
_DISPLAYS = (App._display, TerminalApp._display)


def install() -> None:
    """Have compositors leave out what only a terminal is sent; where a test took its place, it gets all."""
    Compositor.render_update = _rendered  # type: ignore[method-assign]


def _rendered(
    self: Compositor, full: bool = False, screen_stack: list[Screen] | None = None, simplify: bool = False
) -> LayoutUpdate | ChopsUpdate | None:
    app = None if full or self.root is None else self.root.app
    if app is None or not app.is_headless or _is_watched(app):
        return _render_update(self, full, screen_stack, simplify)  # type: ignore[return-value]
    visible_screen_stack.set(screen_stack or [])
    dirty = self._dirty_regions.copy()
    self._dirty_regions.clear()
    if dirty:
        crop = Region.from_union(dirty).intersection(self.size.region)
        deque(self._get_renders(crop), maxlen=0)
    return None


def _is_watched(app: App[object]) -> bool:
    return getattr(app._display, "__func__", None) not in _DISPLAYS
