"""The lesson pane: read, try and answer by keyboard alone, and harmless whatever a lesson holds."""

import json
from pathlib import Path

import pytest
from app_bench import Bench
from lesson_bench import FIRST, LONG, go_to, lessons, play, press, remembered, shown
from textual import events
from textual.pilot import Pilot
from textual.widgets import OptionList

from tuilab import presets
from tuilab.lessons.lesson import parse
from tuilab.tui.panes.lesson.answer import AnswerField
from tuilab.tui.panes.lesson.pane import LessonPane
from tuilab.tui.screens.lesson_list import LessonList


def test_the_lesson_of_the_preset_is_shown_and_follows_it(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert "LESSON · Batch normalization" in str(pane.border_title)
        assert str(pane.border_subtitle) == "new"
        assert "A text." in shown(pane) and "What it does." in shown(pane)
        app.session.draft.choose("bn-l2")
        pane.draft_changed()
        assert "Weight decay" in str(pane.border_title)

    play(tmp_path, scenario)


def test_a_preset_of_an_unknown_lesson_leaves_the_one_that_is_there(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        app.session.draft.choose("iteration-i")
        pane.draft_changed()
        assert "Batch normalization" in str(pane.border_title)

    play(tmp_path, scenario)


def test_the_keras_lines_are_those_of_the_setting_and_mark_what_differs(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        assert "    momentum=0.99," in shown(pane) and "◆" not in shown(pane)
        app.session.draft.change({"model.bn_momentum": 0.25})
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


def test_to_try_a_setting_changes_the_draft_and_is_counted(tmp_path: Path) -> None:
    async def scenario(app: Bench, pane: LessonPane, pilot: Pilot[None]) -> None:
        await go_to(pane, pilot, "try", 0)
        await press(pilot, "enter")
        assert app.session.draft.settings == {"model.bn_momentum": 0.5}
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
        assert app.session.draft.preset.name == "baseline"
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
        app.session.draft.change({"model.bn_momentum": 0.5})  # more Keras lines above
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
