"""A preset is found by typing a part of it, and taken with Enter."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from app_bench import Bench
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tuilab import presets
from tuilab.files import paths
from tuilab.lab.data_choice import DataChoice
from tuilab.tui.screens.preset_picker import PresetPicker

Scenario = Callable[[Bench, PresetPicker, Pilot[None]], Coroutine[Any, Any, None]]


def play(home: Path, scenario: Scenario, *, size: tuple[int, int] = (80, 24)) -> list[str | None]:
    """Run a scenario with the picker open; return what it was dismissed with."""
    results: list[str | None] = []

    async def run() -> None:
        app = Bench(home, preset="bn")
        async with app.run_test(size=size) as pilot:
            picker = PresetPicker()
            app.push_screen(picker, results.append)
            await pilot.pause()
            await scenario(app, picker, pilot)
            await pilot.pause()

    asyncio.run(run())
    return results


def names(picker: PresetPicker) -> list[str]:
    return [option.id for option in picker.query_one(OptionList).options if option.id is not None]


def rows(picker: PresetPicker) -> str:
    return "\n".join(str(option.prompt) for option in picker.query_one(OptionList).options)


def about(picker: PresetPicker) -> str:
    return str(picker.query_one("#about", Static).render())


def test_every_preset_is_there_in_its_group_and_the_cursor_is_at_the_one_on_the_desk(tmp_path: Path) -> None:
    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        assert sorted(names(picker)) == sorted(preset.name for preset in presets.load_all())
        option = picker.query_one(OptionList).highlighted_option
        assert option is not None and option.id == "bn"
        assert presets.find("bn").teaches.strip() in about(picker)
        text = rows(picker)
        assert text.index("Assignment 1") < text.index("baseline") < text.index("Assignment 2")
        await pilot.press("escape")

    assert play(tmp_path, scenario) == [None]


def test_typing_filters_and_enter_takes_the_first(tmp_path: Path) -> None:
    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        await pilot.press(*"iteration blocks")
        await pilot.pause()
        assert names(picker) == ["iteration-iii", "iteration-iv"]
        await pilot.press("down")
        await pilot.pause()
        assert "continues from iteration-iii" in about(picker)
        await pilot.press("enter")

    assert play(tmp_path, scenario) == ["iteration-iv"]


def test_what_matches_nothing_is_said_and_escape_clears_it(tmp_path: Path) -> None:
    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        await pilot.press(*"zzz", "enter")
        await pilot.pause()
        assert names(picker) == [] and "Esc clears the filter" in about(picker)
        await pilot.press("escape")
        await pilot.pause()
        assert len(names(picker)) == len(presets.load_all())
        await pilot.press("escape")

    assert play(tmp_path, scenario) == [None]


def test_it_names_the_images_that_the_person_chose(tmp_path: Path) -> None:
    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        app.session.draft.data_choice = DataChoice(source="digits")
        await pilot.press("down")
        await pilot.pause()
        assert "epochs on digits" in about(picker)

    play(tmp_path, scenario)


def test_own_presets_are_a_group_and_broken_ones_are_sentences(tmp_path: Path) -> None:
    folder = paths.config() / "presets"
    folder.mkdir(parents=True)
    ours = (presets.folder() / "bn.toml").read_text(encoding="utf-8")
    title = '"[red]\\u202e\\u001b[2J' + "t" * 200 + '"'
    (folder / "mine.toml").write_text(
        ours.replace('"The CNN with batch normalization"', title), encoding="utf-8"
    )
    (folder / "broken.toml").write_text("title = [", encoding="utf-8")

    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        text = rows(picker)
        assert text.index("Yours") < text.index("mine") < text.index("broken")
        assert "× " in text and "broken.toml is not valid TOML" in text
        assert "[red]" in text and "\x1b" not in text and "\u202e" not in text
        assert "\x1b" not in app.export_screenshot()
        await pilot.press(*"mine", "enter")

    assert play(tmp_path, scenario) == ["mine"]


def test_a_small_terminal_is_survived(tmp_path: Path) -> None:
    async def scenario(app: Bench, picker: PresetPicker, pilot: Pilot[None]) -> None:
        await pilot.press("down", "pagedown", "up", "x", "enter")

    play(tmp_path, scenario, size=(30, 8))
