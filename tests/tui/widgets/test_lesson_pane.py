"""The lesson pane: read, try and answer by keyboard alone, and harmless whatever a lesson holds."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from bench import Bench
from harness import LabPilot, lab_app
from harness import play as play_lab
from textual import events
from textual.pilot import Pilot
from textual.widgets import OptionList

from tuilab import presets
from tuilab.lessons.keras_lines import WIDTH
from tuilab.lessons.lesson import Lesson, parse
from tuilab.tui.screens.lesson_list import LessonList
from tuilab.tui.widgets.lesson_answer import AnswerField
from tuilab.tui.widgets.lesson_page import Page, Reading, Typesetter
from tuilab.tui.widgets.lesson_pane import LessonPane

FIRST = """+++
title = "Batch normalization"
order = 1
summary = "What it does."
keras = ["batch_norm"]
[[try]]
label = "A smaller momentum"
set = { "model.bn_momentum" = 0.5 }
watch = "Does validation jump?"
[[try]]
label = "The plain network"
preset = "baseline"
watch = "Slower?"
[[question]]
ask = "Which is right?"
choices = ["the left", "the right"]
correct = 1
answer = "It was the **right** one."
[[question]]
ask = "Why?"
answer = "Because of the mean."
+++
"""
SECOND = """+++
title = "Weight decay"
order = 2
summary = "A price on weights."
+++
Short.
"""
LONG = "\n\n".join(f"Paragraph {n} of the text." for n in range(40))


def lessons(body: str = "A text.") -> tuple[Lesson, ...]:
    return (
        parse(FIRST + body, "batch-normalization", "one"),
        parse(SECOND, "weight-decay", "two"),
    )


Scenario = Callable[[Bench, LessonPane, Pilot[None]], Coroutine[Any, Any, None]]


def play(home: Path, scenario: Scenario, *, size: tuple[int, int] = (60, 40), **more: Any) -> None:
    async def run() -> None:
        pane = LessonPane(id="lesson")
        app = Bench(home, pane, **{"lessons": lessons(), "preset": "bn", **more})
        async with app.run_test(size=size) as pilot:
            pane.focus_content()
            await pilot.pause()
            await scenario(app, pane, pilot)

    asyncio.run(run())


def shown(pane: LessonPane) -> str:
    """Return what the window of the page shows."""
    view = pane.view
    return "\n".join(view.render_line(y).text.rstrip() for y in range(view.size.height))


async def press(pilot: Pilot[None], *keys: str) -> None:
    for key in keys:
        await pilot.press(key)
    await pilot.pause()


async def go_to(pane: LessonPane, pilot: Pilot[None], kind: str, number: int = 0, choice: int = 0) -> None:
    """Go down until the cursor is there."""
    for _ in range(200):
        at = pane.view.cursor
        if at is not None and (at.kind, at.number, at.choice) == (kind, number, choice):
            await pilot.pause()
            return
        pane.action_move(1)
    raise AssertionError(f"no way leads down to {kind} {number}")


def remembered(home: Path) -> dict[str, Any]:
    return json.loads((home / "learning.json").read_text(encoding="utf-8"))["lessons"]


def test_the_lesson_of_the_preset_is_shown_and_follows_it(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert "LESSON · Batch normalization" in str(pane.border_title)
        assert str(pane.border_subtitle) == "new"
        assert "A text." in shown(pane) and "What it does." in shown(pane)
        app.desk.draft.choose("bn-l2")
        pane.draft_changed()
        assert "Weight decay" in str(pane.border_title)

    play(tmp_path, scenario)


def test_a_preset_of_an_unknown_lesson_leaves_the_one_that_is_there(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        app.desk.draft.choose("iteration-i")
        pane.draft_changed()
        assert "Batch normalization" in str(pane.border_title)

    play(tmp_path, scenario)


def test_the_keras_lines_are_those_of_the_setting_and_mark_what_differs(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert "    momentum=0.99," in shown(pane) and "◆" not in shown(pane)
        app.desk.draft.change({"model.bn_momentum": 0.25})
        pane.draft_changed()
        await pilot.pause()
        changed = [line for line in shown(pane).splitlines() if "momentum=0.25" in line]
        assert len(changed) == 1 and changed[0].strip(" │").startswith("◆")
        assert "differs from the preset" in shown(pane)

    play(tmp_path, scenario)


def test_reading_to_the_end_marks_the_lesson_read_and_remembers_it(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await press(pilot, "down", "down", "up", "pagedown")
        assert pane.view.scroll_y == 1 + pane.view.size.height - 2
        assert str(pane.border_subtitle) == "new"
        await press(pilot, "pagedown", "pagedown", "pagedown", "pagedown")
        assert str(pane.border_subtitle).startswith("read")
        assert remembered(tmp_path)["batch-normalization"]["read"] is True

    play(tmp_path, scenario, size=(44, 30), lessons=lessons(LONG))


def test_one_key_leads_through_text_and_actions_and_back(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        seen = []
        for _ in range(160):
            pane.action_move(1)
            at = pane.view.cursor
            if at is not None and (not seen or seen[-1] != (at.kind, at.number, at.choice)):
                seen.append((at.kind, at.number, at.choice))
                assert pane.view.scroll_y <= at.first < pane.view.scroll_y + pane.view.size.height
        stops = [(stop.kind, stop.number, stop.choice) for stop in pane.view.page.stops]
        assert seen == stops and len(stops) == 6
        for _ in range(160):
            pane.action_move(-1)
        assert (pane.view.scroll_y, pane.view.cursor) == (0, None)

    play(tmp_path, scenario, size=(44, 12), lessons=lessons(LONG))


def in_sight(pane: LessonPane) -> bool:
    """Whether the cursor, and what has to be seen with it, stand in the window."""
    at, top = pane.view.cursor, round(pane.view.scroll_y)
    return at is not None and top <= at.top and at.after <= top + pane.view.size.height


@pytest.mark.parametrize("size", [(48, 33), (80, 21)])
def test_one_press_goes_from_the_top_of_any_lesson_to_its_first_try(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        for lesson in app.desk.lessons:
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
        for lesson in app.desk.lessons:
            for ascii_only in (False, True):
                for preset in {"bn-l2", *(t.preset for t in lesson.tries if t.preset)}:
                    chosen = presets.find(preset)
                    reading = Reading(
                        lesson, app.desk.learning, chosen.experiment, chosen, None, ascii_only=ascii_only
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


def test_to_try_a_setting_changes_the_draft_and_is_counted(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "try", 0)
        await press(pilot, "enter")
        assert app.desk.draft.settings == {"model.bn_momentum": 0.5}
        assert app.draft_changes == 1
        assert "Does validation jump?" in app.said[-1]
        assert str(pane.border_subtitle) == "read · tried 1/2 · answered 0/2"
        assert "✓ A smaller momentum" in shown(pane)
        assert remembered(tmp_path)["batch-normalization"]["tried"] == ["A smaller momentum"]

    play(tmp_path, scenario)


def test_to_try_another_preset_does_not_take_the_lesson_away(tmp_path: Path) -> None:
    assert presets.find("baseline").lesson != "batch-normalization"

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "try", 1)
        await press(pilot, "enter")
        assert app.desk.draft.preset.name == "baseline"
        assert "Batch normalization" in str(pane.border_title)

    play(tmp_path, scenario)


def test_what_cannot_be_tried_is_said_and_not_counted(tmp_path: Path) -> None:
    text = FIRST.replace('preset = "baseline"', 'preset = "gone"') + "A text."
    broken = (parse(text, "batch-normalization", "one"),)

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "try", 1)
        await press(pilot, "enter")
        assert "there is no preset 'gone'" in app.said[-1]
        assert "tried 0/2" in str(pane.border_subtitle)

    play(tmp_path, scenario, lessons=broken)


def test_an_answer_opens_only_after_the_persons_own(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        everything = "\n".join("".join(text for text, _ in line) for line in pane.view.page.lines)
        assert "right one" not in everything and "Because" not in everything
        await go_to(pane, pilot, "choice", 0, 0)
        await press(pilot, "enter")
        assert "× Not quite. You chose: the left. Correct: the right." in shown(pane)
        assert "It was the right one." in shown(pane)
        assert "● the left" in shown(pane)
        await press(pilot, "down", "enter")
        assert "✓ Right: the right" in shown(pane) and "● the right" in shown(pane)
        assert remembered(tmp_path)["batch-normalization"]["answers"] == {"Which is right?": "the right"}

    play(tmp_path, scenario, size=(70, 40))


def test_own_words_are_written_kept_and_shown_beside_the_answer(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "words", 1)
        await press(pilot, "enter")
        field = pane.query_one(AnswerField)
        assert app.focused is field and field.size.height > 0
        await press(pilot, "enter")
        assert "write a few words first" in str(field.border_subtitle)
        await press(pilot, *"N[red]q", "enter")
        assert app.focused is pane.view
        text = shown(pane)
        assert "Yours" in text and "N[red]q" in text and "Because of the mean." in text
        assert text.index("N[red]q") < text.index("Because")
        assert remembered(tmp_path)["batch-normalization"]["answers"] == {"Why?": "N[red]q"}
        await press(pilot, "enter")
        assert field.text == "N[red]q"
        await press(pilot, "x", "escape")
        assert app.focused is pane.view and "N[red]q" in shown(pane) and "N[red]qx" not in shown(pane)

    play(tmp_path, scenario)


def test_pasted_escape_sequences_are_made_visible(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "words", 1)
        await press(pilot, "enter")
        app.post_message(events.Paste("a\x1b[31mb\u202e"))
        await pilot.pause()
        assert pane.query_one(AnswerField).text == "a\\e[31mb\\u202e"

    play(tmp_path, scenario)


def test_keys_turn_to_the_next_and_the_previous_lesson(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await press(pilot, "n")
        assert "Weight decay" in str(pane.border_title) and "Short." in shown(pane)
        await press(pilot, "n")
        assert app.said == ["This is the last lesson."]
        await press(pilot, "N")
        assert "Batch normalization" in str(pane.border_title)
        await go_to(pane, pilot, "next")
        await press(pilot, "enter")
        assert "Weight decay" in str(pane.border_title)

    play(tmp_path, scenario)


def test_the_list_shows_progress_and_turns_to_a_lesson(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await press(pilot, "end", "L")
        assert isinstance(app.screen, LessonList)
        rows = [str(option.prompt) for option in app.screen.query_one(OptionList).options]
        assert rows[0].startswith("✓ Batch normalization") and "tried 0/2" in rows[0]
        assert rows[1].startswith("· Weight decay") and rows[1].endswith("new")
        await press(pilot, "down", "enter")
        assert "Weight decay" in str(pane.border_title)
        await press(pilot, "L", "escape")
        assert "Weight decay" in str(pane.border_title)

    play(tmp_path, scenario)


def test_a_click_acts_where_it_falls(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        stop = next(stop for stop in pane.view.page.stops if stop.kind == "choice" and stop.choice == 1)
        await pilot.click(pane.view, offset=(6, stop.first - round(pane.view.scroll_y)))
        await pilot.pause()
        assert "✓ Right" in shown(pane)

    play(tmp_path, scenario)


def test_what_the_person_looks_at_stays_where_it_is(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "try", 0)
        at = pane.view.cursor
        assert at is not None
        row = at.first - pane.view.scroll_y
        app.desk.draft.change({"model.bn_momentum": 0.5})  # more Keras lines above
        pane.draft_changed()
        await pilot.pause()
        now = pane.view.cursor
        assert now is not None and now.first != at.first
        assert now.first - pane.view.scroll_y == row

    play(tmp_path, scenario, size=(60, 14), lessons=lessons(LONG))


def test_hostile_texts_are_shown_harmlessly(tmp_path: Path) -> None:
    nasty = "[red]x[/red] \\u202e &#x1b;[31m " + "y" * 300
    text = (
        FIRST.replace('"A smaller momentum"', json.dumps(nasty[:200]))
        .replace('"Batch normalization"', '"[bold]B\\u202e\\u001b[31m"')
        .replace('"the left"', '"[blink]left"')
    )
    hostile = (parse(text + nasty + "\x1b[2J", "batch-normalization", "one"),)

    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await press(pilot, "end")
        everything = "\n".join("".join(text for text, _ in line) for line in pane.view.page.lines)
        for foreign in ("\x1b", "\u202e", "\x9b"):
            assert foreign not in everything
            assert foreign not in app.export_screenshot()
        assert "[red]x[/red]" in everything and "[blink]left" in everything
        title = pane.border_title
        assert title is not None and "[bold]B" in str(title)

    play(tmp_path, scenario, lessons=hostile)


@pytest.mark.parametrize("size", [(10, 3), (24, 8), (44, 30), (78, 19), (158, 44)])
def test_any_size_is_survived(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await press(pilot, "down", "pagedown", "end", "up", "enter", "home")
        await pilot.resize_terminal(size[0] + 7, size[1] + 3)
        await pilot.pause()
        assert len(shown(pane).splitlines()) <= pane.view.size.height

    play(tmp_path, scenario, size=size, lessons=lessons(LONG))


def test_without_any_lesson_the_pane_says_so(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert str(pane.border_subtitle) == "there is no lesson"
        await press(pilot, "down", "enter", "n", "end")

    play(tmp_path, scenario, lessons=())
