"""What every pane of the lab has in common."""

from typing import TYPE_CHECKING, Any, ClassVar

from textual.color import Color
from textual.containers import Vertical
from textual.geometry import Region

from tuilab.tui.bindings import bindings_of, key_by_id
from tuilab.tui.panels import Panel
from tuilab.tui.protocols import Lab, lab_of
from tuilab.tui.session.session import Session

if TYPE_CHECKING:
    from tuilab.tui.session.saved_session import SavedSession


class Pane(Vertical):
    """A pane: a frame with a title, its own keys, and news from the lab.

    A pane draws itself from ``session`` when it is mounted, and again when the lab calls one of the
    methods below, always on the UI thread. It never waits: work goes to ``lab.background``.
    """

    PANEL: ClassVar[Panel]
    """What it is called and where it stands; name, title and keys follow from it."""

    def __init_subclass__(cls, *arguments: Any, **more: Any) -> None:
        if panel := cls.__dict__.get("PANEL"):
            cls.BORDER_TITLE, cls.BINDINGS = panel.title, [*bindings_of(panel.name)]
        super().__init_subclass__(*arguments, **more)

    @property
    def lab(self) -> Lab:
        """The app."""
        return lab_of(self)

    @property
    def session(self) -> Session:
        """What the app knows."""
        return self.lab.session

    def key_of(self, id: str) -> str:
        """Return the first key of a binding, as a person calls it and has it."""
        return key_by_id(id).names(self.session.config.keys)[0]

    def draft_changed(self) -> None:
        """The experiment in the network pane changed: a setting, a preset, an undo."""

    def runs_changed(self) -> None:
        """Runs came, went, ended, were marked or renamed."""

    def runs_grew(self, run_ids: frozenset[str]) -> None:
        """Journals of followed runs grew; comes to all panes at once, up to twice a second."""

    def shown_changed(self) -> None:
        """Another run's curves are wanted (``session.book.shown``)."""

    def remembered(self) -> dict[str, object]:
        """Return what is to be as it is now when the app opens again: fields of ``SavedSession``."""
        return {}

    def recall(self, saved: "SavedSession") -> None:
        """Put back what was remembered; the pane is mounted, and the draft is in the network pane."""

    def select_run(self, run_id: str) -> None:
        """Put the cursor on a run, in a pane that lists them."""

    def run_in_focus(self) -> str | None:
        """Return the id of the run that the cursor stands on; None in a pane that shows no list of runs."""
        return None

    def highlight(self, on: bool) -> None:
        """Show by the upper edge of the frame whether the pane is in focus.

        Only that row is painted, and no style is looked up: this answers a key. (A rule with
        ``:focus-within``, or a frame coloured all around, makes Textual render every row of the screen
        that the pane stands on.)
        """
        theme = self.app.theme_variables
        color = Color.parse(theme["primary" if on else "panel"])
        title = color if on else Color.parse(theme["foreground"])
        kind = "heavy" if on and (self.app.no_color or self.lab.ascii_only) else "round"
        styles = self.styles.inline
        changed = styles.set_rule("border_top", (kind, color))
        if not (styles.set_rule("border_title_color", title) or changed):
            return
        # a region to refresh is counted from the content, which lies within the frame
        left, top = self.content_offset
        self.refresh(Region(-left, -top, self.outer_size.width, 1))

    def focus_content(self) -> None:
        """Put the focus on what a person works with in this pane."""
        for widget in self.query("*"):
            if widget.focusable:
                self.screen.set_focus(widget)
                return
