"""One tick, one truth: whatever a frame shows of a run is of one moment."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from harness import FakeSource, FakeWorker, LabPilot, lab_app, play, press, until
from records import STARTED, learning_batch, learning_epoch
from rich.console import RenderableType
from textual.screen import Screen

from tuilab.runs.journal.records import VALIDATION, Phase
from tuilab.tui.app import LabApp
from tuilab.tui.panes.network.pane import NetworkPane
from tuilab.tui.surroundings import Pace, Surroundings
from tuilab.tui.terminal.app import _pieces
from tuilab.tui.terminal.painting import PaintedScreen
from tuilab.tui.tick import RedrawBudget

STEPS = 10


class Film:
    """Every frame that a terminal would have been shown of an app."""

    def __init__(self, app: LabApp) -> None:
        self.frames: list[str] = []
        self._app, self._show = app, app._display
        self._terminal = PaintedScreen(None)
        app._display = self._take  # type: ignore[method-assign]

    def _take(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        pieces = _pieces(renderable)
        if pieces is not None:
            self._terminal.resize(*self._app.size)
            self._terminal.paint(pieces)
            rows = self._terminal._rows
            frame = "\n".join("".join(cell[0] if cell else " " for cell in row) for row in rows)
            if not self.frames or self.frames[-1] != frame:
                self.frames.append(frame)
        self._show(screen, renderable)


def said(frame: str) -> dict[str, str]:
    """Return what a frame says of the run, by the pane that says it."""
    head, *rows = frame.split("\n")
    below = "\n".join(rows)
    patterns = {
        "header": (head, r"epoch +(\d+) of \d+"),
        "header validates": (head, r"of \d+(, validation)"),
        "line": (below, r"● epoch +(\d+) of \d+"),
        "line validates": (below, r"● epoch +\d+ of \d+(, validation)"),
        "table": (below, r"● running +(\d+) of \d+ done"),
        "legend": (below, r"val(?:idation)? (0\.\d{4})"),
        "table val": (below, r"● running +\d+ of \d+ done .*?(0\.\d{4})"),
    }
    found = {name: re.search(pattern, text) for name, (text, pattern) in patterns.items()}
    return {name: match[1].strip(", ") if match else "" for name, match in found.items()}


def quarrels(frame: str) -> list[str]:
    """Return where panes of a frame disagree."""
    told = said(frame)
    wrong = []
    if told["header"] != told["line"] or told["header validates"] != told["line validates"]:
        wrong.append("header and line")
    if told["line"] and told["table"] and int(told["table"]) != int(told["line"]) - 1:
        wrong.append("line and table")
    if told["table val"] and told["legend"] and told["table val"] != told["legend"]:
        wrong.append("legend and table")
    if bool(told["table val"]) != bool(told["legend"]) and told["table"]:
        wrong.append("legend or table alone")
    return [f"{what}: {told}" for what in wrong]


class Quick(Surroundings):
    """Ticks and looks come so often that 200 frames take seconds; they do not come at the same time."""

    def pace(self, low_bandwidth: bool) -> Pace:
        """Return it."""
        return Pace(look=0.005, tick=0.013, share=1.0)


def train(worker: FakeWorker, epochs: int) -> Iterator[None]:
    """Say a training, some records at a time."""
    for n in range(1, epochs + 1):
        for step in range(1, STEPS + 1):
            worker.say(learning_batch(n, step, STEPS))
            yield
        worker.say(Phase(name="training", what=VALIDATION, done=5, total=10, unit="images"))
        yield
        worker.say(learning_epoch(n, val_accuracy=0.3 + n / 100))
        if n % 2:
            yield


async def begun(app: LabApp, source: FakeSource, pilot: LabPilot, epochs: int) -> FakeWorker:
    """Start a training and return its worker, which has said all up to the first step."""
    app.session.draft.change({"training.epochs": epochs})
    await press(pilot, "r")
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    await until(pilot, lambda: app.session.book.runs[-1].summary.network)
    return source.newest


@pytest.mark.parametrize("epochs", [4, pytest.param(20, marks=pytest.mark.slow)])
def test_no_two_panes_of_a_frame_disagree(epochs: int) -> None:
    r"""Some 50 frames of a short training; as a slow test, more than 200 of one of \d+ epochs."""
    source = FakeSource()
    app = lab_app(source=source, surroundings=Quick())
    film = Film(app)

    async def scenario(pilot: LabPilot) -> None:
        worker = await begun(app, source, pilot, epochs)
        film.frames.clear()
        for _ in train(worker, epochs):
            before = len(film.frames)
            for _ in range(200):
                await pilot.pause(0.005)
                if len(film.frames) > before:
                    break
        assert len(film.frames) >= 10 * epochs
        wrong = [quarrel for frame in film.frames for quarrel in quarrels(frame)]
        assert not wrong, f"{len(wrong)} of {len(film.frames)}: {wrong[:3]}"
        # the panes were there to be asked
        told = [said(frame) for frame in film.frames]
        assert {int(one["table"]) for one in told if one["table"]} >= set(range(1, epochs))
        assert all(one["line"] for one in told)
        assert {one["legend"] for one in told} >= {f"{0.3 + n / 100:.4f}" for n in range(1, epochs, 2)}
        assert any(one["line validates"] for one in told)

    play(app, scenario)


def test_a_first_epoch_tells_how_long_the_next_run_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: STARTED.host)
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        totals = app.lab_screen.query_one(NetworkPane).totals_view
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await until(pilot, lambda: app.session.book.training and totals.estimate)
        assert totals.estimate is not None and totals.estimate.basis == "guess"
        source.newest.say(learning_epoch(1, seconds=9.0))
        await until(pilot, lambda: totals.estimate and totals.estimate.basis == "measured")
        assert totals.estimate.seconds_per_epoch == 9.0

    play(app, scenario)


def test_between_two_ticks_a_key_paints_what_the_tick_said() -> None:
    source = FakeSource()
    app = lab_app(source=source, surroundings=Quick())
    film = Film(app)

    async def scenario(pilot: LabPilot) -> None:
        worker = await begun(app, source, pilot, 4)
        told = train(worker, 4)
        next(told)
        app.control._tick.now()
        app.control._tick._budget.spent(60.0)  # none comes by itself any more
        for _ in range(15):
            next(told)
        await pilot.pause(0.1)
        before = len(film.frames)
        await press(pilot, "4 space 1")
        assert len(film.frames) > before, "the keys did paint something"
        assert not [quarrel for frame in film.frames for quarrel in quarrels(frame)]
        app.control._tick.now()
        await pilot.pause(0.1)
        assert said(film.frames[-1])["header"] == "2", film.frames[-1]

    play(app, scenario)


def test_a_drawing_is_seldom_and_the_more_seldom_the_more_it_costs() -> None:
    now = 100.0
    budget = RedrawBudget(0.5, share=0.04, clock=lambda: now)
    assert budget.wait() == 0
    budget.spent(0.001)
    assert budget.wait() == 0.5
    now += 0.6
    assert budget.wait() == 0
    budget.spent(0.1)
    assert budget.wait() == 2.5
