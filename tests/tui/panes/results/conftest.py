"""What tests of the results pane share: the pane on a bench, with the runs on disk in its book."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from results_bench import ResultsBench
from textual.pilot import Pilot

from tuilab.tui.panes.results.pane import ResultsPane

Scenario = Callable[[ResultsBench, ResultsPane, Pilot[None]], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Return what runs a scenario in the pane; the runs on disk are in the book."""

    def play(scenario: Scenario, size: tuple[int, int] = (160, 16)) -> None:
        async def run() -> None:
            app = ResultsBench(tmp_path, pane := ResultsPane(id="results"))
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                pane.focus_content()
                await pilot.pause()
                await scenario(app, pane, pilot)

        asyncio.run(run())

    return play
