"""The presets, against the lab's facts; the facts are written here by hand, not read from the files."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import (
    AdamSpec,
    CnnSpec,
    HeadSpec,
    SgdSpec,
    TransferSpec,
    from_toml,
    to_toml,
    with_overrides,
)
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.optimizers import OPTIMIZER_KINDS
from tuilab.presets import Course, course_columns, find, load_all, read

CNNS = ["baseline", "bn", "bn-momentum", "bn-l2"]
ITERATIONS = ["iteration-i", "iteration-ii", "iteration-iii", "iteration-iv"]
TRANSFERS = [*ITERATIONS, "notebook-i", "notebook-ii", "recorded-i", "recorded-ii"]

BASELINE = CnnSpec(
    kind="cnn", filters=(32, 64, 128), convolutions=2, pool=3, dropout=0.2, dense=128, batch_norm=False
)


def test_the_courses_twelve_come_first_and_in_order() -> None:
    first, later = load_all()[:12], load_all()[12:]
    assert [preset.name for preset in first] == CNNS + TRANSFERS
    assert [preset.family for preset in first] == ["cnn"] * 4 + ["transfer"] * 8
    assert [preset.name for preset in later if preset.family != "concept"] == [
        "one-shot",
        "iteration-ii-cold",
    ]
    assert [preset.family for preset in later[:2]] == ["transfer"] * 2, "beside those they are compared with"


@pytest.mark.parametrize("name", CNNS)
def test_assignment_1_trains_with_sgd_on_five_epochs_and_validates_on_the_test_images(name: str) -> None:
    experiment = find(name).experiment
    assert experiment.optimizer == SgdSpec(kind="sgd", learning_rate=0.001, momentum=0.9, nesterov=False)
    assert experiment.data.source == "cifar10"
    assert experiment.data.pixels == "unit"
    training = experiment.training
    assert (training.epochs, training.batch_size, training.validation) == (5, 64, "test")
    assert experiment.continue_from is None


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("baseline", {}),
        ("bn", {"batch_norm": True, "bn_position": "before", "bn_momentum": 0.99}),
        ("bn-momentum", {"batch_norm": True, "bn_position": "before", "bn_momentum": 0.8}),
        (
            "bn-l2",
            {
                "batch_norm": True,
                "bn_position": "before",
                "bn_momentum": 0.8,
                "l2": 0.001,
                "decay_dense": True,
            },
        ),
    ],
)
def test_the_networks_of_assignment_1(name: str, change: dict[str, Any]) -> None:
    assert find(name).experiment.model == BASELINE.model_copy(update=change)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("baseline", (0.73, 0.76)), ("bn", None), ("bn-momentum", (0.80, 0.82)), ("bn-l2", (0.83, 0.85))],
)
def test_what_the_course_expects_of_assignment_1(name: str, expected: tuple[float, float] | None) -> None:
    assert find(name).course.expected == expected
    assert find(name).course.recorded is None
    assert find(name).course.iteration == "-"


@pytest.mark.parametrize("name", TRANSFERS)
def test_assignment_2_trains_ten_epochs_with_the_last_fifth_held_out(name: str) -> None:
    experiment = find(name).experiment
    assert experiment.data.source == "cifar10"
    assert experiment.data.pixels == "unit"
    training = experiment.training
    assert (training.epochs, training.batch_size, training.validation) == (10, 64, "last-20%")
    assert isinstance(experiment.model, TransferSpec)
    assert experiment.model.weights == "imagenet"
    assert experiment.model.head == HeadSpec(dense=256, batch_norm=True, dropout=0.5)
    assert (experiment.model.l1, experiment.model.l2) == (0, 0)


@pytest.mark.parametrize(
    ("name", "last_layer", "unfreeze", "rate", "parent", "iteration", "recorded"),
    [
        ("iteration-i", "block5_pool", "none", 1e-4, None, "I", 0.8415),
        ("iteration-ii", "block5_pool", "last-3", 1e-4, "iteration-i", "II", 0.8606),
        ("iteration-iii", "block3_pool", "blocks:3", 1e-3, None, "III", 0.8135),
        ("iteration-iv", "block3_pool", "blocks:2,3", 1e-3, "iteration-iii", "IV", 0.7871),
        ("notebook-i", "block5_pool", "from:block5_conv1", 1e-4, None, "-", 0.73),
        ("notebook-ii", "block5_pool", "last-3", 1e-4, "notebook-i", "-", 0.75),
        ("recorded-i", "block5_pool", "all", 1e-4, None, "-", 0.8415),
        ("recorded-ii", "block5_pool", "last-3", 1e-4, "recorded-i", "-", 0.8606),
    ],
)
def test_the_iterations_of_assignment_2(
    name: str,
    last_layer: str,
    unfreeze: str,
    rate: float,
    parent: str | None,
    iteration: str,
    recorded: float,
) -> None:
    preset = find(name)
    assert isinstance(preset.experiment.model, TransferSpec)
    assert preset.experiment.model.last_layer == last_layer
    assert preset.experiment.model.unfreeze == unfreeze
    assert preset.experiment.optimizer == AdamSpec(kind="adam", learning_rate=rate)
    assert preset.experiment.continue_from == parent
    assert preset.course.iteration == iteration
    assert preset.course.recorded == recorded


def test_cold_fine_tuning_is_iteration_ii_without_iteration_i() -> None:
    cold, warm = find("iteration-ii-cold").experiment, find("iteration-ii").experiment
    assert warm.model_copy(update={"continue_from": None}) == cold
    assert find("iteration-ii-cold").course == Course(), "the course has no such iteration"


def test_one_shot_stands_on_iteration_is_features_and_trains_nothing() -> None:
    still, trained = find("one-shot").experiment, find("iteration-i").experiment
    assert isinstance(still.model, TransferSpec) and isinstance(trained.model, TransferSpec)
    assert still.model.model_copy(update={"head": trained.model.head}) == trained.model
    assert still.model.head.classifier == "class-means"
    assert (still.training.epochs, totals(layer_stack(still)).tensors) == (0, 0)
    assert (still.data, still.training.validation) == (trained.data, trained.training.validation)
    assert find("one-shot").course == Course()


@pytest.mark.parametrize("name", ["iteration-ii", "iteration-iv", "notebook-ii", "recorded-ii"])
def test_a_parent_has_the_same_network_but_for_what_trains(name: str) -> None:
    child = find(name).experiment
    assert child.continue_from is not None
    parent = find(child.continue_from).experiment
    assert isinstance(child.model, TransferSpec)
    assert isinstance(parent.model, TransferSpec)
    assert parent.model.model_copy(update={"unfreeze": child.model.unfreeze}) == child.model
    assert parent.data == child.data
    assert parent.training.validation == child.training.validation, "no image may change sides"


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("iteration-i", ("All", "No", "-")),
        ("iteration-ii", ("All", "Yes", "Last 3")),
        ("iteration-iii", ("First 3", "Yes", "Block 3 layers")),
        ("iteration-iv", ("First 3", "Yes", "Block 2 and block 3 layers")),
        # told apart from iteration I, which claims that nothing was fine-tuned
        ("notebook-i", ("All", "Yes", "Block 5 layers")),
        ("notebook-ii", ("All", "Yes", "Last 3")),
        ("recorded-i", ("All", "Yes", "All 18")),
        ("recorded-ii", ("All", "Yes", "Last 3")),
        ("one-shot", ("All", "No", "-")),
        ("iteration-ii-cold", ("All", "Yes", "Last 3")),
        ("bn", ("-", "-", "-")),
    ],
)
def test_the_courses_columns_are_derived_from_what_trains(name: str, columns: tuple[str, str, str]) -> None:
    shown = course_columns(find(name).experiment)
    assert list(shown) == ["loaded_vgg16_blocks", "fine_tuning_performed", "unfreezed_layers"]
    assert tuple(shown.values()) == columns


@pytest.mark.parametrize(
    ("settings", "columns"),
    [
        # a pool has no weights: nothing is fine-tuned
        ({"model.unfreeze": "last-1"}, ("All", "No", "Last 1")),
        ({"model.last_layer": "block4_conv2"}, ("Up to block4_conv2", "No", "-")),
        ({"model.last_layer": "block1_pool", "model.unfreeze": "all"}, ("First 1", "Yes", "All 3")),
    ],
)
def test_the_columns_of_what_the_course_does_not_train(settings: dict[str, str], columns: tuple) -> None:
    assert tuple(course_columns(with_overrides(find("iteration-i").experiment, settings)).values()) == columns


def test_every_preset_says_what_it_teaches() -> None:
    for preset in load_all():
        assert preset.title
        assert "\n" not in preset.title
        assert len(preset.teaches) > 40
        assert preset.lesson
    assert len({preset.title for preset in load_all()}) == len(load_all())
    assert len({preset.order for preset in load_all()}) == len(load_all())


@pytest.mark.parametrize("name", CNNS + TRANSFERS)
def test_a_presets_experiment_survives_its_trip_through_a_run_folder(name: str) -> None:
    experiment = find(name).experiment
    assert from_toml(to_toml(experiment)) == experiment


def test_an_unknown_preset_names_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        find("iteration-2")
    assert caught.value.sentence.startswith(
        "there is no preset 'iteration-2'; the presets are baseline, bn, "
    )
    assert "; did you mean 'iteration-i" in caught.value.sentence


def test_an_unknown_presets_name_is_made_harmless() -> None:
    with pytest.raises(UsageError) as caught:
        find("\x1b[2J\n" + "x" * 500)
    assert "\x1b" not in caught.value.sentence
    assert "\n" not in caught.value.sentence
    assert len(caught.value.sentence) < 400


SGD = "kind, learning_rate, momentum, nesterov, clip_norm"
GOOD = """\
title = "t"
family = "cnn"
order = 1
lesson = "l"
teaches = "w"
[experiment.model]
kind = "cnn"
[experiment.optimizer]
kind = "sgd"
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            GOOD.replace('title = "t"\n', ""),
            "in preset mine.toml: title is missing: it must be text",
        ),
        (
            GOOD.replace('family = "cnn"', 'family = "cmn"'),
            "in preset mine.toml: family = 'cmn' is not allowed: it must be cnn, transfer or concept; "
            "did you mean 'cnn'?",
        ),
        (
            GOOD + "momentum = 2\n",
            "in preset mine.toml: experiment.optimizer.momentum = 2 is not allowed: "
            "it must be a number of at least 0 and below 1",
        ),
        (
            GOOD + "momentun = 0.9\n",
            "in preset mine.toml: there is no setting 'experiment.optimizer.momentun'; "
            f"experiment.optimizer has {SGD}; did you mean 'momentum'?",
        ),
        (
            GOOD.replace('kind = "sgd"', 'kind = "sdg"'),
            "in preset mine.toml: experiment.optimizer.kind = 'sdg' is not allowed: "
            f"it must be {', '.join(OPTIMIZER_KINDS[:-1])} or {OPTIMIZER_KINDS[-1]}; did you mean 'sgd'?",
        ),
        (
            GOOD + "[course]\nrecorded = 84.15\n",
            "in preset mine.toml: course.recorded = 84.15 is not allowed: "
            "it must be a number from 0 to 1, or none",
        ),
        (
            'name = "other"\n' + GOOD,
            "in preset mine.toml: name is not allowed: a preset is named after its file",
        ),
        (
            "own = true\n" + GOOD,
            "in preset mine.toml: own is not allowed: it depends on the file's folder",
        ),
        (
            GOOD + "\x00",
            "mine.toml is not valid TOML: ",
        ),
    ],
)
def test_a_broken_preset_file_is_named_with_its_key(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read(path)
    assert caught.value.sentence.startswith(sentence)
    assert caught.value.sentence == sentence or sentence.endswith("TOML: ")


def test_a_preset_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"title = '\xff'")
    with pytest.raises(UsageError, match=r"^preset mine\.toml cannot be read: "):
        read(path)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(UsageError, match=r"^preset folder\.toml cannot be read: .*directory"):
        read(tmp_path / "folder.toml")


@pytest.mark.parametrize("name", ["My Preset", "up_", "-x", "x" * 65])
def test_a_preset_whose_name_cannot_name_a_run_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.toml"
    path.write_text(GOOD)
    with pytest.raises(UsageError, match="lowercase letters, digits and hyphens"):
        read(path)


def test_adding_a_preset_is_adding_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(GOOD)
    (tmp_path / "notes.txt").write_text("not a preset")
    monkeypatch.setattr(presets, "folder", lambda: tmp_path)
    assert [preset.name for preset in load_all()] == ["mine"]
    assert find("mine").experiment.model == CnnSpec(kind="cnn")


def test_the_wheel_ships_them_where_they_are_looked_for() -> None:
    checkout = Path(presets.__file__).parents[1]
    project = tomllib.loads((checkout / "pyproject.toml").read_text())
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert shipped["presets"] == "tuilab/preset_files"
    assert presets.folder() in {checkout / "presets", checkout / "tuilab" / "preset_files"}
    assert len(list((checkout / "presets").glob("*.toml"))) == len(load_all())
