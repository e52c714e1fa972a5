"""Panels: each declares itself in one file, and layout, tabs, keys and help follow."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from panel_by_recipe import PANE, add_panel

import tuilab
import tuilab.tui.panes
from tuilab.tui import panels
from tuilab.tui.panes.pane import Pane
from tuilab.tui.screens.lab import pane_classes

SUPPORT = Path(__file__).parents[1] / "support"


def test_what_is_read_before_the_first_paint_is_what_the_classes_say() -> None:
    assert [panel.name for panel in panels.panels()] == ["lesson", "network", "curves", "results"]
    for panel in panels.panels():
        pane = pane_classes()[panel.name]
        assert (panel, panel.name.upper()) == (pane.PANEL, pane.BORDER_TITLE)
    assert set(pane_classes().values()) == set(Pane.__subclasses__())


def test_panels_are_beside_each_other_from_the_columns_on_that_they_need() -> None:
    assert panels.wide_from() == 140


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder in which panels are looked for."""
    monkeypatch.setattr(tuilab.tui.panes, "__path__", [str(tmp_path)])
    panels.declared.cache_clear()
    monkeypatch.setattr(panels, "declared", panels.declared.__wrapped__)
    return tmp_path


def test_a_declaration_that_cannot_be_read_is_said_with_its_file(folder: Path) -> None:
    (folder / "notes.py").write_text(PANE.replace("order=5", "order=LAST"))
    with pytest.raises(ValueError, match=r"notes\.py: PANEL must be"):
        panels.panels()


def test_two_panels_of_one_name_are_refused(folder: Path) -> None:
    for name in ("notes", "remarks"):
        (folder / f"{name}.py").write_text(PANE)
    with pytest.raises(ValueError, match="two panels have one name: notes, notes"):
        panels.panels()


@pytest.fixture(scope="module")
def lab_with_notes(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """Return what an installation with a fifth panel shows, wide and narrow."""
    place = tmp_path_factory.mktemp("installation")
    for name in ("tuilab", "presets"):
        shutil.copytree(Path(tuilab.__file__).parents[1] / name, place / name)
    add_panel(place / "tuilab")
    environment = {
        **os.environ,
        "TUILAB_HOME": str(place / "home"),
        "PYTHONPATH": f"{place}{os.pathsep}{SUPPORT}",
    }
    command = [sys.executable, str(SUPPORT / "panel_by_recipe.py"), str(place)]
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_fifth_panel_is_seen_beside_the_others_in_a_wide_terminal(lab_with_notes: Any) -> None:
    wide = lab_with_notes[0]
    assert list(wide["first"]) == ["lesson", "network", "curves", "results", "notes"]
    assert wide["regions"] == wide["first"]
    above = [wide["first"][name] for name in ("lesson", "network", "curves", "notes")]
    assert [x for x, *_ in above] == [0, *(x + width for x, _, width, _ in above[:-1])], "side by side"
    assert above[-1][0] + above[-1][2] == 160
    assert all(height >= 9 and width >= 20 for _, _, width, height in wide["first"].values())


def test_a_fifth_panel_is_a_tab_of_its_own_in_a_narrow_terminal(lab_with_notes: Any) -> None:
    narrow = lab_with_notes[1]
    assert list(narrow["first"]) == ["network"]
    assert list(narrow["regions"]) == ["notes"]
    assert "5 NOTES" in narrow["text"]


def test_a_fifth_panel_has_a_number_keys_and_help(lab_with_notes: Any) -> None:
    for view in lab_with_notes:
        assert view["active"] == "notes"
        assert "F6 wipe" in view["text"].splitlines()[-1]
        assert view["wiped"]
        assert "Help · The notes" in view["help"]
        assert "A line of your own." in view["help"]
        assert "Remove what is written." in view["help"]
