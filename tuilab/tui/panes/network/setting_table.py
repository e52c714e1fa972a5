"""The settings of the draft: a list to step through, and an editor in the row for a value of one's own."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.message import Message
from textual.widgets import Input

from tuilab.errors import TuilabError, UsageError
from tuilab.experiment import Experiment
from tuilab.lab.draft import Draft
from tuilab.tui.bindings import bindings_of
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panes.network import changes as network_changes
from tuilab.tui.panes.network.lines import LineList
from tuilab.tui.panes.network.setting_lines import LABEL, Problem, setting_lines
from tuilab.tui.panes.network.settings import Setting, find, value_of
from tuilab.tui.panes.network.values import parsed, shown, stepped
from tuilab.tui.protocols import lab_of


class SettingList(LineList):
    """The settings as lines; its scroll bar's column stays free, so that no sentence hides behind it."""

    DEFAULT_CSS = "SettingList { scrollbar-gutter: stable; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.draft: Draft | None = None
        self.problem: Problem | None = None

    def redraw(self) -> None:
        """Draw the draft's settings; only lines that differ are painted."""
        if self.draft is not None and self.measure:
            self.show(setting_lines(self.draft, self.measure, cursor=self.cursor, problem=self.problem))

    def cursor_moved(self) -> None:
        """Take back what was said of the row before, and say which row it is now."""
        self.problem = None
        self.redraw()
        self.post_message(SettingTable.Moved(self.cursor))


class ValueEditor(Input):
    """Where a value is typed, in the row of its setting."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("editor")]
    DEFAULT_CSS = """
    ValueEditor {
        position: absolute;
        layer: editor;
        display: none;
        background: $panel;
        color: $foreground;
    }
    """

    class Left(Message):
        """The editor was left; the value stays as it is."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(compact=True, select_on_focus=True, id=id)
        self.cursor_blink = False

    def action_leave(self) -> None:
        """Leave the value as it is."""
        self.post_message(self.Left())

    def on_blur(self) -> None:
        """Whoever goes elsewhere has left the editor."""
        self.post_message(self.Left())


class SettingTable(Container):
    """The list and its editor. Every change goes to the draft and is posted as ``DraftChanged``."""

    DEFAULT_CSS = """
    SettingTable { layers: base editor; height: 1fr; }
    SettingTable > SettingList { height: 1fr; }
    """

    class Moved(Message):
        """The cursor is on another setting."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.list = SettingList()
        self.editor = ValueEditor()
        self._editing = False  # the editor's own display is true before its styles are looked up

    def compose(self) -> ComposeResult:
        """The list, and over it the editor."""
        yield self.list
        yield self.editor

    def on_mount(self) -> None:
        """The editor goes where its row goes."""
        self.watch(self.list, "scroll_y", self._place_editor, init=False)

    @property
    def editing(self) -> bool:
        """Whether a value is being typed."""
        return self._editing

    def show(self, draft: Draft) -> None:
        """Draw the draft's settings; what was refused before is forgotten."""
        self.list.draft, self.list.problem = draft, None
        self.list.redraw()

    def step(self, step: int, *, around: bool = False) -> None:
        """Give the setting under the cursor its next value to the left (-1) or right (1)."""
        if (draft := self.list.draft) is not None and (setting := self._setting()) is not None:
            value = stepped(setting, draft.experiment, step, preset=draft.start, around=around)
            self._change(draft, setting, value)

    def reset(self) -> None:
        """Give the setting under the cursor the preset's value."""
        if (draft := self.list.draft) is None or (setting := self._setting()) is None:
            return
        try:
            self._tell(network_changes.reset(draft, setting))
        except UsageError as error:
            self._refuse(setting, error)

    def edit(self) -> None:
        """Open the editor where a value can be typed, else take the next value."""
        draft, setting = self.list.draft, self._setting()
        if draft is None or setting is None:
            return
        if not setting.typed:
            self.step(1, around=True)
            return
        self.list.scroll_to_cursor()
        self.editor.value = shown(setting, value_of(setting, draft.experiment))
        self.editor.display = self._editing = True
        self._place_editor()
        # at once: what is typed fast behind Enter belongs to the editor already
        self.screen.set_focus(self.editor, scroll_visible=False)

    def submit(self) -> bool:
        """Take what was typed; False if it is refused, or not taken yet: the editor stays.

        What names a file is looked at in the background first.
        """
        draft, setting = self.list.draft, self._setting()
        if draft is None or setting is None:
            return True
        value = parsed(setting, self.editor.value)
        if setting.check is None or value == value_of(setting, draft.experiment):
            return self._take(draft, setting, value)
        lab_of(self).background.run(
            lambda: _checked(setting, value, draft.experiment),
            lambda error: self._answered(draft, setting, value, error),
        )
        return not self.editing

    def _answered(self, draft: Draft, setting: Setting, value: str, error: TuilabError | None) -> None:
        if not self.editing or self.list.cursor != setting.key:
            return  # the person went elsewhere meanwhile
        if error is not None:
            self._refuse(setting, error)
            self._place_editor()
        else:
            self._take(draft, setting, value)

    def _take(self, draft: Draft, setting: Setting, value: object) -> bool:
        if not self._change(draft, setting, value):
            self._place_editor()
            return False
        self._close()
        return True

    def _change(self, draft: Draft, setting: Setting, value: object) -> bool:
        try:
            self._tell(network_changes.change(draft, setting, value))
        except UsageError as error:
            self._refuse(setting, error)
            return False
        return True

    def _tell(self, changed: bool) -> None:
        if changed:
            self.post_message(DraftChanged())
        elif self.list.problem is not None:
            self.list.problem = None
            self.list.redraw()

    def _refuse(self, setting: Setting, error: TuilabError) -> None:
        self.list.problem = Problem(setting.key, error.sentence)
        self.list.redraw()
        self.list.scroll_to_cursor()

    def _setting(self) -> Setting | None:
        return find(self.list.cursor) if self.list.cursor else None

    def _place_editor(self) -> None:
        if not self.editing or (y := self.list.line_of(self.list.cursor)) is None:
            return
        column = min(LABEL + 2, max(self.list.measure - 6, 0))
        self.editor.styles.width = max(self.list.measure - column, 1)
        self.editor.styles.offset = (column, y - self.list.scroll_offset.y)

    def _close(self) -> None:
        if self.editing:
            focused = self.screen.focused is self.editor
            self.editor.display = self._editing = False
            if focused:
                self.screen.set_focus(self.list, scroll_visible=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter was pressed in the editor."""
        event.stop()
        self.submit()

    def on_value_editor_left(self, event: ValueEditor.Left) -> None:
        """The editor was left: what was refused in it is forgotten with it."""
        event.stop()
        if self.editing:
            self._close()
            self.list.problem = None
            self.list.redraw()

    def on_line_list_chosen(self, event: LineList.Chosen) -> None:
        """A click on a value opens the editor or takes the next one; elsewhere it puts the cursor there."""
        event.stop()
        if self.editing or event.column < LABEL:
            return
        if event.column < LABEL + 2:
            self.step(-1)
        else:
            self.edit()


def _checked(setting: Setting, value: str, experiment: Experiment) -> TuilabError | None:
    """Return why a value will not do, None if it will."""
    if setting.check is not None:
        try:
            setting.check(value, experiment)
        except TuilabError as error:
            return error
    return None
