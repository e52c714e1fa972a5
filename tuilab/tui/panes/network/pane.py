"""The network pane: the layers as they will be built, what they come to, and the settings that make them."""

import textwrap

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

from tuilab.advice.estimate import Estimate, estimate
from tuilab.advice.image_counts import classes_of
from tuilab.bases.named import TITLES
from tuilab.experiment import base_of
from tuilab.experiment.experiment import learns
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panels import Panel
from tuilab.tui.panes.network import boundary as network_boundary
from tuilab.tui.panes.network.layer_lines import comfortable_width
from tuilab.tui.panes.network.layer_list import LayerList
from tuilab.tui.panes.network.layer_rows import layer_rows
from tuilab.tui.panes.network.lines import LineList
from tuilab.tui.panes.network.setting_table import SettingTable
from tuilab.tui.panes.network.settings import find, shown_settings, tip
from tuilab.tui.panes.network.totals import TotalsView
from tuilab.tui.panes.pane import Pane

BESIDE = 74
"""Columns from which on layers and settings stand side by side."""


class NetworkPane(Pane):
    """Layers, totals and settings of the draft."""

    PANEL = Panel(name="network", place="above", order=2, weight=33, least=50, most=62)
    DEFAULT_CSS = """
    NetworkPane { layout: vertical; }
    NetworkPane > #network-stack { height: auto; width: 1fr; }
    NetworkPane > #network-side { height: 1fr; width: 1fr; }
    NetworkPane.-beside { layout: horizontal; }
    NetworkPane.-beside > #network-stack { height: 1fr; margin-right: 2; }
    NetworkPane #network-tip { color: $text-muted; margin-top: 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.stack = Vertical(id="network-stack")
        self.layer_list = LayerList(id="network-layers")
        self.totals_view = TotalsView(id="network-totals")
        self.setting_table = SettingTable(id="network-settings")
        self._tip = Static("", id="network-tip", markup=False)
        self._stale = True
        self._drawn_for = Size(0, 0)
        self._stack_width = 44
        self._tip_lines = 1
        self._estimating = self._estimate_again = False
        self._epochs_measured: list[int] = []

    def compose(self) -> ComposeResult:
        """Layers and totals; settings and what the one under the cursor means."""
        with self.stack:
            yield self.layer_list
            yield self.totals_view
        with Vertical(id="network-side"):
            yield self.setting_table
            yield self._tip

    def on_mount(self) -> None:
        """Draw once there is a size."""
        self.call_after_refresh(self._draw_if_seen)

    def on_resize(self) -> None:
        """Lay out for a new size, and draw what changed while the pane was hidden; both are told this way."""
        if self._stale or self.content_size != self._drawn_for:
            self._draw()

    def draft_changed(self) -> None:
        """Draw the draft again, now or once it is seen."""
        self._stale = True
        self._draw_if_seen()

    def runs_changed(self) -> None:
        """Another run may have finished: estimates rest on those that have."""
        if self.is_on_screen:
            self._estimate()

    def runs_grew(self, run_ids: frozenset[str]) -> None:
        """What trains may have measured another epoch: estimates rest on that too."""
        epochs = [len(run.summary.epochs) for run in self.session.book.training]
        if self.is_on_screen and epochs != self._epochs_measured:
            self._epochs_measured = epochs
            self._estimate()

    def focus_content(self) -> None:
        """Go to the settings, or to the value that is being typed."""
        editing = self.setting_table.editing
        self.screen.set_focus(self.setting_table.editor if editing else self.setting_table.list)

    def go_to(self, key: str) -> None:
        """Put the cursor on a setting; one that can be typed is opened for that."""
        table = self.setting_table
        if key in table.list.keys and (not table.editing or table.submit()):
            table.list.put_cursor(key)
            self.screen.set_focus(table.list)
            if find(key).typed:
                table.edit()

    def action_unfreeze(self, step: int) -> None:
        """Move the unfreeze boundary by layers: 1 towards the image, so that one more trains."""
        draft = self.session.draft
        base, preset = base_of(draft.experiment.model), base_of(draft.start.model)
        if base is None:
            self.lab.say(
                "This network has no base to unfreeze: all of it is trainable. "
                f"The {TITLES} presets have one."
            )
            return
        if self._refuses_boundary():
            return
        self._put_boundary(network_boundary.moved(base, step, preset))

    def _refuses_boundary(self) -> bool:
        """Say so where no layer can be unfrozen, because nothing is trained."""
        if learns(self.session.draft.experiment.model):
            return False
        self.lab.say("Class means are taken of a frozen base: with a dense classifier it can be unfrozen.")
        return True

    def _put_boundary(self, unfreeze: str) -> None:
        before = self.session.draft.experiment
        self.session.draft.change({"model.unfreeze": unfreeze})
        if self.session.draft.experiment != before:
            self.post_message(DraftChanged())

    # Drawing

    def _draw_if_seen(self) -> None:
        if self._stale and self.is_on_screen:
            self._draw()

    def _draw(self) -> None:
        width, height = self.content_size
        if not width:
            return  # not laid out yet
        self._stale, self._drawn_for = False, self.content_size
        draft = self.session.draft
        beside = width >= BESIDE
        self.set_class(beside, "-beside")
        if beside:
            wanted = comfortable_width(draft.experiment, self._class_count())
            left = max(min(wanted, width * 56 // 100), (width - 2) // 2)
            self.stack.styles.width, width = left, left
        else:
            self.stack.styles.width = "100%"
        self.totals_view.display = height >= 12
        below = 4 if self.totals_view.display else 0
        tip_height = _tip_height(width, height)
        self._tip.display = tip_height > 0
        self._tip_lines = max(tip_height, 1)
        self._tip.styles.height = self._tip_lines
        room = height - below
        if not beside:
            room -= max((room - tip_height - 1) // 2, 4) + (tip_height + 1 if tip_height else 0)
        self._stack_width = width
        self._show_totals()
        self.layer_list.class_count = self._class_count()
        self.layer_list.experiment = draft.experiment
        self.layer_list.keys_of_boundary = self._boundary_keys()
        self.layer_list.room = max(room, 2)
        self.layer_list.redraw()
        lines = len(self.layer_list.lines) or room  # none before it has a width
        self.layer_list.styles.height = min(lines, max(room, 2))
        self.totals_view.set_class(beside and lines < room, "-apart")
        self.setting_table.show(draft)
        # where there is room for all, and for a refusal, the meaning stands below and not at the far end
        rows = shown_settings(draft.experiment)
        wanted = len(rows) + len({row.part for row in rows}) + 4
        below_stack = height if beside else height - below - min(lines, max(room, 2))
        self.setting_table.styles.height = wanted if wanted < below_stack - tip_height - 1 else "1fr"
        self._show_tip()
        self._name_changes()
        self._estimate()

    def _name_changes(self) -> None:
        changes = len(self.session.draft.changes)
        name = self.session.draft.name
        words = f"{changes} change{'' if changes == 1 else 's'} · {name}" if changes else name
        self.border_subtitle = Content(words)

    def _show_tip(self) -> None:
        key = self.setting_table.list.cursor
        if key and self._tip.display:
            words = f"{key}: {tip(find(key), self.session.draft.experiment)}"
            width = self.content_size.width - (self._stack_width + 2 if self.has_class("-beside") else 0)
            lines = textwrap.wrap(words, max(width, 10), max_lines=self._tip_lines, placeholder=" …")
            text = Content("\n".join(lines)).stylize("$secondary", 0, len(key))
            if text != self._tip.content:
                self._tip.update(text, layout=False)

    def _boundary_keys(self) -> str:
        return "/".join(self.key_of(id) for id in ("unfreeze.more", "unfreeze.less"))

    def _estimate(self) -> None:
        """Estimate the draft in the background; one job at a time, the last one shown until it is done."""
        if self._estimating:
            self._estimate_again = True
            return
        self._estimating, self._estimate_again = True, False
        experiment, past = self.session.draft.left, tuple(self.session.book.runs)
        surroundings = self.session.surroundings
        self.lab.background.run(
            lambda: estimate(experiment, past, machine=surroundings.machine()), self._estimated
        )

    def _estimated(self, result: Estimate) -> None:
        self._estimating = False
        if not self.is_attached:
            return
        self.totals_view.estimate = result
        self._show_totals()
        if self._estimate_again:
            self._estimate()

    def _show_totals(self) -> None:
        self.totals_view.show(self.session.draft.experiment, self._stack_width, self._class_count())

    def _class_count(self) -> int:
        """Return how many classes the images have."""
        return classes_of(self.session.draft.experiment.data.source, self.session.book.runs)

    # Keys

    @property
    def _focused(self) -> LineList:
        return self.layer_list if self.layer_list.has_focus else self.setting_table.list

    def action_move(self, step: int) -> None:
        """Move the cursor; over the settings' upper end it goes to the layers, and back."""
        if self.setting_table.editing and not self.setting_table.submit():
            return
        if self._focused.move(step):
            return
        if self._focused is self.setting_table.list and step < 0 and self.layer_list.keys:
            self.layer_list.put_cursor(self.layer_list.keys[-1])
            self.layer_list.focus(scroll_visible=False)
        elif self._focused is self.layer_list and step > 0:
            self.setting_table.list.put_cursor(self.setting_table.list.keys[0])
            self.setting_table.list.focus(scroll_visible=False)

    def action_page(self, step: int) -> None:
        """Move the cursor by a page."""
        self._focused.move(step * max(self._focused.size.height - 1, 1))

    def action_edge(self, step: int) -> None:
        """Move the cursor to the first or last line."""
        self._focused.move(step * 1000)

    def action_step_value(self, step: int) -> None:
        """Step the setting, or on a layer the boundary."""
        if self.layer_list.has_focus:
            self.action_unfreeze(step)
        else:
            self.setting_table.step(step)

    def action_switch(self) -> None:
        """Switch the setting, or put the boundary before the layer."""
        if self.layer_list.has_focus:
            self._use_layer(toggle=True)
        else:
            self.setting_table.step(1, around=True)

    def action_edit(self) -> None:
        """Type a value, or go to the setting that makes the layer."""
        if self.layer_list.has_focus:
            self._use_layer(toggle=False)
        else:
            self.setting_table.edit()

    def _use_layer(self, *, toggle: bool) -> None:
        draft = self.session.draft
        base, preset = base_of(draft.experiment.model), base_of(draft.start.model)
        row = next((r for r in layer_rows(draft.experiment) if r.first == self.layer_list.cursor), None)
        if row is None:
            return
        if toggle and row.in_base and base is not None:
            if not self._refuses_boundary():
                self._put_boundary(network_boundary.at(base, row.first, preset))
        elif row.setting in self.setting_table.list.keys:
            self.setting_table.list.put_cursor(row.setting)
            self.setting_table.list.focus(scroll_visible=False)

    def action_reset_row(self) -> None:
        """Give the setting the preset's value."""
        self.setting_table.reset()

    def action_reset(self) -> None:
        """Take all changes off."""
        draft = self.session.draft
        if draft.fork is not None:
            self.lab.say(f"The {draft.fork.words} was discarded; {self.key_of('draft.undo')} restores it.")
        elif draft.experiment == draft.start:
            self.lab.say("Nothing differs from the preset.")
            return
        draft.reset()
        self.post_message(DraftChanged())

    def action_save_preset(self) -> None:
        """Ask for a name, save the experiment as a preset, and continue from that one."""
        from tuilab.tui.screens.save_preset import SavePresetScreen

        draft = self.session.draft

        def saved(name: str | None) -> None:
            if name is not None:
                draft.choose(name)
                self.post_message(DraftChanged())

        self.app.push_screen(SavePresetScreen(draft.preset, draft.experiment, len(draft.changes)), saved)

    # What the lists say

    def on_setting_table_moved(self, message: SettingTable.Moved) -> None:
        """Show what the setting means."""
        message.stop()
        self._show_tip()


def _tip_height(width: int, height: int) -> int:
    """Lines for a setting's meaning: enough for most, none where the pane is low."""
    if height < 14:
        return 0
    return 2 if width >= 70 else 3 if width >= 50 else 4
