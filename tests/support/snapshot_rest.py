"""When the app has come to rest, so that its screen is the same however fast the machine was on the way."""

from harness import FakeSource, LabPilot
from snapshot_page import page

from tuilab.plots.charts import Charts
from tuilab.tui.app import LabApp
from tuilab.tui.panes.curves.pane import CurvesPane


def with_fresh_limits(app: LabApp) -> None:
    """Forget the limits of plots: which halfway curves they were made for is chance."""
    for pane in app.lab_screen.query(CurvesPane):
        pane._charts = Charts()
        pane.draw()


async def settled(app: LabApp, pilot: LabPilot) -> None:
    """Wait until the observer has looked at everything, and the screen stands still."""
    source = app.control._source
    fake = source.fakes if isinstance(source, FakeSource) else None
    looks, before, still = fake.looks if fake else 0, "", 0
    for _ in range(400):
        await pilot.pause(0.05)
        await pilot.pause()
        # what the first of two looks found was posted before the second began
        if fake and fake.looks < looks + 2:
            continue
        now = page(app)
        still = still + 1 if now == before else 0
        before = now
        if still >= (8 if fake else _STILL):
            return
    raise AssertionError("the screen does not come to rest")


_STILL = 12
"""Looks at a screen, one after the other, that find the same where nobody counts those of the observer."""
