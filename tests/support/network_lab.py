"""The network pane in an app of its own: a desk, a background that does not wait, and nothing else."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from textual.app import App, ComposeResult
from textual.pilot import Pilot

import tuilab.tui
from tuilab.config import Config
from tuilab.lab.draft import Draft
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panes.network.pane import NetworkPane
from tuilab.tui.run_book import RunBook
from tuilab.tui.surroundings import Surroundings
from tuilab.tui.themes import THEMES


class NetworkLab(App[None]):
    """The pane alone, in the lab's frame."""

    CSS_PATH = Path(tuilab.tui.__file__).parent / "styles" / "lab.tcss"

    def __init__(self, preset: str, theme: str = THEMES[0].name) -> None:
        super().__init__()
        for known in THEMES:
            self.register_theme(known)
        self.theme = theme
        self.session = SimpleNamespace(
            draft=Draft(preset),
            config=Config(),
            book=RunBook(),
            ascii=False,
            surroundings=Surroundings(),
        )
        self.background = SimpleNamespace(run=self._run)
        self.said: list[str] = []
        self.changes = 0
        """How often panes were told of another draft."""

    def _run(self, job: Callable[[], Any], then: Callable[[Any], None] | None = None) -> None:
        result = job()
        if then is not None:
            then(result)

    def say(self, sentence: str, severity: str = "information") -> None:
        """Keep what would be shown."""
        self.said.append(sentence)

    def compose(self) -> ComposeResult:
        yield NetworkPane(id="network")

    def on_draft_changed(self, message: DraftChanged) -> None:
        """Do what the lab does."""
        self.changes += 1
        self.pane.draft_changed()

    @property
    def draft(self) -> Draft:
        """The experiment in the network pane."""
        return self.session.draft

    @property
    def pane(self) -> NetworkPane:
        """The pane."""
        return self.query_one(NetworkPane)

    @property
    def rows(self) -> list[str]:
        """The screen's lines as text."""
        return ["".join(s.text for s in strip).rstrip() for strip in self.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        """The screen as text."""
        return "\n".join(self.rows)

    def go_to(self, key: str) -> None:
        """Put the cursor on a setting."""
        self.pane.setting_table.list.put_cursor(key)


Scenario = Callable[[NetworkLab, Pilot[None]], Coroutine[Any, Any, None]]


def play(preset: str, scenario: Scenario, size: tuple[int, int] = (50, 32), **more: Any) -> None:
    """Run the pane at a size on a preset, and the scenario in it."""

    async def run() -> None:
        app = NetworkLab(preset, **more)
        async with app.run_test(size=size) as pilot:
            app.pane.focus_content()
            await pilot.pause()
            await scenario(app, pilot)

    asyncio.run(run())
