"""What is declared once is added by touching what the README says: everything else follows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from additions_by_recipe import add_one_of_each

import tuilab

RECIPE = Path(__file__).parent / "support" / "additions_by_recipe.py"


@pytest.fixture(scope="module")
def offered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what an installation with one more of each offers."""
    place = tmp_path_factory.mktemp("installation")
    for name in ("tuilab", "presets"):
        shutil.copytree(Path(tuilab.__file__).parents[1] / name, place / name)
    add_one_of_each(place)
    environment = {**os.environ, "TUILAB_HOME": str(place / "home"), "PYTHONPATH": str(place)}
    command = [sys.executable, str(RECIPE), str(place)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_preset_and_a_lesson_are_a_file_each(offered: Any) -> None:
    assert offered["preset"] == ["Nadam", "nadam"] and offered["lesson"] == "nadam"


def test_a_data_set_is_a_file(offered: Any) -> None:
    assert offered["data"] == ["Kuzushiji", "11 MiB", True], "title, download, in the help of run"


def test_an_export_format_is_a_file(offered: Any) -> None:
    assert "tsv" in offered["formats"]


def test_a_metric_is_a_line_and_is_drawn_tabled_exported_and_judged(offered: Any) -> None:
    assert "top-5 accuracy" in offered["plots"]
    assert offered["columns"] == [True, True, True], "in the app, in documents, on the command line"
    names = {"top5_accuracy", "val_top5_accuracy", "test_top5_accuracy"}
    assert names == {*offered["quantities"]}
    assert offered["fields"] == ["test_top5_accuracy", "val_top5_accuracy", "training_top5_accuracy"]


def test_an_optimizer_is_its_spec_in_settings_completion_and_lessons(offered: Any) -> None:
    assert "nadam" in offered["completed"] and "beta 1" in offered["settings"]
    assert "".join(offered["keras"].split()) == "optimizer=keras.optimizers.Nadam(0.002,beta_1=0.5,)"
