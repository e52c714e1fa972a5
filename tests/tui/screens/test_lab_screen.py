"""The lab's screen: where panes stand, which are seen, and what a key to one of them does."""

import asyncio

import pytest
from harness import NARROW, WIDE, LabPilot, lab_app, play, press, until
from rich.console import RenderableType
from textual.events import Key
from textual.screen import Screen

from tuilab.tui.app import LabApp
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panes.network.pane import NetworkPane
from tuilab.tui.panes.network.setting_table import SettingList, SettingTable
from tuilab.tui.panes.results.pane import ResultsPane


def screen_text(app: LabApp) -> str:
    """Return what the screen shows, row by row."""
    width, height = app.size
    rows = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(row[:width] for row in rows[:height])


def test_a_narrow_terminal_shows_one_pane_at_a_time_and_digits_choose_it() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        for key, name in (("1", "lesson"), ("2", "network"), ("3", "curves"), ("4", "results")):
            await press(pilot, key)
            seen = [pane.id for pane in app.lab_screen.panes if pane.region.area]
            assert seen == [name]
        await press(pilot, "tab")
        assert app.lab_screen.active == "lesson"

    play(app, scenario, NARROW)


def test_a_pane_that_is_seen_again_is_shown_as_it_was_and_not_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = lab_app()
    drawn: list[str] = []

    def note(cls: type, name: str) -> None:
        draw = getattr(cls, name)

        def noted(self: object, *arguments: object, **more: object) -> object:
            drawn.append(f"{cls.__name__}.{name}")
            return draw(self, *arguments, **more)

        monkeypatch.setattr(cls, name, noted)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "4 2")
        seen = screen_text(app)
        await press(pilot, "4")
        for cls, name in ((NetworkPane, "_draw"), (ResultsPane, "_draw"), (SettingList, "redraw")):
            note(cls, name)
        await press(pilot, "2")
        assert screen_text(app) == seen
        await press(pilot, "4 2")
        assert drawn == []
        # what changed meanwhile is drawn
        await press(pilot, "4")
        app.session.draft.change({"model.dropout": 0.4})
        app.lab_screen.post_message(DraftChanged())
        await press(pilot, "2")
        assert "◆ dropout" in screen_text(app)
        assert drawn

    play(app, scenario, size=NARROW)


def test_what_is_typed_fast_behind_the_key_of_a_pane_goes_to_that_pane() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "1")
        before = app.lab_screen.query_one(SettingTable).list.cursor
        await pilot.press("2", "down")  # no pause: both arrive before anything is painted
        await pilot.pause()
        assert app.lab_screen.query_one(SettingTable).list.cursor != before

    play(app, scenario, size=NARROW)


def test_0_gives_a_pane_the_whole_screen_and_takes_it_back() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "3 0")
        assert [pane.id for pane in app.lab_screen.panes if pane.region.area] == ["curves"]
        await press(pilot, "0")
        assert len([pane for pane in app.lab_screen.panes if pane.region.area]) == 4

    play(app, scenario)


def test_a_terminal_that_is_too_small_is_told_what_is_needed() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        shown = " ".join(screen_text(app).split())
        assert "at least 60 by 16 characters; this one is 40 by 12" in shown
        assert not [name for name in ("LESSON", "NETWORK", "CURVES", "RESULTS") if name in shown], (
            "and no more"
        )
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert "LESSON" in screen_text(app)

    play(app, scenario)


def test_at_the_start_the_frames_stand_until_all_panes_take_their_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = lab_app()
    seen: list[str] = []
    display = LabApp._display

    def noted(self: LabApp, screen: Screen[None], renderable: RenderableType | None) -> None:
        display(self, screen, renderable)
        seen.append(screen_text(self))

    monkeypatch.setattr(LabApp, "_display", noted)

    async def scenario(pilot: LabPilot) -> None:
        framed = [text for text in seen if "LESSON" in text]
        assert framed
        for text in framed:
            assert all(name in text for name in ("NETWORK", "CURVES", "RESULTS"))

    play(app, scenario)


def test_a_storm_of_sizes_is_survived() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        for n in range(12):
            await pilot.resize_terminal(20 + (n * 37) % 180, 5 + (n * 13) % 60)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert app.lab_screen.has_class("-narrow")

    play(app, scenario)


def test_keys_before_the_panes_are_there_do_nothing() -> None:
    app = lab_app()

    async def early() -> None:
        async with app.run_test(size=WIDE) as pilot:
            app.background.run(lambda: None)
            for key in ("r", "s", "l", "p", "u", "z", "Z", "0", "tab", "right_square_bracket"):
                app.lab_screen.post_message(Key(key, None))
            await until(pilot, lambda: app.lab_screen.panes and app.session.book.listed)
            assert app.screen is app.lab_screen

    asyncio.run(early())
