"""The command palette: everything that the app can do, and all of it can be done from there."""

from collections.abc import Callable

import pytest
from finished_runs import finished_run
from harness import NARROW, FakeSource, LabPilot, lab_app, play, press, until
from rate_tests import MadeUpTest
from textual.widgets import Input, OptionList

from tuilab import presets
from tuilab.files import paths
from tuilab.lab import rate_test
from tuilab.tui.app import LabApp
from tuilab.tui.bindings import keys
from tuilab.tui.commands import commands
from tuilab.tui.panes.network.setting_table import SettingTable
from tuilab.tui.panes.network.settings import shown_settings
from tuilab.tui.themes import THEMES

LEAVES = {"quit", "commands"}
"""What ends the app or is the palette itself."""


def titles(app: LabApp) -> list[str]:
    return [command.title for command in commands(app)]


def command(app: LabApp, title: str) -> Callable[[], object]:
    return next(command.callback for command in commands(app) if command.title == title)


def test_every_key_of_the_lab_and_its_panes_every_preset_and_theme_is_there() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        found = titles(app)
        wanted = []
        for key in keys():
            if key.where in ("app", "lab") or app.lab_screen.pane(key.where) is not None:
                place = "" if key.where in ("app", "lab") else f"{key.where}: "
                wanted.append(f"{place}{key.label}")
        assert len(wanted) > 60
        assert found[: len(wanted)] == wanted, "and none of a dialog's"
        assert not [title for title in found if title.startswith(("dialog.", "compare", "editor", "table"))]
        for preset in presets.load_all():
            assert f"preset {preset.name}" in found
        for theme in THEMES:
            assert f"theme {theme.name}" in found
        assert "first steps: images and weights" in found

    play(app, scenario)


def test_everything_in_the_palette_can_be_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_test, "RateTest", MadeUpTest)
    source = FakeSource()
    finished_run()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        for one in list(commands(app)):
            if one.title in LEAVES or one.title.startswith("preset "):
                continue
            result = one.callback()
            if result is not None:
                await result
            await pilot.pause(0)
            while app.screen is not app.lab_screen:
                before = app.screen
                await press(pilot, "escape")
                assert app.screen is not before, f"escape does not close what {one.title} opened"
        assert app.is_running

    play(app, scenario, NARROW)


def test_a_preset_is_taken_from_the_palette_by_typing() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "ctrl+p")
        await pilot.press(*"iteration-iv")
        palette = app.screen.query_one(OptionList)
        await until(pilot, lambda: palette.option_count == 1)
        await press(pilot, "enter")
        await until(pilot, lambda: app.session.draft.preset.name == "iteration-iv")

    play(app, scenario, NARROW)


@pytest.mark.parametrize(
    ("typed", "key"), [("epochs", "training.epochs"), ("learning_rate", "optimizer.learning_rate")]
)
def test_a_setting_is_found_in_the_palette_and_typed(typed: str, key: str) -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "4 slash")
        await pilot.press(*typed)
        palette = app.screen.query_one(OptionList)
        await until(pilot, lambda: palette.option_count and key in str(palette.get_option_at_index(0).prompt))
        await press(pilot, "enter")
        table = app.lab_screen.query_one(SettingTable)
        await until(pilot, lambda: app.focused is table.editor)
        assert app.lab_screen.active == "network" and table.list.cursor == key
        await pilot.press("ctrl+u", "7", "enter")
        assert app.session.draft.changes == {key: 7}

    play(app, scenario, NARROW)


def test_every_setting_of_the_experiment_is_in_the_palette_and_none_that_it_has_not() -> None:
    app = lab_app(preset="iteration-ii")

    async def scenario(pilot: LabPilot) -> None:
        found = {title.split(" · ")[-1] for title in titles(app) if title.startswith("setting ")}
        assert found == {setting.key for setting in shown_settings(app.session.draft.experiment)}
        assert "model.unfreeze" in found and "model.filters" not in found

    play(app, scenario, NARROW)


def test_presets_titles_from_outside_are_shown_verbatim() -> None:
    titles = ["[red]brackets[/] and [/]", "[", "a [@click=app.quit]link[/]", "x\x1b[31m\u202ey"]
    ours, own = presets.folder() / "bn.toml", paths.config() / "presets"
    own.mkdir(parents=True)
    for number, title in enumerate(titles):
        escaped = title.replace("\x1b", "\\u001b").replace("\u202e", "\\u202e")
        text = ours.read_text().replace(f'"{presets.find("bn").title}"', f'"{escaped}"')
        (own / f"mine-{number}.toml").write_text(text)
    assert [preset.title for preset in presets.load_all() if preset.own] == titles
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await pilot.press("slash", *"preset mine")
        palette = app.screen.query_one(OptionList)
        await until(pilot, lambda: palette.option_count == len(titles))
        prompts = {str(option.prompt) for option in palette.options}
        for number, title in enumerate(titles):
            visible = title.replace("\x1b", "\\e").replace("\u202e", "\\u202e")
            assert f"preset mine-{number}\n{visible}" in prompts

    play(app, scenario, NARROW)


def test_the_palettes_cursor_stands_still() -> None:
    """Each blink would be written to the terminal."""
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "slash")
        assert not app.screen.query_one(Input).cursor_blink

    play(app, scenario)
