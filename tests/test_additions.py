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
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an installation with one more of each."""
    place = tmp_path_factory.mktemp("installation")
    for name in ("tuilab", "presets"):
        shutil.copytree(Path(tuilab.__file__).parents[1] / name, place / name)
    add_one_of_each(place)
    return place


def answer(place: Path, *arguments: str) -> Any:
    """Return what a program prints that finds this installation first."""
    environment = {**os.environ, "TUILAB_HOME": str(place / "home"), "PYTHONPATH": str(place)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, env=environment, cwd=place, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def offered(installation: Path) -> dict[str, Any]:
    """Return what it offers."""
    return answer(installation, str(RECIPE), str(installation))


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


def test_a_base_network_is_a_file_planned_by_its_layers(offered: Any) -> None:
    base = offered["base"]
    assert base["plan"] == [
        *("block1_conv1 0", "block1_pool 0"),
        *("block2_conv1 296", "block2_conv2 584", "block2_pool 0"),  # 9 * in * out + out
    ]
    assert base["by_count"] == ["block2_conv2"], "the last two are this one and the pool"
    assert base["stops"] == ["none", "last-1", "last-2", "last-3", "last-4", "all"]
    assert base["whole"] == ["block2_pool", "none", "-"], "in the place of VGG16's first three blocks"
    assert len({*base["digests"]}) == 2


def test_a_base_network_has_its_title_and_keras_lines_everywhere(offered: Any) -> None:
    base = offered["base"]
    assert base["title"] == ["digits", "TwoBlocks/ImageNet"]
    assert base["keras"] == [
        *("base = nets.TwoBlocks(", "    include_top=False,"),
        *('    weights="imagenet",', "    input_shape=(32, 32, 3),", ")"),
        *(
            "from nets import two_blocks",
            'x = images.astype("float32")',
            "x = two_blocks.preprocess_input(x)",
        ),
        "# block1_conv1, as in TwoBlocks",
    ]
    assert base["setting"] == [["two-blocks", "vgg16"]], "now there is a choice"
    assert base["tip"].endswith("a path to a Keras weight file of the TwoBlocks base.")


def test_a_base_networks_weights_are_found_verified_and_read(offered: Any) -> None:
    base = offered["base"]
    assert base["weights"] == [True, "tuilab's downloads", "TwoBlocks by nobody"]
    assert base["facts"] == ["there"] and base["doctor"] == ["ok"]
    assert base["fetched"] == [0, "two_blocks.h5"]
    assert base["completed"] == [["two-blocks", "TwoBlocks's weights, 5 MiB"]]
    assert base["own_file"] == {}, "a file of VGG16's weights is none of its own"


@pytest.mark.slow
def test_a_base_network_is_trained(installation: Path, offered: Any) -> None:
    assert offered["base"]["weights"][0], "its weights are there"
    run = answer(installation, "-m", "tuilab", "run", "--preset", "two-blocks", "--json")
    assert (run["state"], run["epochs"], run["dataset"], run["weights"]) == ("done", 1, "digits", "imagenet")
    assert run["trained_base_tensors"] == 4
    head = 8 * 8 * 8 * 256 + 256 + 2 * 256 + 256 * 10 + 10
    assert run["trained_parameters"] == 296 + 584 + head
    journal = (installation / "home/runs" / run["run"] / "journal.jsonl").read_text()
    records = [json.loads(line)["record"] for line in journal.splitlines()]
    (loaded,) = [record for record in records if record["kind"] == "weights"]
    assert loaded["digest"] in (installation / "tuilab/bases/named/two_blocks.py").read_text()
