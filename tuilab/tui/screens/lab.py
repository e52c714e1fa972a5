"""The lab itself: four panes, what stands above and below them, and news passed between them."""

from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import AwaitMount, Widget
from textual.widgets import Static

from tuilab.tui.bindings import bindings_of, key_by_id, keys
from tuilab.tui.messages import BookChanged, DraftChanged, ShowRun
from tuilab.tui.panels import Place, declared, panels, row, wide_from
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.lab_app import App
from tuilab.tui.terminal.minimum_size import notice, too_small
from tuilab.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from tuilab.tui.panes.pane import Pane

ROWS: tuple[Place, ...] = ("above", "below")
_ACTIONS = frozenset(key.does for key in keys() if key.where == "lab")


def pane_classes() -> dict[str, "type[Pane]"]:
    """Import the panels' classes; takes a moment, so not on the UI thread."""
    return {one.panel.name: getattr(import_module(one.module), one.class_name) for one in declared()}


class LabScreen(Screen[None]):
    """All panes where the terminal is wide, one at a time if it is not."""

    BINDINGS: ClassVar = bindings_of("lab")
    AUTO_FOCUS = ""
    # Textual paints the whole screen again when the focus moves; what shows it paints itself here
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self, lab: App) -> None:
        """Prepare, with the app that does what the keys ask for."""
        super().__init__()
        self.lab = lab
        self.active = "network"
        """The pane in focus, or shown where only one is."""
        self._zoomed = self._tiny = self._narrow = False
        self._panes: dict[str, Pane] = {}
        self._places: dict[str, Widget] = {}
        """What stands in a pane's place: an empty frame, then the pane."""

    @property
    def panes(self) -> "tuple[Pane, ...]":
        """The panes that are there whole, in their order; none before the session has been read."""
        return tuple(pane for pane in self._panes.values() if pane.is_mounted)

    def pane(self, name: str) -> "Pane | None":
        """Return a pane by its name in keys.toml."""
        return self._panes.get(name)

    def compose(self) -> ComposeResult:
        yield Static("tuilab", id="title", markup=False)
        yield Static("", id="tabs", markup=False)
        for place in ROWS:
            with Horizontal(id=place):
                for panel in row(place):
                    frame = self._places[panel.name] = Vertical(classes=f"place place-{panel.name}")
                    frame.border_title = panel.title
                    yield frame
        yield Static("", id="meters", markup=False)
        yield KeyLine(self.lab.settings.keys, id="keys")
        yield Static("", id="too-small", markup=False)

    def on_mount(self) -> None:
        """Colour the frame in focus again whenever the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._go_to(self.active))

    def mount_panes(self, classes: "dict[str, type[Pane]]") -> None:
        """Put the panes into their places; the session has been read."""
        mounting = []
        for panel in panels():
            pane = self._panes[panel.name] = classes[panel.name](id=panel.name)
            pane.add_class("place", f"place-{panel.name}")
            pane.display = False
            mounting.append(self.query_one(f"#{panel.place}").mount(pane, before=self._places[panel.name]))
        self.call_next(self._replace_frames, mounting)

    async def _replace_frames(self, mounting: list[AwaitMount]) -> None:
        """Show the panes instead of the empty frames, all at once: a large one is mounted last."""
        for mounted in mounting:
            await mounted
        for name, pane in self._panes.items():
            frame, self._places[name] = self._places[name], pane
            frame.display = False
            frame.remove()
        self.action_focus_pane(self.active)
        self.lab.panes_mounted()

    def _screen_resized(self, size: Size) -> None:
        # Textual sends each resize twice: to the screen, then to all that its layout resized
        if size != self._compositor.size:
            super()._screen_resized(size)

    def on_resize(self, event: events.Resize) -> None:
        """Choose the layout that fits."""
        self._tiny = too_small(event.size)
        self._narrow = event.size.width < wide_from()
        if self._tiny:
            leaves = key_by_id("app.quit").names(self.lab.settings.keys)[0]
            self.query_one("#too-small", Static).update(notice(event.size, leaves))
        self._arrange()

    def _arrange(self) -> None:
        # in one go: each change of the screen's classes looks up the style of every widget
        single = self._zoomed or self._narrow
        self.update_classes({"-tiny": self._tiny, "-narrow": self._narrow, "-single": single})
        self._go_to(self.active)

    def _go_to(self, name: str) -> None:
        """Make a pane the one in focus, without a look-up of styles: this answers a key."""
        self.active = name
        single = self._zoomed or self._narrow
        for place in ROWS:
            here = any(panel.name == name for panel in row(place))
            _display(self.query_one(f"#{place}"), (here or not single) and not self._tiny)
        for panel in panels():
            _display(self._places[panel.name], panel.name == name or not single)
        for pane in self._panes.values():
            pane.highlight(pane.id == name)
        if self._narrow:
            self._draw_tabs()
        self.query_one(KeyLine).show(name)

    def _draw_tabs(self) -> None:
        tabs = Content("  ").join(
            Content.styled(f" {n} {panel.title} ", "bold reverse" if panel.name == self.active else "")
            for n, panel in enumerate(panels(), start=1)
        )
        self.query_one("#tabs", Static).update(tabs, layout=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Note which pane the focus went to."""
        for name, pane in self._panes.items():
            if pane in event.widget.ancestors_with_self and name != self.active:
                self._go_to(name)

    # News, passed on to all panes

    def on_draft_changed(self, message: DraftChanged) -> None:
        """Tell every pane that the experiment changed."""
        message.stop()
        self.lab.note_draft()
        for pane in self.panes:
            pane.draft_changed()

    def on_book_changed(self, message: BookChanged) -> None:
        """Tell every pane that the runs changed."""
        message.stop()
        self.lab.follow_wanted()
        self.tell_runs_changed()

    def tell_runs_changed(self) -> None:
        """Tell every pane that the runs changed."""
        if not self.lab.session.book.training:
            # the meters are read, and shown, only while something trains
            self.query_one("#meters").remove_class("-shown")
        for pane in self.panes:
            pane.runs_changed()
        for screen in self.app.screen_stack:
            if isinstance(screen, Dialog):
                screen.runs_changed()

    def tell_runs_grew(self, run_ids: frozenset[str]) -> None:
        """Tell every pane that journals of runs grew."""
        for pane in self.panes:
            pane.runs_grew(run_ids)

    def paint_together(self) -> None:
        """Have all that changed painted in one go: each widget asks by itself, some after the next frame."""
        self._dirty_widgets |= {one for one in self.walk_children(Widget) if one._repaint_required}
        self.check_idle()

    def on_show_run(self, message: ShowRun) -> None:
        """Show a run's curves."""
        message.stop()
        self.lab.show(message.run_id)
        if message.go:
            self.go_to_curves()

    def select_run(self, run_id: str) -> None:
        """Put the cursor on a run, wherever runs are listed."""
        for pane in self.panes:
            pane.select_run(run_id)

    def go_to_curves(self) -> None:
        """Bring the curves into view, where one pane fills the screen."""
        if self._zoomed or self._narrow:
            self.action_focus_pane("curves")

    def tell_shown_changed(self) -> None:
        """Tell every pane that another run's curves are wanted."""
        for pane in self.panes:
            pane.shown_changed()

    # What the keys do

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """No key does anything before the panes are there: the session is still being read."""
        return bool(self._panes) or action not in _ACTIONS

    def action_focus_pane(self, name: str) -> None:
        """Go to a pane."""
        self._go_to(name)
        pane = self._panes.get(name)
        if pane is not None:
            # at once, though it may not be laid out yet: pane and focus are painted in one go
            pane.focus_content()

    def action_next_pane(self, step: int) -> None:
        """Go to the next or the previous pane."""
        names = [panel.name for panel in panels()]
        self.action_focus_pane(names[(names.index(self.active) + step) % len(names)])

    def action_zoom_pane(self) -> None:
        """Give the pane in focus the whole screen, or give the others their room back."""
        self._zoomed = not self._zoomed
        self._arrange()
        self.action_focus_pane(self.active)


def _display(widget: Widget, on: bool) -> None:
    """Show or hide a widget; unlike ``widget.display`` this keeps its lines, which are as they were."""
    if widget.styles.inline.set_rule("display", "block" if on else "none"):
        widget.refresh(layout=True, repaint=False)
