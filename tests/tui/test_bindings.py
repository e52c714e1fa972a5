"""The table of keys: complete, without clashes, and a person's own wherever keys are shown."""

from importlib import import_module
from inspect import getmembers, isclass
from itertools import combinations
from pkgutil import walk_packages

import pytest
from harness import LabPilot, lab_app, play, press
from textual.binding import Binding
from textual.dom import DOMNode

import tuilab.tui
from tuilab.tui.app import LabApp
from tuilab.tui.bindings import bindings_of, key_name, keys, meet
from tuilab.tui.panes.network.setting_table import ValueEditor
from tuilab.tui.panes.results.table import ResultsTable
from tuilab.tui.screens.compare import CompareScreen
from tuilab.tui.screens.damaged import DamagedScreen
from tuilab.tui.screens.deleted import DeletedScreen
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.export import ExportScreen
from tuilab.tui.screens.fork import ForkScreen
from tuilab.tui.screens.help import HelpScreen
from tuilab.tui.screens.lab import LabScreen, pane_classes
from tuilab.tui.screens.leave import LeaveScreen
from tuilab.tui.screens.lesson_list import LessonList
from tuilab.tui.screens.log import LogScreen
from tuilab.tui.screens.look.screen import LookScreen
from tuilab.tui.screens.meanwhile import MeanwhileScreen
from tuilab.tui.screens.preset_picker import PresetPicker
from tuilab.tui.screens.queue import QueueScreen
from tuilab.tui.screens.rate import RateScreen
from tuilab.tui.screens.rename import RenameScreen
from tuilab.tui.screens.save_preset import SavePresetScreen
from tuilab.tui.screens.sweeps.begin import BeginSweep
from tuilab.tui.screens.sweeps.choose import ChooseSweep
from tuilab.tui.screens.sweeps.screen import SweepScreen
from tuilab.tui.screens.sweeps.seeds import SeedScreen
from tuilab.tui.screens.welcome import WelcomeScreen

MULTIPLEXERS = {"ctrl+b", "ctrl+s", "ctrl+j", "ctrl+o"}
MAY_WIN = {
    ("compare.back", "app.quit", "q"),
    ("sweep.back", "app.quit", "q"),
    ("rate.back", "app.quit", "q"),
    ("look.back", "app.quit", "q"),
}
"""Keys that a screen takes from the app on purpose: q closes what covers the lab, not the app."""


def owners() -> dict[str, type]:
    """Return the class that has the actions of each place of the table."""
    return {
        "app": LabApp,
        "lab": LabScreen,
        "compare": CompareScreen,
        "sweep": SweepScreen,
        "rate": RateScreen,
        "look": LookScreen,
        "editor": ValueEditor,
        "table": ResultsTable,
        "dialog.damaged": DamagedScreen,
        "dialog.deleted": DeletedScreen,
        "dialog.export": ExportScreen,
        "dialog.fork": ForkScreen,
        "dialog.help": HelpScreen,
        "dialog.leave": LeaveScreen,
        "dialog.lessons": LessonList,
        "dialog.log": LogScreen,
        "dialog.meanwhile": MeanwhileScreen,
        "dialog.presets": PresetPicker,
        "dialog.queue": QueueScreen,
        "dialog.rename": RenameScreen,
        "dialog.save": SavePresetScreen,
        "dialog.sweeps": ChooseSweep,
        "dialog.sweep_seeds": SeedScreen,
        "dialog.sweep_start": BeginSweep,
        "dialog.welcome": WelcomeScreen,
        **pane_classes(),
    }


def our_classes() -> set[type[DOMNode]]:
    """Return every widget, screen and app of ours."""
    found: set[type[DOMNode]] = set()
    for module in walk_packages(tuilab.tui.__path__, "tuilab.tui."):
        members = getmembers(import_module(module.name), isclass)
        found |= {one for _, one in members if issubclass(one, DOMNode) and one.__module__ == module.name}
    return found


def names(row_keys: str) -> set[str]:
    return {name.strip() for name in row_keys.split(",")}


def text_of(app: LabApp) -> str:
    rows = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in rows)


def test_every_row_has_a_name_of_its_own_and_a_tip_that_is_a_sentence() -> None:
    assert len({key.id for key in keys()}) == len(keys())
    for key in keys():
        assert key.tip.endswith("."), key.id
        assert key.tip[0].isupper(), key.id
        assert key.label, key.id


def test_no_key_is_one_that_multiplexers_and_editors_keep_for_themselves() -> None:
    for key in keys():
        assert not names(key.keys) & MULTIPLEXERS, key.id


def test_no_key_has_two_meanings_at_one_place() -> None:
    won = set()
    for one, other in combinations(keys(), 2):
        for name in names(one.keys) & names(other.keys):
            if meet(one, other):
                won.add((one.id, other.id, name))
    assert {(max(a, b), min(a, b), name) for a, b, name in won} == MAY_WIN


def test_a_letter_means_the_same_in_every_pane() -> None:
    meanings: dict[str, set[str]] = {}
    for key in keys():
        if not key.where.startswith("dialog."):  # a dialog shows its letters, and knows no others
            for name in names(key.keys):
                if len(name) == 1 and name.isalnum():
                    meanings.setdefault(name, set()).add(key.meaning)
    several = {name: found for name, found in meanings.items() if len(found) > 1}
    # q closes whatever is in front
    assert several == {"q": {"leave", "compare", "back"}}


def test_what_changes_the_experiment_is_a_key_of_the_network_pane_or_is_told() -> None:
    told = {"draft.undo", "draft.redo", "preset.next", "preset.previous"}
    chosen = {"run.fork", "preset.choose"}  # a dialog asks first
    changes = {
        "undo",
        "redo",
        "step_preset",
        "unfreeze",
        "step_value",
        "switch",
        "reset_row",
        "reset",
        "fork_run",
    }
    for key in keys():
        if key.does in {*changes, "choose_preset"} and key.where != "network":
            assert key.id in told | chosen, key.id


def test_u_and_d_do_nothing_outside_of_the_network_pane() -> None:
    app = lab_app(preset="iteration-ii")

    async def scenario(pilot: LabPilot) -> None:
        before = app.session.draft.experiment
        for pane in "134":
            await press(pilot, [pane, "u", "u", "d"])
            assert app.session.draft.experiment == before
        await press(pilot, "2 u")
        assert app.session.draft.changes == {"model.unfreeze": "last-4"}

    play(app, scenario)


def test_outside_of_the_network_pane_a_changed_experiment_is_told() -> None:
    app = lab_app()

    def told() -> list[str]:
        return [shown.message for shown in app._notifications]

    async def scenario(pilot: LabPilot) -> None:
        app.session.draft.change({"training.epochs": 30, "training.seed": 4})
        app.note_draft()
        await press(pilot, "4 z")
        assert told() == ["bn-l2: training.epochs 30 → 5, training.seed 4 → 1"]
        await press(pilot, "Z")
        assert told() == ["bn-l2: training.epochs 5 → 30, training.seed 1 → 4"], "one at a time"
        await press(pilot, "]")
        assert told() == [f"now in the network pane: {app.session.draft.preset.name}"]
        await press(pilot, "z 2 z")
        assert told() == ["now in the network pane: bn-l2"], "the network pane shows it itself"

    play(app, scenario)


@pytest.mark.parametrize("keys", ["question_mark", "p", "slash"])
def test_the_screen_is_drawn_again_and_the_app_suspended_in_dialogs_too(keys: str) -> None:
    app = lab_app()
    done: list[str] = []
    app.action_repaint = lambda: done.append("repainted")  # type: ignore[method-assign]
    app.action_suspend_process = lambda: done.append("suspended")  # type: ignore[method-assign]

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, f"{keys} ctrl+l ctrl+z")
        assert done == ["repainted", "suspended"]

    play(app, scenario)


def test_every_action_is_there() -> None:
    found = owners()
    assert {key.where for key in keys()} <= set(found)
    for key in keys():
        owner = LabApp if key.action.startswith("app.") else found[key.where]
        assert hasattr(owner, f"action_{key.does}"), key.id


def test_every_pane_has_the_bindings_of_its_rows() -> None:
    for name, pane in pane_classes().items():
        assert [b for b in pane.BINDINGS if isinstance(b, Binding) and b.id] == bindings_of(name) != []


def test_every_key_of_ours_is_a_row_of_the_table_and_can_be_remapped() -> None:
    classes = our_classes()
    assert set(owners().values()) <= classes
    for one in classes:
        for binding in one.__dict__.get("BINDINGS", ()):
            assert isinstance(binding, Binding), f"{one.__name__} has keys without a name: {binding}"
            assert binding in [key.binding() for key in keys()], f"{one.__name__}: {binding.key}"
            assert binding.id and binding.tooltip, f"{one.__name__}: {binding.key}"


def test_every_row_of_the_table_is_bound_where_it_says() -> None:
    for where, owner in owners().items():
        assert owner.__dict__["BINDINGS"] == bindings_of(where) != [], where


def test_every_dialog_has_a_key_that_closes_it() -> None:
    dialogs = {one for one in our_classes() if issubclass(one, Dialog)} - {Dialog}
    found = {owner: where for where, owner in owners().items()}
    for dialog in dialogs:
        assert any("escape" in names(key.keys) for key in keys() if key.where == found[dialog]), dialog


def test_keys_are_named_as_people_call_them() -> None:
    calls = {
        "question_mark": "?",
        "ctrl+z": "Ctrl-Z",
        "f1": "F1",
        "N": "N",
        "shift+left": "Shift-←",
        "n": "n",
    }
    assert {name: key_name(name) for name in calls} == calls
    for key in keys():
        for name in names(key.keys):
            assert "_" not in key_name(name), "a name of Textual's stands where a sign should"
