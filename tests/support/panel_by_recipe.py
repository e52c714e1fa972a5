"""An installation of its own with a fifth panel, made as the README says, and what its app then shows.

``python panel_by_recipe.py PACKAGE`` opens the lab of an installation and prints as JSON what was seen.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

PANE = '''"""Notes: a place for a line of one's own."""

from textual.app import ComposeResult
from textual.widgets import Input

from tuilab.tui.panels import Panel
from tuilab.tui.panes.pane import Pane


class NotesPane(Pane):
    """One line to write on."""

    PANEL = Panel(name="notes", place="above", order=5, weight=20, least=20)

    def compose(self) -> ComposeResult:
        """The line."""
        yield Input("nothing yet")

    def action_wipe(self) -> None:
        """Begin anew."""
        self.query_one(Input).value = "wiped"
'''
KEYS = """
[[binding]]
id = "notes.wipe"
keys = "f6"
action = "wipe"
where = "notes"
label = "wipe"
tip = "Remove what is written."
"""
HELP = """
[notes]
title = "The notes"
text = "A line of your own."
"""


def add_panel(package: Path) -> None:
    """Add the panel to an installation: one file, and its keys and help in their tables."""
    (package / "tui" / "panes" / "notes.py").write_text(PANE)
    for table, rows in (("keys.toml", KEYS), ("help.toml", HELP)):
        with (package / "tui" / table).open("a") as file:
            file.write(rows)


def seen(size: tuple[int, int]) -> dict[str, Any]:
    """Return what the lab shows at a size: before and after the panel's number is pressed."""
    from harness import LabPilot, lab_app, play, press

    os.environ["TUILAB_HOME"] += f"-{size[0]}"  # a lab of its own: the app remembers the pane one was in
    app = lab_app()
    found: dict[str, Any] = {}

    def regions() -> dict[str, tuple[int, ...]]:
        return {
            str(pane.id): (pane.region.x, pane.region.y, *pane.region.size)
            for pane in app.lab_screen.panes
            if pane.region.area
        }

    def text() -> str:
        rows = app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in rows)

    async def scenario(pilot: LabPilot) -> None:
        found["first"] = regions()
        await press(pilot, "5")
        found.update(active=app.lab_screen.active, regions=regions(), text=text())
        await press(pilot, "f6")
        found["wiped"] = "wiped" in text()
        await press(pilot, "f1")
        found["help"] = text()

    play(app, scenario, size)
    return found


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    views = []
    for size in ((160, 50), (80, 24)):
        os.environ["TUILAB_HOME"] = (
            f"{sys.argv[1]}/home-{size[0]}"  # what one session remembers is not the other's
        )
        views.append(seen(size))
    print(json.dumps(views))
