"""The pictures in ``screenshots/`` show the app as it is laid out now; their numbers are of real runs.

Where a change of looks is meant: ``TUILAB_HOME=/a/lab python tests/make_screenshots.py``.
"""

import re
from pathlib import Path
from typing import Any

import pytest
import snapshot_past
from harness import lab_app, press, until
from records import learning_batch, learning_epoch
from screenshot_views import VIEWS, View, layout, lead, rows_of
from snapshot_machine import Pictured, freeze
from snapshot_rest import settled

from tuilab.runs.journal.records import Batch, Epoch
from tuilab.tui.app import LabApp

PLACE = Path(__file__).parents[2] / "screenshots"


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch)


@pytest.mark.parametrize("name", VIEWS)
def test_a_picture_of_the_app_is_laid_out_as_the_app_is(name: str) -> None:
    view = VIEWS[name]
    there = layout(rows_of((PLACE / f"{name}.svg").read_text(encoding="utf-8")))
    here = layout(rows_of(_drawn(view)))
    assert len(here) > 4
    assert there == here, "TUILAB_HOME=/a/lab python tests/make_screenshots.py draws the pictures anew"


@pytest.mark.parametrize("path", sorted(PLACE.glob("*.svg")), ids=lambda path: path.stem)
def test_a_picture_fetches_nothing_and_names_no_place_of_the_machine_it_was_made_on(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"<]+", svg))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert not re.search(r"/(?:root|home|tmp|work)/", svg)


def _drawn(view: View) -> str:
    """Draw a view of a lab whose runs are made up."""
    if not view.trains:
        snapshot_past.course()
    app, taken = lab_app(preset=view.preset, theme=view.theme, surroundings=Pictured()), []

    async def take(pilot: Any) -> None:
        await (_train(app, pilot, view) if view.trains else lead(app, pilot, view))
        taken.append(app.export_screenshot(title="tuilab"))
        app.exit(0)

    app.run(headless=True, size=view.size, auto_pilot=take)
    return taken[0]


async def _train(app: LabApp, pilot: Any, view: View) -> None:
    await until(pilot, lambda: bool(app.lab_screen.panes) and app.session.book.listed)
    await press(pilot, f"r {view.keys}")
    workers = app.control._source.workers  # type: ignore[attr-defined]
    await until(pilot, lambda: workers)
    [worker] = workers.values()
    worker.begin()
    records: list[Batch | Epoch] = [
        learning_batch(1, 20),
        learning_epoch(1),
        learning_batch(2, 20),
        learning_epoch(2),
        learning_batch(3, 10),
    ]
    worker.say(*records)
    meters = app.lab_screen.query_one("#meters")
    await until(
        pilot, lambda: meters.has_class("-shown") and len(app.session.book.runs[0].summary.epochs) == 2
    )
    app.clear_notifications()
    await settled(app, pilot)
