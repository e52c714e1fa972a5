"""A rate test in the app: one key from the network pane, live, stopped at will, taken over and taken back."""

import threading

import pytest
from harness import LabPilot, lab_app, play, press, until
from rate_tests import MadeUpTest
from textual.widgets import Static

from tuilab.errors import MissingError
from tuilab.lab import rate_test
from tuilab.tui.app import LabApp
from tuilab.tui.screens.rate import RateScreen
from tuilab.tui.widgets.plot import CellGrid


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_test, "RateTest", MadeUpTest)
    monkeypatch.setattr(MadeUpTest, "asked", [])


def screen_of(app: LabApp) -> RateScreen:
    """Return the test's screen."""
    assert isinstance(app.screen, RateScreen)
    return app.screen


def text(screen: RateScreen, part: str = "words") -> str:
    """Return what a line of the screen says."""
    return str(screen.query_one(f"#rate-{part}", Static).content)


async def opened(app: LabApp, pilot: LabPilot, *, ended: bool = True) -> RateScreen:
    """Open a test from the network pane; wait for its end."""
    await press(pilot, "2 E")
    await until(pilot, lambda: isinstance(app.screen, RateScreen))
    screen = screen_of(app)
    if ended:
        await until(pilot, lambda: screen.ended)
        await until(pilot, lambda: bool(screen.query_one(CellGrid).cells.text))
    return screen


def test_enter_takes_the_suggested_rate_over_and_undo_takes_it_back() -> None:
    app = lab_app(preset="bn")

    async def scenario(pilot: LabPilot) -> None:
        draft = app.session.draft
        draft.change({"training.batch_size": 32})
        app.note_draft()
        before = draft.experiment
        screen = await opened(app, pilot)
        assert MadeUpTest.asked[0].experiment == before
        assert "It suggests 0.0" in text(screen) and "Enter: train with 0.0" in text(screen)
        await press(pilot, "enter")
        await until(pilot, lambda: app.screen is app.lab_screen)
        rate = draft.experiment.optimizer.learning_rate
        assert 0.005 < rate < 0.05
        assert draft.settings["optimizer.learning_rate"] == rate
        await press(pilot, "z")
        assert draft.experiment == before
        await press(pilot, "Z")
        assert draft.experiment.optimizer.learning_rate == rate

    play(app, scenario)


def test_the_curve_is_drawn_live_and_a_test_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeUpTest, "hold_at", 100)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot, ended=False)
        await until(pilot, lambda: "step 99 of 300" in text(screen, "title"))
        await until(pilot, lambda: "rate" in "".join(screen.query_one(CellGrid).cells.lines()))
        assert not screen.ended and text(screen) == ""
        await press(pilot, "enter")
        assert screen_of(app) is screen, "there is nothing to take yet"
        await press(pilot, "s")
        await until(pilot, lambda: screen.ended)
        assert "stopped" in text(screen, "title") and "before the loss grew" in text(screen)
        monkeypatch.setattr(MadeUpTest, "hold_at", 0)
        await press(pilot, "r")
        await until(pilot, lambda: screen.ended)
        assert "The edge is at" in text(screen) and len(MadeUpTest.asked) == 2

    play(app, scenario)


def test_leaving_ends_the_test_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeUpTest, "hold_at", 2)
    left = threading.Event()
    monkeypatch.setattr(MadeUpTest, "__exit__", lambda *_: left.set())
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        before = app.session.draft.experiment
        await opened(app, pilot, ended=False)
        await until(pilot, lambda: MadeUpTest.asked)
        await press(pilot, "q")
        assert app.screen is app.lab_screen and app.session.draft.experiment == before
        await until(pilot, left.is_set)

    play(app, scenario)


def test_a_parent_that_is_not_trained_is_one_sentence() -> None:
    app = lab_app(preset="iteration-ii")

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot, ended=False)
        await until(pilot, lambda: screen.ended)
        assert "× iteration-ii starts from a trained iteration-i" in text(screen)
        assert not MadeUpTest.asked
        await press(pilot, "enter escape")
        assert app.screen is app.lab_screen

    play(app, scenario)


def test_what_its_process_says_is_shown_in_its_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise MissingError("the images are gone", ["tuilab fetch cifar10 downloads them"])

    monkeypatch.setattr(MadeUpTest, "said", fail)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot, ended=False)
        await until(pilot, lambda: screen.ended)
        assert "× the images are gone" in text(screen) and "not possible" in text(screen, "title")

    play(app, scenario)


@pytest.mark.parametrize("size", [(160, 50), (80, 24), (60, 16)], ids=str)
def test_any_size_is_drawn(size: tuple[int, int]) -> None:
    app = lab_app(ascii_only=True)

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot)
        cells = screen.query_one(CellGrid).cells
        assert cells.height >= 3 and cells.width <= size[0]
        assert "It suggests" in text(screen)

    play(app, scenario, size)
