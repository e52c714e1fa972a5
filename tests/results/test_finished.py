"""The finished runs: the course's columns, and like only beside like."""

import csv
import io
import json
import shutil
import time
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from finished_runs import experiment_of, finished_run
from records import CIFAR10, DIGITS, FAILED, IMAGENET, RANDOM, epoch
from typer.testing import CliRunner

from tuilab.cli.main import app
from tuilab.results.changes import changes
from tuilab.results.finished import finished_rows
from tuilab.results.frame import frame
from tuilab.results.groups import groups
from tuilab.results.rows import FIELDS, Row
from tuilab.runs.store import list_runs

COURSE = {
    "iteration-i": ("I", "All", "No", "-", 0.8415),
    "iteration-ii": ("II", "All", "Yes", "Last 3", 0.8606),
    "iteration-iii": ("III", "First 3", "Yes", "Block 3 layers", 0.8135),
    "iteration-iv": ("IV", "First 3", "Yes", "Block 2 and block 3 layers", 0.7871),
}
"""The course's own table, as LAB.md has it."""


def column(name: str, found: list[Row] | None = None) -> list:
    """Return a column of all finished runs, or of those that were found."""
    return [row.values[name] for row in (finished_rows(list_runs())[0] if found is None else found)]


def make_iterations() -> None:
    third, first = (finished_run(name, dataset=CIFAR10) for name in ("iteration-iii", "iteration-i"))
    finished_run("iteration-iv", parent=third, dataset=CIFAR10)
    finished_run("iteration-ii", parent=first, dataset=CIFAR10)


def test_the_four_iterations_are_the_courses_table() -> None:
    make_iterations()
    found, damaged = finished_rows(list_runs())
    table = frame(found)
    assert tuple(table.columns)[: len(FIELDS)] == FIELDS and not damaged
    columns = ["iteration", "loaded_vgg16_blocks", "fine_tuning_performed", "unfreezed_layers"]
    shown = table[["preset", *columns, "course_recorded"]].itertuples(index=False, name=None)
    assert {preset: tuple(rest) for preset, *rest in shown} == COURSE
    assert set(table["changed"]) == {""}, "a run as the preset has it changes nothing"


def test_presets_stand_in_the_courses_order_and_older_runs_first() -> None:
    make_iterations()
    older, newer = finished_run("bn"), finished_run("bn")
    assert column("preset") == ["bn", "bn", *COURSE]
    assert column("run")[:2] == [older.id, newer.id]


def test_only_finished_runs_count() -> None:
    finished_run("bn", last=FAILED)
    finished_run("bn", last=None)
    assert finished_rows(list_runs()) == ([], [])
    assert tuple(frame([]).columns) == FIELDS


def test_only_the_wanted_preset_is_listed() -> None:
    finished_run("bn")
    finished_run("baseline")
    assert column("preset", finished_rows(list_runs(), "baseline")[0]) == ["baseline"]


def test_what_was_measured_stands_in_the_row() -> None:
    numbers = [epoch(1, val_accuracy=0.1), epoch(2, val_accuracy=0.875)]
    finished_run("baseline", accuracy=0.36, cross_entropy=1.75, epochs=numbers, name="mine")
    row = frame(finished_rows(list_runs())[0]).iloc[0]
    assert (row.accuracy, row.test_cross_entropy, row.val_accuracy, row.epochs) == (0.36, 1.75, 0.875, 2)
    assert (row["name"], row.trained_tensors, row.training_images, row.dataset) == (
        "mine",
        14,
        1442,
        "digits",
    )
    assert (row.seed, row.pixels, row.precision, row.device) == (1, "unit", "float32", "cpu")
    assert (row.course_expected, row.seconds) == (None, 12.5)


def test_other_images_weights_or_pixels_are_never_compared() -> None:
    finished_run("iteration-i")
    finished_run("iteration-ii")
    finished_run("iteration-i", {"model.weights": "random"}, weights=RANDOM)
    finished_run("iteration-i", weights=IMAGENET.model_copy(update={"digest": "w2"}))
    finished_run("iteration-i", {"data.pixels": "imagenet"})
    finished_run("iteration-i", dataset=DIGITS.model_copy(update={"digest": "d2"}))
    finished_run("iteration-i", dataset=DIGITS.model_copy(update={"name": "mine"}))
    found = groups(finished_rows(list_runs())[0])
    assert sorted(len(group.rows) for group in found) == [1, 1, 1, 1, 1, 2]
    captions = [group.caption for group in found]
    assert len(set(captions)) == len(captions), "two tables under one heading would be taken for alike"
    assert "digits; weights: imagenet; pixels: unit; images d1; weights w2" in captions
    assert "mine; weights: imagenet; pixels: unit" in captions, "nothing else is called so"


def test_test_images_that_a_seed_split_off_are_named_with_it() -> None:
    """Class folders without test/: another seed tests on other images, under the same name."""
    for seed in (1, 2):
        split = {"name": "mine", "digest": f"d{seed}", "split_seed": seed}
        finished_run("bn", {"training.seed": seed}, dataset=DIGITS.model_copy(update=split))
    assert [group.caption for group in groups(finished_rows(list_runs())[0])] == [
        "mine (test images split off with seed 1); pixels: unit",
        "mine (test images split off with seed 2); pixels: unit",
    ]


def test_every_setting_has_a_column_and_whole_numbers_stay_whole() -> None:
    finished_run("bn", {"training.limit": 100})
    finished_run("iteration-i", {"model.l2": 0.25})
    table = frame(finished_rows(list_runs())[0])
    assert list(table["training.limit"]) == [100, None]
    assert list(table["model.head.dense"].isna()) == [True, False]
    read = list(csv.DictReader(io.StringIO(CliRunner().invoke(app, ["results", "-f", "csv"]).stdout)))
    assert [row["training.limit"] for row in read] == ["100", ""]
    assert [row["model.bn_momentum"] for row in read] == ["0.99", ""]
    assert [row["model.l2"] for row in read] == ["0.0", "0.25"]
    assert [row["training_accuracy"] for row in read] == ["0.5", "0.5"]
    for row, run in zip(read, list_runs(), strict=True):
        made = datetime.fromisoformat(row["created_at"])
        assert made.utcoffset() == timedelta(0) and abs(made.timestamp() - run.manifest().created) < 1


def test_numbers_are_the_same_to_the_last_digit_wherever_they_are_written() -> None:
    """0.1 + 0.2 and a third need 17 digits; fifteen would be another number."""
    epochs = [epoch(1, val_accuracy=2 / 3, accuracy=0.7 + 0.1)]
    run = finished_run("bn", accuracy=1 / 3, cross_entropy=0.1 + 0.2, epochs=epochs)
    (read,) = csv.DictReader(io.StringIO(CliRunner().invoke(app, ["results", "-f", "csv"]).stdout))
    (record,) = json.loads(CliRunner().invoke(app, ["results", "-f", "json"]).stdout)
    shown = json.loads(CliRunner().invoke(app, ["show", run.id, "--json"]).stdout)
    assert shown["test_accuracy"] == record["accuracy"] == float(read["accuracy"]) == 1 / 3
    assert shown["test_cross_entropy"] == record["test_cross_entropy"] == float(read["test_cross_entropy"])
    assert shown["history"]["val_accuracy"] == [record["val_accuracy"]] == [float(read["val_accuracy"])]
    assert record["training_accuracy"] == float(read["training_accuracy"]) == 0.7 + 0.1
    assert record["settings"]["optimizer.learning_rate"] == float(read["optimizer.learning_rate"])


def test_what_differs_from_the_preset_is_named() -> None:
    experiment = experiment_of(
        "bn", {"model.bn_momentum": 0.5, "training.epochs": 2, "optimizer.nesterov": True}
    )
    assert changes(experiment, "bn") == [
        "model.bn_momentum=0.5",
        "optimizer.nesterov=True",
        "training.epochs=2",
    ]
    assert changes(experiment_of("bn", {"training.precision": "mixed_float16"}), "bn") == [
        "training.precision=mixed_float16"
    ]


def test_what_has_a_column_of_its_own_is_no_change() -> None:
    settings = {"training.seed": 2, "training.limit": 5, "data.source": "digits", "training.device": "cpu"}
    assert changes(experiment_of("bn", settings), "bn") == []


def test_a_preset_that_is_gone_is_said_to_be() -> None:
    assert changes(experiment_of("bn", {}), "lost") == ["preset lost no longer exists"]
    assert changes(experiment_of("bn", {}), None) == []


def test_a_run_that_started_elsewhere_than_its_preset_says_so() -> None:
    short = finished_run("iteration-i", {"training.epochs": 1})
    finished_run("iteration-ii", parent=short)
    finished_run("iteration-iii", parent=short)
    assert column("changed") == [
        "training.epochs=1",
        f"from={short.id} (training.epochs=1)",
        f"from={short.id} (training.epochs=1)",
    ]
    shutil.rmtree(short.folder)
    assert column("changed") == ["", ""]


def test_a_damaged_folder_is_reported_and_the_others_shown() -> None:
    good, bad = finished_run("bn"), finished_run("bn")
    (bad.folder / "run.json").write_text("{")
    worse = finished_run("bn")
    (worse.folder / "experiment.toml").unlink()
    found, damaged = finished_rows(list_runs())
    assert column("run", found) == [good.id]
    assert [bad.id in damaged[0], worse.id in damaged[1]] == [True, True]


def test_a_finished_run_that_does_not_name_its_images_is_still_shown() -> None:
    run = finished_run("bn", dataset=None)
    shown = CliRunner().invoke(app, ["results"])
    assert shown.exit_code == 0 and run.id in shown.stdout and "images not read" in shown.stdout


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_csv_json_and_markdown_parse_back(value: float) -> None:
    make_iterations()
    finished_run("iteration-i", name='a "quoted", | name', cross_entropy=value, dataset=CIFAR10)
    runs, accuracies = column("run"), column("accuracy")
    read = list(csv.DictReader(io.StringIO(CliRunner().invoke(app, ["results", "-f", "csv"]).stdout)))
    assert [row["run"] for row in read] == runs and tuple(read[0])[: len(FIELDS)] == FIELDS
    assert [float(row["accuracy"]) for row in read] == accuracies
    assert {row["name"] for row in read} == {"", 'a "quoted", | name'}
    objects = json.loads(CliRunner().invoke(app, ["results", "-f", "json"]).stdout)
    assert [row["run"] for row in objects] == runs
    assert [row["trained_tensors"] for row in objects] == [14] * 5
    assert objects[1]["test_cross_entropy"] is None
    lines = CliRunner().invoke(app, ["results", "-f", "markdown"]).stdout.replace("\\|", "/").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1 and len(rows) == 7
    assert rows[0][0] == "preset" and [row[0] for row in rows[2:]].count("iteration-i") == 2


def test_runs_of_a_preset_stand_in_the_order_of_their_making_whatever_their_names_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []
    for seconds, zone in ((0, "Asia/Tokyo"), (300, "America/Los_Angeles")):
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("TZ", zone)
            time.tzset()
            moment = SimpleNamespace(time=lambda s=seconds: 1_800_000_000.0 + s)
            elsewhere.setattr("tuilab.runs.store.time", moment)
            made.append(finished_run("bn").id)
    time.tzset()
    assert made[1] < made[0]
    assert [row.id for row in finished_rows(list_runs()[::-1])[0]] == made
