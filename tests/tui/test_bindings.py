"""The table of keys: complete, without clashes, and a person's own wherever keys are shown."""

from collections.abc import Callable
from importlib import import_module
from inspect import getmembers, isclass
from itertools import combinations
from pkgutil import walk_packages

import pytest
from finished_runs import finished_run
from harness import LabPilot, lab_app, play, press, until
from textual.binding import Binding
from textual.dom import DOMNode
from textual.widgets import OptionList

import tuilab.tui
from tuilab import paths
from tuilab.config import Config
from tuilab.tui.app import LabApp
from tuilab.tui.bindings import bindings_of, key_name, keys, meet, remapping
from tuilab.tui.screens.compare import CompareScreen
from tuilab.tui.screens.damaged import DamagedScreen
from tuilab.tui.screens.deleted import DeletedScreen
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.export import ExportScreen
from tuilab.tui.screens.fork import ForkScreen
from tuilab.tui.screens.help import HelpScreen
from tuilab.tui.screens.lab import PANES, LabScreen, pane_classes
from tuilab.tui.screens.leave import LeaveScreen
from tuilab.tui.screens.lesson_list import LessonList
from tuilab.tui.screens.log import LogScreen
from tuilab.tui.screens.meanwhile import MeanwhileScreen
from tuilab.tui.screens.preset_picker import PresetPicker
from tuilab.tui.screens.rename import RenameScreen
from tuilab.tui.screens.save_preset import SavePresetScreen
from tuilab.tui.screens.welcome import WelcomeScreen
from tuilab.tui.widgets.key_line import KeyLine
from tuilab.tui.widgets.network_setting_table import ValueEditor
from tuilab.tui.widgets.results_table import ResultsTable

MULTIPLEXERS = {"ctrl+b", "ctrl+s", "ctrl+j", "ctrl+o"}
MAY_WIN = {("compare.back", "app.quit", "q")}
"""Keys that a screen takes from the app on purpose: q closes the comparison, not the app."""


def owners() -> dict[str, type]:
    """Return the class that has the actions of each place of the table."""
    return {
        "app": LabApp,
        "lab": LabScreen,
        "compare": CompareScreen,
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
        "dialog.rename": RenameScreen,
        "dialog.save": SavePresetScreen,
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
        on_lab = {one.where, other.where} != {"lab", "compare"}  # the comparison covers the lab
        for name in names(one.keys) & names(other.keys):
            if meet(one, other) and on_lab:
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
    assert several == {"q": {"leave", "compare"}}


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
        if key.action.partition("(")[0] in {*changes, "choose_preset"} and key.where != "network":
            assert key.id in told | chosen, key.id


def test_u_and_d_do_nothing_outside_of_the_network_pane() -> None:
    app = lab_app(preset="iteration-ii")

    async def scenario(pilot: LabPilot) -> None:
        before = app.desk.draft.experiment
        for pane in "134":
            await press(pilot, [pane, "u", "u", "d"])
            assert app.desk.draft.experiment == before
        await press(pilot, "2 u")
        assert app.desk.draft.changes == {"model.unfreeze": "last-4"}

    play(app, scenario)


def test_outside_of_the_network_pane_a_changed_experiment_is_told() -> None:
    app = lab_app()

    def told() -> list[str]:
        return [shown.message for shown in app._notifications]

    async def scenario(pilot: LabPilot) -> None:
        app.desk.draft.change({"training.epochs": 30, "training.seed": 4})
        app.note_draft()
        await press(pilot, "4 z")
        assert told() == ["bn-l2: training.epochs 30 → 5, training.seed 4 → 1"]
        await press(pilot, "Z")
        assert told() == ["bn-l2: training.epochs 5 → 30, training.seed 1 → 4"], "one at a time"
        await press(pilot, "]")
        assert told() == [f"on the desk: {app.desk.draft.preset.name}"]
        await press(pilot, "z 2 z")
        assert told() == ["on the desk: bn-l2"], "the network pane shows it itself"

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
        action = key.action.partition("(")[0]
        owner = LabApp if action.startswith("app.") else found[key.where]
        assert hasattr(owner, f"action_{action.removeprefix('app.')}"), key.id


def test_every_pane_has_the_bindings_of_its_rows() -> None:
    for row in PANES:
        module, _, name = row.place.partition(":")
        own = [b for b in getattr(import_module(module), name).BINDINGS if isinstance(b, Binding) and b.id]
        assert own == bindings_of(row.name)


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


def test_own_keys_are_taken_when_they_are_keys_that_nobody_has() -> None:
    wanted = {"run.start": "f5,ctrl+r", "network.reset": "X", "pane.zoom": "?", "app.help": "f1"}
    assert remapping(wanted) == (wanted, ())


def test_what_keys_were_before_they_can_be_again() -> None:
    wanted = {
        "pane.zoom": "z",
        "draft.undo": "ctrl+u",
        "lesson.list": "o",
        "curves.overlays": "o",
        "curves.smoothing": "e",
        "curves.export": "x",
        "results.rename": "n",
        "compare.swap": "x",
        "dialog.log.read": "r",
    }
    assert remapping(wanted) == (wanted, ())
    assert remapping({"draft.undo": "ctrl+z", "app.suspend": "f12", "pane.zoom": "z"})[1] == ()


def test_two_commands_may_change_their_keys() -> None:
    wanted = {"run.start": "s", "run.stop": "r"}
    assert remapping(wanted) == (wanted, ())


def test_in_a_dialog_only_its_own_keys_are_taken() -> None:
    wanted = {"dialog.leave.stay": "r", "dialog.log.back": "t,l", "dialog.rename.back": "ctrl+t"}
    assert remapping(wanted) == (wanted, ())
    assert remapping({"dialog.leave.stay": "s"})[0] == {}


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (
            {"run.strat": "f5"},
            "keys.\"run.strat\" is ignored: there is no such command; did you mean 'run.start'?",
        ),
        (
            {"run.start": "F99x"},
            "keys.\"run.start\" is ignored: 'F99x' is not a key; keys are written like f5, ",
        ),
        ({"run.start": "strg+r"}, "keys.\"run.start\" is ignored: 'strg+r' is not a key"),
        ({"run.start": "f5,,"}, "keys.\"run.start\" is ignored: '' is not a key"),
        ({"run.start": "q"}, 'keys."run.start" is ignored: the key q is taken by app.quit'),
        ({"network.save": "R,r"}, 'keys."network.save" is ignored: the key r is taken by run.start'),
        ({"results.mark": "f2"}, 'keys."results.mark" is ignored: the key F2 is taken by results.rename'),
        ({"app.help": "N"}, 'keys."app.help" is ignored: the key N is taken by lesson.previous'),
        (
            {"editor.leave": "f4,ä"},
            'keys."editor.leave" is ignored: the key ä types a character there; choose one that does not',
        ),
        (
            {"dialog.rename.back": "space"},
            'keys."dialog.rename.back" is ignored: the key Space types a character there',
        ),
        ({"editor.leave": "up"}, 'keys."editor.leave" is ignored: the key ↑ is taken by network.up'),
        ({"table.last": "D"}, 'keys."table.last" is ignored: the key D is taken by results.damaged'),
        (
            {"dialog.log.read": "q"},
            'keys."dialog.log.read" is ignored: the key q is taken by dialog.log.back',
        ),
        ({"app.repaint": "X"}, 'keys."app.repaint" is ignored: the key X types a character there'),
        ({"app.suspend": "escape"}, 'keys."app.suspend" is ignored: the key Esc is taken by '),
        ({"run.start": "x\x1b[31m"}, "keys.\"run.start\" is ignored: 'x\\e[31m' is not a key"),
    ],
)
def test_a_row_that_cannot_be_taken_is_left_out_and_said(wanted: dict[str, str], sentence: str) -> None:
    taken, problems = remapping(wanted)
    assert taken == {}
    assert len(problems) == 1
    assert problems[0].startswith(sentence)
    assert problems[0].isprintable()


def test_of_two_own_rows_that_want_one_key_one_is_left_out() -> None:
    taken, problems = remapping({"run.start": "f5", "run.stop": "f5"})
    assert len(taken) == len(problems) == 1


def test_own_keys_work_and_are_shown_in_the_bottom_line_the_help_and_the_palette() -> None:
    own = {"app.theme": "f9", "network.reset": "X", "app.help": "h"}
    app = lab_app(settings=Config(keys=own))

    async def scenario(pilot: LabPilot) -> None:
        before = app.theme
        await press(pilot, "t")
        assert app.theme == before, "the old key is free"
        await press(pilot, "f9")
        assert app.theme != before
        app.desk.draft.change({"training.epochs": 7})
        await press(pilot, "2 x")
        assert app.desk.draft.changes
        await press(pilot, "X")
        assert not app.desk.draft.changes
        line = str(app.lab_screen.query_one(KeyLine).content)
        assert "X reset all" in line
        assert "h help" in line
        await press(pilot, "h")
        assert "F9" in text_of(app), "the help"
        await press(pilot, "escape slash")
        palette = app.screen.query_one(OptionList)
        await until(pilot, lambda: palette.option_count > 50)
        prompts = [str(option.prompt) for option in palette.options]
        assert any("theme" in prompt and "[F9]" in prompt for prompt in prompts)
        assert any("Discard all changes to the preset" in prompt and "[X]" in prompt for prompt in prompts)

    play(app, scenario)


def test_own_keys_that_are_left_out_are_said_at_the_start_and_the_tables_hold() -> None:
    app = lab_app(settings=Config(keys={"run.strat": "f5", "app.theme": "nonsense"}))
    told: list[str] = []
    app.say = lambda sentence, severity="information": told.append(sentence)  # type: ignore[method-assign]

    async def scenario(pilot: LabPilot) -> None:
        assert any("did you mean 'run.start'?" in sentence for sentence in told)
        assert any("'nonsense' is not a key" in sentence for sentence in told)
        before = app.theme
        await press(pilot, "t")
        assert app.theme != before

    play(app, scenario)


DIALOG_KEYS = {
    "dialog.damaged.back": "f2",
    "dialog.export.back": "f3",
    "dialog.help.back": "f4",
    "dialog.leave.stay": "f5,b",
    "dialog.leave.stop": "x",
    "dialog.lessons.back": "f6",
    "dialog.log.back": "f7",
    "dialog.log.read": "R",
    "dialog.presets.back": "f8",
    "dialog.presets.next": "ctrl+n",
    "dialog.rename.back": "f9",
    "dialog.save.back": "f10",
    "dialog.save.replace": "ctrl+t",
    "dialog.welcome.back": "f11",
}


@pytest.mark.parametrize(
    ("make", "own", "shown"),
    [
        (lambda app: DamagedScreen(["a folder"]), "f2", ["F2: back"]),
        (lambda app: ExportScreen(2, 1, paths.home()), "f3", ["F3: back"]),
        (lambda app: HelpScreen("lesson"), "f4", ["F4: back"]),
        (lambda app: LeaveScreen(["bn"], 0), "f5", ["F5: stay", "b  stay here", "l  leave it", "x  stop it"]),
        (lambda app: LessonList(app.desk.lessons, app.desk.learning, ""), "f6", ["F6: back"]),
        (lambda app: LogScreen(finished_run()), "f7", ["R: reload", "F7: back"]),
        (lambda app: PresetPicker(), "f8", ["↑ Ctrl-N · Enter", "F8: back"]),
        (lambda app: RenameScreen("bn", ""), "f9", ["F9: keep the old name"]),
        (
            lambda app: SavePresetScreen(app.desk.draft.preset, app.desk.draft.experiment, 0),
            "f10",
            ["Ctrl-T: replace one of yours", "F10: back"],
        ),
        (lambda app: WelcomeScreen(), "f11", ["F11: later"]),
    ],
)
def test_own_keys_close_the_dialogs_and_are_shown_in_them(
    make: Callable[[LabApp], Dialog[object]], own: str, shown: list[str]
) -> None:
    app = lab_app(settings=Config(keys=DIALOG_KEYS))
    assert app.settings.keys == DIALOG_KEYS

    async def scenario(pilot: LabPilot) -> None:
        app.push_screen(dialog := make(app))
        await pilot.pause()
        for words in shown:
            assert words in text_of(app)
        await press(pilot, "escape")
        assert app.screen is dialog, "the old key is free"
        await press(pilot, own)
        assert app.screen is app.lab_screen

    play(app, scenario)


def test_own_keys_leave_the_editor_of_a_setting() -> None:
    app = lab_app(settings=Config(keys={"editor.leave": "f4"}))

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "2 end enter")
        editor = app.screen.query_one(ValueEditor)
        assert editor.display
        await press(pilot, "f4")
        assert not editor.display

    play(app, scenario)
