"""What a lesson's pane shows at every size, and the key that goes to the next task."""

from pathlib import Path

import pytest
from app_bench import Bench
from harness import LabPilot, lab_app
from harness import play as play_lab
from lesson_bench import FIRST, LONG, go_to, lessons, play, press, remembered, shown
from textual.pilot import Pilot

from tuilab import presets
from tuilab.lessons.keras_lines import WIDTH
from tuilab.lessons.lesson import parse
from tuilab.tui.panes.lesson.page import Page, Reading, Typesetter
from tuilab.tui.panes.lesson.pane import LessonPane


def in_sight(pane: LessonPane) -> bool:
    """Whether the cursor, and what has to be seen with it, stand in the window."""
    at, top = pane.view.cursor, round(pane.view.scroll_y)
    return at is not None and top <= at.top and at.after <= top + pane.view.size.height


@pytest.mark.parametrize("size", [(48, 33), (80, 21)])
def test_one_press_goes_from_the_top_of_any_lesson_to_its_first_try(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        for lesson in app.session.lessons:
            pane.read(lesson.slug)
            await press(pilot, "m")
            at = pane.view.cursor
            assert at is not None and (at.kind, at.number) == ("try", 0), lesson.slug
            assert in_sight(pane) and "Try this" in shown(pane)
            await press(pilot, "M")
            assert app.said[-1] == "There is nothing to try or answer above."

    play(tmp_path, scenario, size=size, lessons=None)


def test_the_same_key_goes_through_tries_and_questions_and_back(tmp_path: Path) -> None:
    there = [("try", 0), ("try", 1), ("choice", 0), ("words", 1), ("next", 0)]

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        for key, wanted in (("m", there), ("M", there[-2::-1])):
            for kind, number in wanted:
                await press(pilot, key)
                at = pane.view.cursor
                assert at is not None and (at.kind, at.number, at.choice) == (kind, number, 0)
                assert in_sight(pane)
                if kind == "choice":
                    assert "Which is right?" in shown(pane), "a question is seen with its choices"
        await press(pilot, "end", *"mmm")
        assert app.said[-1] == "There is nothing more to try or answer below."

    play(tmp_path, scenario, size=(44, 12), lessons=lessons(LONG))


def test_from_within_a_question_the_key_leaves_it(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "choice", 0, 1)
        await press(pilot, "m")
        at = pane.view.cursor
        assert at is not None and (at.kind, at.number) == ("words", 1)
        await press(pilot, "M", "M")
        at = pane.view.cursor
        assert at is not None and (at.kind, at.number) == ("try", 1)

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(140, 40), (160, 50), (80, 24), (60, 16)])
def test_no_block_of_a_lesson_and_no_keras_line_wraps(size: tuple[int, int]) -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await pilot.press("1")
        await pilot.pause()
        pane = app.lab_screen.pane("lesson")
        assert isinstance(pane, LessonPane)
        width = pane.view.scrollable_content_region.width
        assert width >= WIDTH + 2, "a block stands behind a bar"
        for lesson in app.session.lessons:
            for ascii_only in (False, True):
                for preset in {"bn-l2", *(t.preset for t in lesson.tries if t.preset)}:
                    chosen = presets.find(preset)
                    reading = Reading(
                        lesson, app.session.learning, chosen.experiment, chosen, None, ascii_only=ascii_only
                    )
                    wide = Typesetter().page(reading, 200)
                    here = Typesetter().page(reading, width)
                    assert code(here) == code(wide), f"{lesson.slug}, {preset}"

    play_lab(app, scenario, size)


def code(page: Page) -> list[str]:
    """The lines of a page that stand in blocks."""
    return [
        "".join(text for text, _ in line) for line in page.lines if line and line[0][1].startswith("block")
    ]


def test_without_unicode_the_page_has_its_formulas_in_words(tmp_path: Path) -> None:
    body = "With `λ · w²`.\n\n```\nw ← w − η · g   λ\n```\n\n```ascii\nw <- w - eta * g  lambda\n```\n"
    text = FIRST.replace('"the left"', '"18 · C²"').replace("Because of the mean.", "Because of μ.")
    greek = (parse(text + body, "batch-normalization", "one"),)

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        page = "\n".join("".join(text for text, _ in line) for line in pane.view.page.lines)
        for words in ("With lambda * w^2.", "│ w <- w - eta * g  lambda", "○ 18 * C^2"):
            assert words in page
        assert not set(page) & set("λ²←η·")
        await go_to(pane, pilot, "choice", 0, 0)
        await press(pilot, "enter")
        assert "You chose: 18 * C^2." in shown(pane)
        assert remembered(tmp_path)["batch-normalization"]["answers"] == {"Which is right?": "18 · C²"}

    play(tmp_path, scenario, lessons=greek, ascii_only=True)


def test_with_unicode_the_page_has_the_block_as_it_is_written(tmp_path: Path) -> None:
    body = "```\nw ← w   λ\n```\n\n```ascii\nw <- w  lambda\n```\n\n```ascii\nalone\n```"

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert "w ← w   λ" in shown(pane) and "lambda" not in shown(pane)

    play(tmp_path, scenario, lessons=(parse(FIRST + body, "batch-normalization", "one"),))
