"""Steps at growing rates: the numbers of plain Keras, every optimizer, and nothing of them stays."""

import hashlib
from typing import Any

import keras
import numpy as np
import pytest
from small_experiments import CLASSES, small_cnn, small_experiment, small_split

from tuilab.engine import checkpoints, networks, optimizers, pixels, rate_steps
from tuilab.engine.rate_steps import rate_of, restored
from tuilab.engine.splits import epoch_order
from tuilab.engine.step import Steps
from tuilab.experiment import OptimizerSpec, SgdSpec
from tuilab.experiment.optimizers import OPTIMIZERS
from tuilab.rate.curve import growing_rates
from tuilab.rate.said import RateStep

BATCH, SEED = 16, 1
SPLIT = small_split(40)


def built(optimizer: OptimizerSpec, **network: Any) -> tuple[Any, Any]:
    """Return a small network and its optimizer."""
    keras.utils.set_random_seed(SEED)
    experiment = small_experiment(small_cnn(batch_norm=True, **network), optimizer)
    return networks.build(experiment.model, CLASSES), optimizers.build(experiment.optimizer, "float32")


def told_by(
    network: Any, optimizer: Any, rates: list[float], stop_after: int = 10**6
) -> tuple[list[RateStep], str]:
    """Return what a test says."""
    told: list[RateStep] = []
    with rate_of(optimizer) as rate:
        steps = Steps(network, optimizer, pixels.scaling("unit", SPLIT.images), SPLIT, batch=BATCH)
        with restored(network, optimizer):
            ending = rate_steps.train(
                steps,
                rates,
                rate,
                images=len(SPLIT),
                batch=BATCH,
                seed=SEED,
                smoothing=0.0,
                tell=told.append,
                should_stop=lambda: len(told) >= stop_after,
            )
    return told, ending


def digest(network: Any, optimizer: Any) -> str:
    """Return what tells whether any weight, statistic or state is another."""
    found = hashlib.sha256()
    for variable in (*network.weights, *optimizer.variables):
        found.update(np.ascontiguousarray(variable.numpy()).tobytes())
    return found.hexdigest()


def spec(kind: type[Any]) -> Any:
    """Return an optimizer of a kind with its own defaults."""
    return kind.model_validate({"kind": kind.model_fields["kind"].annotation.__args__[0]})


def test_the_losses_are_those_of_plain_keras() -> None:
    rates = growing_rates(1e-4, 0.1, 6)
    network, optimizer = built(SgdSpec(kind="sgd", momentum=0.9), l2=0.01)
    told, ending = told_by(network, optimizer, rates)
    assert ending == "complete" and [step.learning_rate for step in told] == rates

    theirs, _ = built(SgdSpec(kind="sgd", momentum=0.9), l2=0.01)
    theirs.compile(keras.optimizers.SGD(1.0, momentum=0.9), "sparse_categorical_crossentropy")
    orders = [epoch_order(40, SEED, epoch)[:32].reshape(2, 16) for epoch in (1, 2, 3)]
    for step, rows in zip(told, np.concatenate(orders), strict=True):
        theirs.optimizer.learning_rate = step.learning_rate
        loss = theirs.train_on_batch(SPLIT.images[rows] / np.float32(255), SPLIT.labels[rows])
        assert step.loss == pytest.approx(float(np.ravel(loss)[0]), rel=2e-4)
        assert step.penalty > 0


@pytest.mark.parametrize("kind", OPTIMIZERS, ids=lambda kind: kind.keras)
def test_nothing_of_it_stays_whatever_the_optimizer(kind: type[Any]) -> None:
    network, optimizer = built(spec(kind), dropout=0.3)
    optimizer.build(network.trainable_variables)
    for variable in checkpoints.optimizer_state(optimizer):  # as if it had trained before
        variable.assign(np.full(variable.shape, 2, variable.dtype))
    before = digest(network, optimizer)
    told, _ = told_by(network, optimizer, growing_rates(1e-4, 1.0, 20))
    assert len({step.cross_entropy for step in told}) > 5, "it trained"
    assert digest(network, optimizer) == before


def test_a_scheduled_rate_is_overruled_and_comes_back() -> None:
    network, _ = built(SgdSpec(kind="sgd"))
    schedule = keras.optimizers.schedules.CosineDecay(0.5, 100)
    optimizer = keras.optimizers.SGD(schedule)  # type: ignore[arg-type]
    with rate_of(optimizer) as rate:
        optimizer.build(network.trainable_variables)
        rate.assign(0.25)
        assert float(optimizer.learning_rate) == 0.25
    assert float(optimizer.learning_rate) == pytest.approx(0.5)
    told, _ = told_by(network, optimizer, growing_rates(1e-4, 1.0, 20))
    assert len(told) > 5


def test_half_precision_has_its_rate_too() -> None:
    inner = keras.optimizers.Adam(0.1)
    with rate_of(keras.optimizers.LossScaleOptimizer(inner)) as rate:
        rate.assign(0.5)
        assert float(inner.learning_rate) == 0.5


def test_it_stops_where_it_diverges() -> None:
    network, optimizer = built(SgdSpec(kind="sgd"))
    told, ending = told_by(network, optimizer, growing_rates(1.0, 1e9, 60))
    assert ending == "diverged" and 1 < len(told) < 60


def test_it_stops_where_somebody_asks() -> None:
    network, optimizer = built(SgdSpec(kind="sgd"))
    weights = [variable.numpy() for variable in network.weights]
    told, ending = told_by(network, optimizer, growing_rates(1e-4, 1.0, 60), stop_after=3)
    assert ending == "stopped" and len(told) == 3
    assert all(np.array_equal(a, b.numpy()) for a, b in zip(weights, network.weights, strict=True))
