"""The screen that compares two runs."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from finished_runs import finished_run
from records import DIGITS, RANDOM, epoch
from results_bench import ResultsBench, training_run
from textual.pilot import Pilot
from textual.widgets import Static

from tuilab.files import paths
from tuilab.plots.cells import Cells
from tuilab.plots.series import History
from tuilab.results import formats
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.run import Run
from tuilab.tui.screens.compare import CompareScreen
from tuilab.tui.screens.compare_plots import TALL, plots
from tuilab.tui.widgets.plot import CellGrid

Scenario = Callable[[ResultsBench, CompareScreen, Pilot[None]], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Return what opens the screen on two runs and runs a scenario."""

    def play(first: Run, second: Run, scenario: Scenario, size: tuple[int, int] = (160, 50)) -> None:
        async def run() -> None:
            app = ResultsBench(tmp_path)
            async with app.run_test(size=size) as pilot:
                app.push_screen(screen := CompareScreen(first.id, second.id))
                await pilot.pause()
                await pilot.pause()
                await scenario(app, screen, pilot)

        asyncio.run(run())

    return play


def text(screen: CompareScreen) -> str:
    """Return names and text."""
    return "\n".join(str(screen.query_one(f"#{name}", Static).content) for name in ("names", "text"))


def curves(screen: CompareScreen) -> str:
    """Return the plots."""
    return "\n".join(screen.query_one(CellGrid).cells.lines())


def test_it_says_what_differs_what_came_of_it_and_what_that_means(play: Callable[..., None]) -> None:
    first = finished_run("bn", accuracy=0.5, name="[red]mine\x1b")
    second = finished_run("bn-momentum", accuracy=0.75)

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        said = text(screen)
        assert "A  bn, [red]mine\\e" in said and f"B  bn-momentum, {second.id[6:8].lstrip('0')}" in said
        assert "B is 25.0 points better than A" in said
        assert "model.bn_momentum  0.99 → 0.8" in said and "settings are the same" in said
        assert "+25.0 points" in said
        assert "accuracy" in curves(screen) and "cross-entropy" in curves(screen)

    play(first, second, scenario)


def test_runs_of_other_weights_are_said_not_to_be_comparable(play: Callable[..., None]) -> None:
    first, second = finished_run("iteration-i"), finished_run("iteration-i", weights=RANDOM)

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        assert "Not comparable: different weights" in text(screen) and "points" not in text(screen)

    play(first, second, scenario)


def test_keys_change_the_curves_swap_copy_and_write(play: Callable[..., None]) -> None:
    first, second = finished_run("bn", accuracy=0.5), finished_run("bn-l2", accuracy=0.75)

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        await pilot.press("v", "v")
        assert curves(screen).startswith("top-3 accuracy"), "of which these runs recorded nothing"
        assert "not a number" not in curves(screen)
        await pilot.press("v")
        assert curves(screen).startswith("weight penalty")
        await pilot.press("space")
        assert "B is 25.0 points worse than A" in text(screen)
        await pilot.press("y")
        page, name = app.copied[-1]
        assert page.startswith("# bn-l2 (") and name == f"compare-{second.id}-{first.id}.md"
        written: list[Path] = []
        for place, form in enumerate(formats.formats()):
            written.append(paths.home() / "exports" / f"compare-{second.id}-{first.id}.{form.suffix}")
            await pilot.press("e", *["down"] * place, "enter")
            await pilot.pause()
            assert written[-1].stat().st_mode & 0o777 == 0o600
        assert (paths.home() / "exports" / name).read_text() == page
        assert app.said == [f"written to {file}" for file in written]
        await pilot.press("q")
        assert app.screen is not screen

    play(first, second, scenario)


def test_a_run_that_still_trains_is_followed(play: Callable[..., None]) -> None:
    first, live = finished_run("bn"), training_run(DIGITS, epoch(1))

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        assert "B has not been tested." in text(screen) and "running, 1 of 10 epochs" in text(screen)
        booked = app.session.book.find(live.id)
        assert booked is not None
        booked.summary.epochs = [*booked.summary.epochs, epoch(2)]
        booked.summary.seconds += 1
        screen._look()
        assert "running, 2 of 10 epochs" in text(screen)
        app.session.book.remove(live.id)
        screen._look()
        assert "One of the two runs is gone" in text(screen)
        await pilot.press("y", "space", "v")
        assert app.said == ["one of the two runs is gone, so there is nothing to compare"]

    play(first, live, scenario)


@pytest.mark.parametrize("size", [(160, 50), (80, 24), (60, 16), (40, 12), (20, 6)])
def test_any_size_is_drawn(play: Callable[..., None], size: tuple[int, int]) -> None:
    first, second = finished_run("bn"), finished_run("iteration-i")

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        await pilot.press("v", "space", "down", "pagedown", "end")
        assert "Not comparable" in text(screen)

    play(first, second, scenario, size)


def history(run: Run) -> History:
    """Return a run's history."""
    return History.of(JournalReader(run.journal).read())


def test_both_runs_are_drawn_with_their_letters_and_without_colour() -> None:
    histories = [
        history(finished_run("bn", epochs=[epoch(n, val_accuracy=share) for n in (1, 2, 3)]))
        for share in (0.2, 0.8)
    ]
    lines = plots(histories, 0, 60, 12, ascii=True).lines()
    rows = {letter: [n for n, line in enumerate(lines[1:], 1) if letter in line] for letter in "AB"}
    assert len(rows["A"]) == len(rows["B"]) == 1 and rows["B"] < rows["A"], "the better one lies higher"
    assert all(line.isascii() for line in lines)
    assert "0.2000" in lines[0] and "0.8000" in lines[0], "as in the table beside them"


def test_a_child_is_drawn_where_its_parent_ended() -> None:
    parent, child = (history(finished_run("bn", epochs=[epoch(n) for n in (1, 2, 3, 4)])) for _ in range(2))
    beside = plots([parent, child], 0, 60, 12, ascii=True).lines()
    for both, before, first in (([parent, child], (0, 4), "A"), ([child, parent], (4, 0), "B")):
        lines = plots(both, 0, 60, 12, ascii=True, before=before).lines()
        places = {letter: [line.find(letter) for line in lines[1:] if letter in line] for letter in "AB"}
        second = "AB".replace(first, "")
        assert max(places[first]) < 35 < min(places[second]), lines
        assert "8" in lines[-1] and "total" in lines[-1], "the axis counts the epochs of both"
    assert "total" not in beside[-1] and "8" not in beside[-1]


def test_two_plots_stand_over_each_other_where_there_is_room() -> None:
    both = [history(finished_run("bn"))] * 2
    low, high = (plots(both, 0, 50, height, ascii=False) for height in (TALL - 1, TALL))
    assert isinstance(low, Cells) and (low.height, high.height) == (TALL - 1, TALL)
    assert "cross-entropy" not in "".join(low.lines()) and "cross-entropy" in "".join(high.lines())


def test_without_epochs_the_plot_says_so() -> None:
    empty = [history(finished_run("bn", epochs=[])), None]
    assert "nothing yet" in "\n".join(plots(empty, 0, 50, 10, ascii=False, note="nothing yet").lines())


def test_what_confounds_a_comparison_is_said_before_what_came_of_it(play: Callable[..., None]) -> None:
    first = finished_run("bn", accuracy=0.2)
    second = finished_run(
        "bn", {"model.l2": 0.1}, accuracy=0.9, epochs=[epoch(1), epoch(2, val_accuracy=0.8), epoch(3)]
    )

    async def scenario(app: ResultsBench, screen: CompareScreen, pilot: Pilot[None]) -> None:
        said = text(screen)
        assert said.index("Confounded: model.l2 and the number of epochs") < said.index("70.0 points better")
        assert "validation accuracy after epoch 2" in said and "+40.0 points" in said

    play(first, second, scenario)
