"""What turns features into classes: dense layers, which learn, or class means, which are calculated."""

from typing import Any

import pytest

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import Experiment, with_overrides
from tuilab.experiment.experiment import learns
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.toml import from_toml, to_toml
from tuilab.lab.draft import differences

MEANS = {"model.head.classifier": "class-means"}


def of(preset: str, **settings: Any) -> Experiment:
    """A preset with settings changed; a double underscore stands for the dot."""
    changed = {key.replace("__", "."): value for key, value in settings.items()}
    return with_overrides(presets.find(preset).experiment, changed)


def test_class_means_train_nothing_in_no_epoch_and_continue_nothing() -> None:
    experiment = with_overrides(presets.find("iteration-ii").experiment, MEANS)
    assert not learns(experiment.model)
    assert (experiment.training.epochs, experiment.continue_from) == (0, None)
    assert getattr(experiment.model, "unfreeze", None) == "none"
    assert totals(layer_stack(experiment)).tensors == 0
    assert [layer.name for layer in layer_stack(experiment)][-2:] == ["flatten", "classes"]


def test_a_dense_classifier_learns_again_in_the_usual_epochs() -> None:
    experiment = of("one-shot", model__head__classifier="dense")
    assert learns(experiment.model) and experiment.training.epochs == 5
    assert of("one-shot", model__head__classifier="dense", training__epochs=3).training.epochs == 3


def test_another_classifier_is_another_experiment_and_comes_back_from_toml() -> None:
    experiment = of("one-shot")
    assert from_toml(to_toml(experiment)) == experiment
    assert experiment.digest != of("one-shot", model__head__classifier="dense").digest


def test_a_draft_leads_from_either_to_the_other() -> None:
    still, fine = of("one-shot"), of("iteration-ii")
    for before, after in ((still, fine), (fine, still)):
        assert with_overrides(before, differences(before, after)) == after


NOTHING = "with model.head.classifier = 'class-means' nothing is trained"


@pytest.mark.parametrize(
    ("preset", "settings", "sentence"),
    [
        (
            "one-shot",
            {"training.epochs": 5},
            f"training.epochs = 5 is not allowed: {NOTHING}; it must be 0",
        ),
        (
            "one-shot",
            {"continue_from": "iteration-i"},
            f"continue_from = 'iteration-i' is not allowed: {NOTHING}; leave it out",
        ),
        (
            "one-shot",
            {"model.unfreeze": "last-3"},
            "model.unfreeze = 'last-3' is not allowed: with head.classifier = 'class-means' nothing is "
            "trained; it must be none",
        ),
        (
            "bn",
            {"training.epochs": 0},
            "training.epochs = 0 is not allowed: it must be a whole number from 1 to 100,000",
        ),
        (
            "iteration-i",
            {"model.head.classifier": "means"},
            "model.head.classifier = 'means' is not allowed: it must be dense or class-means",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_in_a_sentence(
    preset: str, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        with_overrides(presets.find(preset).experiment, settings)
    assert caught.value.sentence.startswith(sentence)


def test_a_pool_has_nothing_to_train_and_may_be_named() -> None:
    assert of("one-shot", model__unfreeze="last-1").digest
