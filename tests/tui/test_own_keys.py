"""Keys that a person remaps: taken where they can be, and shown wherever a key is named."""

from collections.abc import Callable

import pytest
from finished_runs import finished_run
from harness import LabPilot, lab_app, play, press, until
from textual.widgets import OptionList

from tuilab.config import Config
from tuilab.files import paths
from tuilab.runs.summary import summarize
from tuilab.tui.app import LabApp
from tuilab.tui.bindings import remapping
from tuilab.tui.panes.network.setting_table import ValueEditor
from tuilab.tui.run_book import BookedRun, RunBook
from tuilab.tui.screens.damaged import DamagedScreen
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.export import ExportScreen, in_each_format
from tuilab.tui.screens.help import HelpScreen
from tuilab.tui.screens.leave import LeaveScreen
from tuilab.tui.screens.lesson_list import LessonList
from tuilab.tui.screens.log import LogScreen
from tuilab.tui.screens.preset_picker import PresetPicker
from tuilab.tui.screens.queue import QueueScreen
from tuilab.tui.screens.rename import RenameScreen
from tuilab.tui.screens.save_preset import SavePresetScreen
from tuilab.tui.screens.welcome import WelcomeScreen
from tuilab.tui.widgets.key_line import KeyLine


def text_of(app: LabApp) -> str:
    rows = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in rows)


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
        app.session.draft.change({"training.epochs": 7})
        await press(pilot, "2 x")
        assert app.session.draft.changes
        await press(pilot, "X")
        assert not app.session.draft.changes
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
    "dialog.queue.back": "f12",
    "dialog.queue.hold": "J",
    "dialog.presets.next": "ctrl+n",
    "dialog.rename.back": "f9",
    "dialog.save.back": "f10",
    "dialog.save.replace": "ctrl+t",
    "dialog.welcome.back": "f11",
}


def training(app: LabApp) -> RunBook:
    """Have a run train."""
    run = finished_run(last=None)
    app.session.book.add([BookedRun(summarize(run), run.experiment())])
    return app.session.book


@pytest.mark.parametrize(
    ("make", "own", "shown"),
    [
        (lambda app: DamagedScreen(["a folder"]), "f2", ["F2: back"]),
        (lambda app: ExportScreen("this comparison", in_each_format(), paths.home()), "f3", ["F3: back"]),
        (lambda app: HelpScreen("lesson"), "f4", ["F4: back"]),
        (
            lambda app: LeaveScreen(training(app)),
            "f5",
            ["F5: stay", "b  stay here", "l  leave it", "x  stop it"],
        ),
        (lambda app: LessonList(app.session.lessons, app.session.learning, ""), "f6", ["F6: back"]),
        (lambda app: LogScreen(finished_run()), "f7", ["R: reload", "F7: back"]),
        (lambda app: PresetPicker(), "f8", ["↑ Ctrl-N · Enter", "F8: back"]),
        (lambda app: QueueScreen(app.session.book, app.control.queue), "f12", ["F12: back", "J holds"]),
        (lambda app: RenameScreen("bn", ""), "f9", ["F9: keep the old name"]),
        (
            lambda app: SavePresetScreen(app.session.draft.preset, app.session.draft.experiment, 0),
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
