"""Sweeps in the app: where there is none, where there are several, and how one is started."""

import boards
import pytest
from fake_sweeps import FakeSweeps
from harness import NARROW, LabPilot, play, press, until
from test_lab import screen_text
from test_sweeping import _at_once, app_with, one, opened, said  # noqa: F401 - a fixture for every test here
from textual.widgets import Input, Static

from tuilab.sweeps.spec import SweepSpec
from tuilab.tui.app import LabApp
from tuilab.tui.screens.sweeps.begin import BeginSweep
from tuilab.tui.screens.sweeps.choose import ChooseSweep
from tuilab.tui.screens.sweeps.screen import SweepScreen


def test_where_there_is_no_sweep_it_is_said_what_one_is_and_how_it_begins() -> None:
    app = app_with(FakeSweeps())

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "W")
        await until(pilot, lambda: isinstance(app.screen, ChooseSweep))
        text = screen_text(app)
        assert "There are no sweeps yet. A sweep trains an experiment with other values" in text
        assert "tuilab sweep -p bn-l2 --grid" in text and "n starts one" in text
        await press(pilot, "W")
        assert app.screen is app.lab_screen

    play(app, scenario, NARROW)


def test_without_the_library_it_is_said_how_it_is_installed() -> None:
    sweeps = FakeSweeps()
    sweeps.library = False
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "W")
        await until(pilot, lambda: isinstance(app.screen, ChooseSweep))
        assert "pip install 'tuilab[sweep]'" in screen_text(app)
        await press(pilot, "n")
        assert isinstance(app.screen, ChooseSweep) and "pip install" in said(app)[-1]

    play(app, scenario)


def test_several_are_listed_with_how_far_they_are_and_one_that_cannot_be_read_says_why() -> None:
    sweeps = FakeSweeps(
        {"rates": boards.pruned(), "bn-by-l2": boards.half_done(), "bad": "the sweep bad is damaged"}
    )
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "W")
        await until(pilot, lambda: "the sweep bad is damaged" in screen_text(app))
        text = screen_text(app)
        assert "learning_rate, bn_momentum · bn-l2 · tpe with median pruning · 1 seed" in text
        assert "finished · 40 of 40 trials · 21 pruned · best so far 0.8380" in text
        assert "7 of 16 trials" in text
        await press(pilot, "down enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
        await press(pilot, "W")
        await until(pilot, lambda: isinstance(app.screen, ChooseSweep))
        await press(pilot, "end enter")
        await until(pilot, lambda: "× the sweep bad is damaged" in screen_text(app))

    play(app, scenario)


async def form(app: LabApp, pilot: LabPilot) -> BeginSweep:
    await press(pilot, "W")
    await until(pilot, lambda: isinstance(app.screen, ChooseSweep))
    await press(pilot, "n")
    assert isinstance(app.screen, BeginSweep)
    return app.screen


def message(screen: BeginSweep) -> str:
    return str(screen.query_one("#message", Static).content)


def test_a_sweep_is_planned_as_it_is_typed_and_started_with_enter() -> None:
    pytest.importorskip("optuna")
    sweeps = FakeSweeps()
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        app.session.draft.change({"training.epochs": 2})
        screen = await form(app, pilot)
        assert "bn-l2 with 1 change" in screen_text(app)
        screen.query_one("#setting-0", Input).value = "model.l2=0,1e-3"
        screen.query_one("#setting-1", Input).value = "model.bn_momentum=0.6,0.8,0.9"
        await until(pilot, lambda: message(screen).startswith("6 points"))
        assert "3 seeds: 18 runs that share 6 trainings. About" in message(screen)
        assert "Enter starts bn-l2." in message(screen)
        screen.query_one("#name", Input).value = "mine"
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
        (asked,) = sweeps.asked
        spec = asked[1]
        assert isinstance(spec, SweepSpec) and spec.name == "mine" and spec.points == 6
        assert spec.experiment.training.epochs == 2 and spec.experiment.data.source == "digits"

    play(app, scenario)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"setting-0": "model.l3=0,1"}, "there is no setting"),
        ({"setting-0": "model.l2="}, "'model.l2=' is not allowed: there is no value behind the ="),
        ({"setting-0": "model.l2=-1,0"}, "model.l2"),
        ({"setting-0": "model.l2=0,1", "seeds": "0"}, "'0' seeds are not allowed"),
        ({"setting-0": "model.l2=0,1", "search": "grit"}, "did you mean 'grid'?"),
        ({"setting-0": "model.l2=0,1", "search": "random"}, "search random needs trials"),
        ({"setting-0": "model.l2=0,1", "name": "No Name"}, "cannot name a sweep"),
    ],
)
def test_what_is_refused_is_said_in_place_and_nothing_begins(typed: dict[str, str], words: str) -> None:
    pytest.importorskip("optuna")
    sweeps = FakeSweeps()
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        screen = await form(app, pilot)
        for id, value in typed.items():
            screen.query_one(f"#{id}", Input).value = value
        await press(pilot, "enter")
        await until(pilot, lambda: message(screen).startswith("×"))
        assert words in message(screen) and "--" not in message(screen)
        assert app.screen is screen and not sweeps.asked

    play(app, scenario, NARROW)


def test_a_refusal_to_start_leaves_what_was_typed() -> None:
    pytest.importorskip("optuna")
    sweeps = FakeSweeps()
    sweeps.refusal = "the disk is full"
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        screen = await form(app, pilot)
        screen.query_one("#setting-0", Input).value = "model.l2=0,1"
        await press(pilot, "enter")
        await until(pilot, lambda: message(screen) == "× the disk is full")
        assert screen.query_one("#setting-0", Input).value == "model.l2=0,1"

    play(app, scenario)
