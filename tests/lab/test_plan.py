"""What is trained before what: a parent that fits is used, any other is not."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from finished_runs import experiment_of, finished_run
from records import FAILED

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.files import paths
from tuilab.lab.plan import PlannedRun, gather, plan
from tuilab.presets import Preset
from tuilab.runs import store

DIGITS = {"data.source": "digits"}


def asked(preset: str, *assignments: str, parent: str | None = None, **options: Any) -> list[PlannedRun]:
    given = {"data.source": "digits", **{f"training.{key}": value for key, value in options.items()}}
    return plan(preset, assignments, given, parent=parent)


def test_a_preset_that_starts_fresh_is_one_step() -> None:
    (step,) = asked("bn")
    assert (step.preset, step.parent, step.after, step.notes) == ("bn", None, None, [])


def test_a_finished_run_of_the_parents_experiment_is_the_parent() -> None:
    run = finished_run("iteration-i")
    (step,) = asked("iteration-ii")
    assert step.parent == run and step.after is None
    assert step.start().manifest().parent == run.id
    (note,) = step.notes
    assert run.id in note and "iteration-i" in note


def test_of_several_the_newest_is_taken() -> None:
    runs = [finished_run("iteration-i") for _ in range(3)]
    assert asked("iteration-ii")[0].parent == runs[-1]


def test_without_a_parent_it_is_trained_first_on_shared_ground_with_its_own_recipe() -> None:
    before, step = plan(
        "iteration-ii",
        ["model.head.dense=64", "optimizer.learning_rate=0.5", "model.unfreeze=all", "training.batch_size=7"],
        {
            "data.source": "digits",
            "model.weights": "random",
            "training.seed": 5,
            "training.limit": 90,
            "training.epochs": 2,
            "training.precision": "mixed_bfloat16",
            "training.device": "cpu",
        },
    )
    shared = {
        **DIGITS,
        "model.weights": "random",
        "model.head.dense": 64,
        "training.seed": 5,
        "training.limit": 90,
        "training.precision": "mixed_bfloat16",
        "training.device": "cpu",
    }
    assert before.preset == "iteration-i" and before.experiment == experiment_of("iteration-i", shared)
    assert step.after is before and step.parent is None
    assert step.experiment.training.epochs == 2 and before.experiment.training.epochs == 10
    parent = before.start()
    assert step.start().manifest().parent == parent.id
    (note,) = before.notes
    assert "trained first" in note and "iteration-i" in note


def test_a_whole_table_of_settings_is_shared_and_kept_as_its_settings_are() -> None:
    before, step = asked("iteration-ii", "optimizer={kind='sgd', learning_rate=0.5}", "training={epochs=2}")
    assert step.experiment.optimizer.kind == "sgd" and before.experiment.optimizer.kind == "adam"
    assert (step.experiment.training.epochs, before.experiment.training.epochs) == (2, 10)
    assert step.experiment.training.validation == "last-20%"


@pytest.mark.parametrize(
    "settings",
    [
        {"training.seed": 2},
        {"training.limit": 50},
        {"training.precision": "mixed_bfloat16"},
        {"data.source": "/elsewhere"},
        {"data.pixels": "imagenet"},
        {"model.weights": "random"},
        {"model.head.dense": 64},
        {"training.epochs": 1},
        {"optimizer.learning_rate": 0.5},
    ],
)
def test_a_run_of_another_experiment_is_nobodys_parent(settings: dict[str, Any]) -> None:
    finished_run("iteration-i", settings)
    assert [step.preset for step in asked("iteration-ii")] == ["iteration-i", "iteration-ii"]


def test_where_a_parent_trained_does_not_matter() -> None:
    run = finished_run("iteration-i", {"training.device": "gpu:1"})
    assert asked("iteration-ii")[0].parent == run


def test_a_run_that_did_not_finish_or_lost_its_model_is_not_taken() -> None:
    finished_run("iteration-i", last=FAILED)
    finished_run("iteration-i", last=None)
    finished_run("iteration-i", checkpoint=False)
    assert len(asked("iteration-ii")) == 2


def test_a_run_that_started_from_another_model_is_no_parent_although_its_experiment_is_the_same() -> None:
    short = finished_run("iteration-i", {"training.epochs": 1})
    finished_run("iteration-i", parent=short)
    assert len(asked("iteration-ii")) == 2


def test_a_damaged_folder_is_passed_over() -> None:
    run = finished_run("iteration-i")
    (finished_run("iteration-i").folder / "run.json").write_text("{")
    assert asked("iteration-ii")[0].parent == run


@pytest.fixture
def chain(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Presets of which each continues the one before it: first, second, third."""
    base = presets.find("iteration-i")
    made: list[Preset] = [base.model_copy(update={"name": "first"})]
    for name in ("second", "third"):
        experiment = base.experiment.model_copy(update={"continue_from": made[-1].name})
        made.append(base.model_copy(update={"name": name, "experiment": experiment}))
    monkeypatch.setattr(presets, "load_all", lambda: tuple(made))
    return [preset.name for preset in made]


def test_a_chain_of_three_is_trained_from_its_beginning(chain: list[str]) -> None:
    steps = asked("third", seed=3)
    assert [step.preset for step in steps] == chain
    assert steps[2].after is steps[1] and steps[1].after is steps[0] and steps[0].after is None
    assert {step.experiment.training.seed for step in steps} == {3}
    ids = [step.start().id for step in steps]
    assert [run.manifest().parent for run in store.list_runs()] == [None, *ids[:2]]


def test_a_chain_goes_on_from_what_is_there(chain: list[str]) -> None:
    first = finished_run("first")
    assert [step.preset for step in asked("third")] == chain[1:]
    second = finished_run("second", parent=first)
    (step,) = asked("third")
    assert step.parent == second


def test_a_middle_run_with_another_beginning_does_not_carry_the_chain(chain: list[str]) -> None:
    finished_run("second", parent=finished_run("first", {"training.epochs": 1}))
    gone = finished_run("first")
    finished_run("second", parent=gone)
    shutil.rmtree(gone.folder)
    assert [step.preset for step in asked("third")] == chain


def test_presets_that_continue_each_other_in_a_circle_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    base = presets.find("iteration-i")

    def continuing(name: str, other: str) -> Preset:
        experiment = base.experiment.model_copy(update={"continue_from": other})
        return base.model_copy(update={"name": name, "experiment": experiment})

    circle = (continuing("hen", "egg"), continuing("egg", "hen"))
    monkeypatch.setattr(presets, "load_all", lambda: circle)
    with pytest.raises(UsageError, match="hen -> egg -> hen continue each other in a circle"):
        asked("hen")


def test_from_starts_from_that_run_whatever_its_recipe_was() -> None:
    run = finished_run("notebook-i", {"training.epochs": 1, "training.seed": 9})
    finished_run("iteration-i")
    (step,) = asked("iteration-ii", parent=run.id)
    assert step.parent == run and step.start().manifest().parent == run.id


def test_from_a_run_of_another_network_is_refused_with_what_differs() -> None:
    run = finished_run("iteration-i", {"model.head.dense": 64})
    with pytest.raises(UsageError, match=r"model\.head\.dense is 64 there and 256 here"):
        asked("iteration-ii", parent=run.id)
    cnn = finished_run("bn")
    with pytest.raises(UsageError, match=r"different: model\.kind is 'cnn' there and 'transfer' here"):
        asked("iteration-ii", parent=cnn.id)


def test_from_an_unfinished_or_unknown_run_is_refused() -> None:
    run = finished_run("iteration-i", last=FAILED)
    with pytest.raises(UsageError, match=f"--from {run.id} is not allowed: that run did not finish"):
        asked("iteration-ii", parent=run.id)
    with pytest.raises(
        UsageError, match=f"there is no run '2026x'.*did you mean '{run.id[:4]}|tuilab results"
    ):
        asked("iteration-ii", parent="2026x")


@pytest.mark.parametrize("texts", [["training.seed=1", "training.seed=2"], ["training={seed=2}"]])
def test_a_setting_given_twice_is_refused_with_both_values(texts: list[str]) -> None:
    with pytest.raises(UsageError, match=r"training\.seed is given twice: 1 and 2; give it once"):
        gather(texts, {} if len(texts) == 2 else {"training.seed": 1})


def test_relative_paths_mean_the_same_from_every_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    before, step = plan("iteration-ii", [], {"data.source": "images", "model.weights": "~/vgg16.h5"})
    for made in (before.experiment, step.experiment):
        assert made.data.source == str(tmp_path / "images")
        assert made.weights == "/home/somebody/vgg16.h5"


@pytest.mark.parametrize("name", ["cifar10", "digits"])
def test_names_of_images_and_weights_stay_names(name: str) -> None:
    (step,) = plan("iteration-i", [], {"data.source": name, "model.weights": "random"})
    assert (step.experiment.data.source, step.experiment.weights) == (name, "random")


def test_the_home_of_nobody_is_left_to_whoever_reads_the_images() -> None:
    (step,) = plan("bn", [], {"data.source": "~nobody-at-all/images"})
    assert step.experiment.data.source == "~nobody-at-all/images"


def test_weights_for_a_network_without_a_base_are_refused() -> None:
    with pytest.raises(UsageError, match=r"model\.weights cannot be used with preset 'bn'"):
        plan("bn", [], {"model.weights": "random"})
    (step,) = plan("bn", ["model.kind=transfer"], {"model.weights": "random"})
    assert step.experiment.weights == "random"


def test_a_name_longer_than_200_characters_is_refused() -> None:
    assert plan("bn", [], {}, name="n" * 200)[0].name == "n" * 200
    with pytest.raises(UsageError, match="a name of 201 characters is not allowed: it must be at most 200"):
        plan("bn", [], {}, name="n" * 201)


def test_an_unknown_parent_preset_is_named() -> None:
    with pytest.raises(UsageError, match=r"there is no preset 'iteration-1'.*did you mean 'iteration-i'"):
        asked("iteration-ii", "continue_from=iteration-1")


def test_a_step_without_parent_has_none_in_its_manifest() -> None:
    (step,) = asked("bn")
    manifest = step.start().manifest()
    assert (manifest.parent, manifest.preset) == (None, "bn")
    assert manifest.experiment_digest == step.experiment.digest


OWN_PRESET = """
title = "After {parent}"
family = "cnn"
order = 900
lesson = "batch-normalization"
teaches = "x"

[experiment]
continue_from = "{parent}"

[experiment.data]
source = "{source}"

[experiment.model]
kind = "cnn"
{model}

[experiment.optimizer]
kind = "sgd"
"""


def own_preset(model: str = "", *, parent: str = "baseline", source: str = "cifar10") -> None:
    """A person's own preset that starts from another's trained model."""
    folder = paths.config() / "presets"
    folder.mkdir(parents=True)
    (folder / "after.toml").write_text(OWN_PRESET.format(parent=parent, model=model, source=source))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("dense = 64", "its network is different: model.dense is 128 there and 64 here"),
        ("filters = [8]", "its network is different: model.filters is [32, 64, 128] there and [8] here"),
        ("batch_norm = true", "its network is different: model.batch_norm is False there and True here"),
    ],
)
def test_a_parent_of_another_network_is_refused_before_it_is_trained(model: str, said: str) -> None:
    own_preset(model)
    with pytest.raises(UsageError) as caught:
        asked("after")
    assert caught.value.sentence == f"after cannot start from a trained baseline: {said}"
    finished_run("baseline")
    with pytest.raises(UsageError, match="its network is different"):
        asked("after")


def test_a_parent_of_another_kind_is_refused() -> None:
    own_preset(parent="iteration-i")
    with pytest.raises(UsageError, match=r"model\.kind is 'transfer' there and 'cnn' here"):
        asked("after")


def test_a_parent_on_other_images_is_refused_and_shared_ones_are_not() -> None:
    own_preset(source="digits")
    with pytest.raises(
        UsageError, match=r"its images are different: data\.source is 'cifar10' there and 'digits'"
    ):
        plan("after", [], {})
    assert [step.preset for step in asked("after")] == ["baseline", "after"]


def test_a_parent_may_differ_in_what_is_no_tensor() -> None:
    own_preset("dropout = 0.5\nl2 = 0.01")
    assert [step.preset for step in asked("after")] == ["baseline", "after"]


def test_a_step_shares_the_training_of_the_step_before_or_of_a_run() -> None:
    experiment = experiment_of("bn", DIGITS)
    leader = PlannedRun(experiment, "bn")
    sharer = PlannedRun(experiment, "bn", shares_with=leader)
    with pytest.raises(ValueError, match="must be made before"):
        sharer.start()
    run = leader.start()
    assert run.manifest().shares is None and sharer.start().manifest().shares == run.id
    assert PlannedRun(experiment, "bn", shares_with=run).start().manifest().shares == run.id
