"""The states that everybody meets, as they were when somebody last looked at them and found them good.

If a change of looks is meant, this takes them again; look at them before they are committed:

    pytest -n 0 tests/tui/test_snapshots.py tests/tui/test_snapshot_texts.py --snapshot-update

These are pictures (SVG); the other states are text, in a file of their own, so that two processes share them.
"""

from collections.abc import Callable

import pytest
from harness import NARROW, WIDE
from snapshot_machine import freeze, without_fonts
from snapshot_states import MAIN

from tuilab.tui.app import LabApp
from tuilab.tui.themes import DARK, LIGHT

SIZES = {"wide": WIDE, "narrow": NARROW}
THEMES = {"dark": DARK.name, "light": LIGHT.name}


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch)
    export = LabApp.export_screenshot
    monkeypatch.setattr(LabApp, "export_screenshot", lambda app, **more: without_fonts(export(app, **more)))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", MAIN)
def test_what_everybody_meets(state: str, size: str, theme: str, snap_compare: Callable[..., bool]) -> None:
    app = MAIN[state].app(theme=THEMES[theme])
    assert snap_compare(app, terminal_size=SIZES[size], run_before=MAIN[state].reach)
