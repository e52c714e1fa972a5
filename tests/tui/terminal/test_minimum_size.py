"""In a terminal that is too small nothing is chosen that cannot be seen."""

import pytest
from harness import FakeSource, LabPilot, lab_app, play, press, until
from test_lab import screen_text
from textual.widgets import OptionList

from tuilab.tui.terminal.minimum_size import SMALLEST

ABOVE = (SMALLEST[0], SMALLEST[1])


@pytest.mark.parametrize("size", [(SMALLEST[0] - 1, 40), (120, SMALLEST[1] - 1)])
def test_the_first_steps_wait_until_they_can_be_seen(size: tuple[int, int]) -> None:
    app = lab_app(first=True)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: type(app.screen).__name__ == "WelcomeScreen")
        welcome = app.screen
        await pilot.resize_terminal(*size)
        await pilot.pause()
        shown = " ".join(screen_text(app).split())
        assert f"this one is {size[0]} by {size[1]}" in shown and "q quits; runs keep training" in shown
        await press(pilot, "enter down enter escape")
        assert app.screen is welcome
        await pilot.resize_terminal(*ABOVE)
        await pilot.pause()
        shown = screen_text(app)
        options = welcome.query_one(OptionList)
        assert options.highlighted == 0 and app.focused is options
        for option in options.options:
            assert str(option.prompt)[:25].rstrip() in shown, "every choice is seen"
        await press(pilot, "enter")
        await until(pilot, lambda: app.screen is app.lab_screen)

    play(app, scenario, (80, 24))


def test_in_the_lab_no_key_works_but_the_one_that_leaves() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        before = app.session.draft.experiment
        await pilot.resize_terminal(50, 20)
        await press(pilot, ["2", "u", "]", "right", "r", "p", "slash", "delete"])
        assert app.session.draft.experiment == before and app.screen is app.lab_screen
        assert not source.workers and not app.session.book.runs
        await press(pilot, "q")
        assert app.return_value == 0

    play(app, scenario)


def test_a_run_that_trains_goes_on_when_a_small_terminal_is_left() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await pilot.resize_terminal(50, 20)
        await press(pilot, "q")
        assert app.return_value == 0 and not source.newest.stopped

    play(app, scenario)


@pytest.mark.parametrize("key", ["p", "question_mark"])
def test_every_dialog_gives_way_and_comes_back_with_its_focus(key: str) -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, key)
        before = app.focused
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        assert "at least 60 by 16" in " ".join(screen_text(app).split())
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert app.focused is before and "at least" not in screen_text(app)
        await press(pilot, "escape")
        assert app.screen is app.lab_screen

    play(app, scenario)
