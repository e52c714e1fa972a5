"""The layers of the draft as a list; on a layer of a base, the boundary can be put before it."""

from tuilab.experiment import Experiment
from tuilab.tui.panes.network.layer_lines import layer_lines
from tuilab.tui.panes.network.lines import LineList


class LayerList(LineList):
    """The layers as lines, as many as fit; it scrolls if they do not."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.experiment: Experiment | None = None
        self.room = 10
        self.keys_of_boundary = ""
        self.class_count = 10

    @property
    def shows_cursor(self) -> bool:
        """Only while a person is here: the settings' cursor is the pane's."""
        return self.has_focus

    def redraw(self) -> None:
        """Draw the experiment's layers; only lines that differ are painted."""
        if self.experiment is not None and self.measure:
            self.show(
                layer_lines(
                    self.experiment,
                    self.measure,
                    self.room,
                    classes=self.class_count,
                    keys=self.keys_of_boundary,
                )
            )
