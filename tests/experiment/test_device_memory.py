"""What a training needs of a GPU's memory, against a count by hand."""

import pytest

from tuilab import presets
from tuilab.experiment import Experiment, with_overrides
from tuilab.experiment.device_memory import FIXED_BYTES, device_need, ways_to_need_less


def experiment(**settings: object) -> Experiment:
    """One convolution of 4 filters and a pool of 4, then 8 units and 10 classes; Adam."""
    small = {
        "model.filters": [4],
        "model.convolutions": 1,
        "model.pool": 4,
        "model.dense": 8,
        "model.dropout": 0,
        "training.batch_size": 100,
    }
    changed = {name.replace("__", "."): value for name, value in settings.items()}
    return with_overrides(presets.find("baseline").experiment, {**small, **changed})


PARAMETERS = (27 * 4 + 4) + (8 * 8 * 4 * 8 + 8) + (8 * 10 + 10)
ACTIVATIONS = 2 * 32 * 32 * 4 + 8 * 8 * 4 + 2 * 8 + 10
"""For one image: the convolution and its ReLU, the pool, the dense layer and its ReLU, the classes."""


def test_weights_gradients_optimizer_and_the_activations_of_a_batch_are_counted() -> None:
    adam = device_need(experiment(optimizer__kind="adam"))
    assert adam.weights == 4 * PARAMETERS * (1 + 1 + 2)
    assert (adam.per_image, adam.batch) == (4 * ACTIVATIONS, 100)
    assert adam.total == FIXED_BYTES + adam.weights + 100 * adam.per_image
    assert device_need(experiment(training__limit=30)).batch == 30
    half = device_need(experiment(optimizer__kind="adam", training__precision="mixed_bfloat16"))
    assert (half.weights, half.per_image) == (adam.weights, 2 * ACTIVATIONS)


def test_the_largest_batch_is_the_last_one_that_fits() -> None:
    need = device_need(experiment())
    assert need.largest_batch(need.total) == 100
    assert need.largest_batch(need.total - 1) == 99
    assert need.largest_batch(FIXED_BYTES) == 0


def test_what_makes_it_fit_is_said_as_a_person_types_it() -> None:
    need = device_need(experiment())
    assert ways_to_need_less(experiment(), need.total - 1) == [
        "a smaller batch: --set training.batch_size=99 is the largest that fits",
        "activations of half the size fit: --precision mixed_bfloat16",
    ]
    smaller = need.total - 60 * need.per_image
    (only,) = ways_to_need_less(experiment(), smaller)
    assert "batch_size=40 " in only, "half of it would not fit either"
    half = experiment(training__precision="mixed_bfloat16")
    assert len(ways_to_need_less(half, device_need(half).total - 1)) == 1
    assert ways_to_need_less(experiment(), 1000) == []


@pytest.mark.parametrize("preset", ["iteration-i", "one-shot"])
def test_a_frozen_base_keeps_nothing_for_a_backward_pass(preset: str) -> None:
    need = device_need(presets.find(preset).experiment)
    assert need.per_image < 10_000
