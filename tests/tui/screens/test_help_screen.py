"""Help says what the keys do as the person has them."""

import asyncio
from pathlib import Path

import pytest
from app_bench import Bench
from textual.app import App

from tuilab.config import Config
from tuilab.files import paths
from tuilab.tui.bindings import keys
from tuilab.tui.screens.help import HelpScreen, places


def text_of(app: App[None]) -> str:
    """Return what the screen shows, row by row."""
    rows = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in row).rstrip() for row in rows)


def show(home: Path, where: str, *, size: tuple[int, int], settings: Config | None = None) -> str:
    """Return the help of a place as it is painted."""
    texts: list[str] = []

    async def run() -> None:
        app = Bench(home, settings=settings)
        async with app.run_test(size=size) as pilot:
            app.push_screen(HelpScreen(where))
            await pilot.pause()
            await pilot.pause()
            texts.append(text_of(app))
            await pilot.press("question_mark")
            await pilot.pause()
            assert not isinstance(app.screen, HelpScreen)

    asyncio.run(run())
    return texts[0]


def test_it_says_what_the_pane_is_for_and_what_its_keys_do(tmp_path: Path) -> None:
    text = show(tmp_path, "lesson", size=(160, 60))
    assert "Help · The lesson" in text and "Our answer appears once you have given yours." in text
    assert "Go to the next lesson." in text and "Go to the curves." in text
    assert str(paths.runs()) in text and str(paths.config() / "config.toml") in text


def test_it_shows_the_keys_that_the_person_chose(tmp_path: Path) -> None:
    text = show(
        tmp_path, "lesson", size=(160, 50), settings=Config(keys={"lesson.next": "f6", "run.start": "ctrl+r"})
    )
    row = next(row for row in text.splitlines() if "Go to the next lesson." in row)
    assert "F6" in row
    row = next(row for row in text.splitlines() if "Train the experiment" in row)
    assert "Ctrl-R" in row


def test_keys_from_the_file_are_shown_harmlessly(tmp_path: Path) -> None:
    odd = Config(keys={"lesson.next": "\x1b[31m[red]\u202e" + "x" * 300})
    text = show(tmp_path, "lesson", size=(160, 50), settings=odd)
    assert "\x1b" not in text and "\u202e" not in text and "Go to the next lesson." in text


@pytest.mark.parametrize("size", [(160, 50), (80, 24), (60, 16)])
@pytest.mark.parametrize("where", ["lesson", "network", "curves", "results", "compare", "somewhere"])
def test_every_place_has_help_at_every_size(tmp_path: Path, where: str, size: tuple[int, int]) -> None:
    assert "Help" in show(tmp_path, where, size=size)


def test_every_pane_and_screen_that_has_keys_has_a_text() -> None:
    wheres = {key.where for key in keys() if not key.where.startswith("dialog.")}
    # what works in a part of a pane is said there
    assert wheres - {"app", "lab", "editor", "table"} <= set(places())
