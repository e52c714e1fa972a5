"""Experiments that are one training differ in the momentum of batch normalization alone."""

from typing import Any

import pytest
from experiments import experiments
from hypothesis import HealthCheck, given, settings

from tuilab.experiment import CnnSpec, Experiment, SgdSpec, TransferSpec, with_overrides
from tuilab.experiment.sharing import same_training

CNN = Experiment(model=CnnSpec(kind="cnn", batch_norm=True), optimizer=SgdSpec(kind="sgd"))
TRANSFER = Experiment(model=TransferSpec(kind="transfer"), optimizer=SgdSpec(kind="sgd"))


@pytest.mark.parametrize(
    "changed",
    [
        {"model.bn_momentum": 0.6},
        {"training.device": "gpu:1", "training.features": "off", "training.xla": "on"},
        {"training.keep_checkpoints": "all", "training.probes": ["batch-statistics"]},
    ],
)
def test_momentum_and_what_is_no_part_of_a_digest_leave_the_training_as_it_is(
    changed: dict[str, Any],
) -> None:
    assert same_training(CNN, with_overrides(CNN, changed))


def test_so_does_the_momentum_of_a_transfer_networks_head() -> None:
    assert same_training(TRANSFER, with_overrides(TRANSFER, {"model.head.bn_momentum": 0.5}))
    assert not same_training(TRANSFER, with_overrides(TRANSFER, {"model.head.dropout": 0.1}))
    assert not same_training(TRANSFER, CNN)


@given(experiments, experiments)
@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=50)
def test_of_others_only_those_are_one_training_that_have_one_digest_without_momentum(
    a: Experiment, b: Experiment
) -> None:
    def without(experiment: Experiment) -> dict[str, Any]:
        content = experiment.model_dump()
        for part in (content["model"], content["model"].get("head", {})):
            part.pop("bn_momentum", None)
        for name in ("device", "features", "keep_checkpoints", "probes", "xla"):
            content["training"].pop(name)
        return content

    assert same_training(a, a)
    assert same_training(a, b) == same_training(b, a) == (without(a) == without(b))


@pytest.mark.parametrize(
    "changed",
    [
        {"model.l2": 0.1},
        {"model.bn_position": "after"},
        {"training.seed": 2},
        {"training.epochs": 9},
        {"training.deterministic": False},
        {"training.limit": 9},
        {"optimizer.learning_rate": 0.1},
        {"data.pixels": "imagenet"},
    ],
)
def test_whatever_else_differs_makes_two_trainings(changed: dict[str, Any]) -> None:
    assert not same_training(CNN, with_overrides(CNN, {**changed, "model.bn_momentum": 0.6}))
