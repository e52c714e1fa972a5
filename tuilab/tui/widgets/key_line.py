"""The bottom line: the keys of the pane in focus, then those that always work."""

from collections.abc import Mapping

from textual.content import Content
from textual.widgets import Static

from tuilab.tui.bindings import Key, keys


class KeyLine(Static):
    """As many keys as fit, the most useful first."""

    def __init__(self, own_keys: Mapping[str, str], *, id: str | None = None) -> None:
        """Begin empty.

        Args:
            own_keys: a person's own keys, by a binding's id.
            id: the widget's.
        """
        super().__init__("", id=id, markup=False)
        self._where, self._own_keys = "", own_keys
        self._lines: dict[tuple[str, int], Content] = {}
        """Lines put together so far, by pane and width."""

    def show(self, where: str) -> None:
        """Show the keys of a pane or screen."""
        if where != self._where:
            self._where = where
            self._draw()

    def on_resize(self) -> None:
        """Fit the line again."""
        self._draw()

    def _draw(self) -> None:
        wanted = self._where, self.size.width
        if wanted not in self._lines:
            self._lines[wanted] = self._line(*wanted)
        self.update(self._lines[wanted], layout=False)

    def _line(self, where: str, room: int) -> Content:
        table = [key for key in keys() if key.shown]
        general = [key for key in table if key.where in ("lab", "app")]
        own = [key for key in table if key.where == where and where]
        # what always works keeps its place at the left and at the right: the eye finds it there
        line = Content("")
        first = [key for key in general if key.id in ("run.start", "run.stop")]
        ending = [key for key in general if key.id in ("app.help", "app.quit", "app.palette")]
        chosen = [*first, *own, *(key for key in general if key not in first + ending)]
        tail = Content("  ").join(self._word(key) for key in ending)
        for key in chosen:
            word = self._word(key)
            if len(line) + len(word) + 2 + len(tail) + 2 > room:
                continue
            line = line + word + Content("  ")
        return line + tail

    def _word(self, key: Key) -> Content:
        return Content.assemble((key.names(self._own_keys)[0], "bold $foreground"), f" {key.label}")
