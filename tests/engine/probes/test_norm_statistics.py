"""A network under other statistics: against Keras layer for layer, NumPy, and a calculation by hand."""

from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from small_experiments import CLASSES, small_cnn, small_split, unit

from tuilab.engine import networks, pixels
from tuilab.engine.probes.norm_statistics import Bench, Way
from tuilab.engine.splits import Split

SEED, BATCH = 5, 16


@pytest.fixture(scope="module")
def network() -> Any:
    """A network whose every weight is drawn, its moving statistics among them."""
    keras.utils.set_random_seed(3)
    made = networks.build(small_cnn(batch_norm=True, dropout=0.3), CLASSES)
    rng = np.random.default_rng(3)
    made.set_weights([np.abs(rng.normal(0.5, 0.4, w.shape)) * np.sign(w + 0.001) for w in made.get_weights()])
    return made


def bench_of(network: Any, images: list[int] | None = None) -> Bench:
    split = small_split(8)
    tick = (images if images is not None else []).append
    return Bench(network, pixels.scaling("unit", split.images), seed=SEED, tick=tick)


def batches(split: Split) -> list[Split]:
    order = np.random.default_rng(SEED).permutation(len(split))
    return [split.rows(rows) for rows in np.array_split(order, round(len(split) / BATCH))]


def through(network: Any, images: NDArray[np.uint8], *, batch: bool) -> tuple[Any, list[NDArray[np.float64]]]:
    """What Keras makes of images, and what reached each batch normalization; moving statistics stay."""
    x, reached, before = unit(images), [], network.get_weights()
    for layer in network.layers[1:]:
        if layer.name.endswith("_bn"):
            reached.append(np.asarray(x, np.float64).reshape(-1, x.shape[-1]))
            x = layer(x, training=batch)
        else:
            x = layer(x, training=False)
    network.set_weights(before)
    return np.asarray(x), reached


def scores(said: NDArray[np.float32], labels: NDArray[np.int32]) -> tuple[float, float]:
    chosen = said[np.arange(len(labels)), labels].astype(float)
    return float((said.argmax(1) == labels).mean()), float(-np.log(chosen).mean())


@pytest.mark.parametrize("batch", [False, True], ids=["moving", "of the batch"])
def test_it_is_what_keras_makes_of_the_same_batches(network: Any, batch: bool) -> None:
    split, seen = small_split(40), list[int]()
    weights = network.get_weights()
    found = bench_of(network, seen).evaluate(split, BATCH, Way(batch, False))
    parts = batches(split)
    said = np.concatenate([through(network, part.images, batch=batch)[0] for part in parts])
    expected = scores(said, np.concatenate([part.labels for part in parts]))
    assert found == pytest.approx(expected, rel=1e-4)
    assert seen == [20, 20] and sum(len(part) for part in parts) == 40
    for before, after in zip(weights, network.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_pooled_statistics_are_those_of_all_values_together(network: Any) -> None:
    split = small_split(50)
    found = bench_of(network).pooled(split, BATCH, dropout=False)
    reached = [through(network, part.images, batch=True)[1] for part in batches(split)]
    for n, (mean, variance) in enumerate(found):
        values = np.concatenate([one[n] for one in reached])
        np.testing.assert_allclose(mean, values.mean(0), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(variance, values.var(0), rtol=1e-3, atol=1e-6)


def test_what_is_held_is_what_evaluates(network: Any) -> None:
    """With the pooled statistics of one batch as moving ones, it is that batch under its own."""
    split, bench = small_split(BATCH), bench_of(network)
    before = bench.held()
    bench.hold(bench.pooled(split, BATCH, dropout=False))
    held = bench.evaluate(split, BATCH, Way(False, False))
    bench.hold(before)
    assert held == pytest.approx(bench.evaluate(split, BATCH, Way(True, False)), rel=1e-4)


def test_dropout_adds_to_a_later_variance_what_is_calculated(network: Any) -> None:
    """Of inputs kept with 1 - p and divided by it, a unit's variance grows by p / (1 - p) sum w² E[x²]."""
    split = small_split(400)
    bench = Bench(network, pixels.scaling("unit", split.images), seed=SEED, tick=lambda images: None)
    assert bench.drops
    without, dropped = (bench.pooled(split, 400, dropout=dropout)[1] for dropout in (False, True))
    first = bench.pooled(split, 400, dropout=True)[0]
    np.testing.assert_allclose(first[1], bench.pooled(split, 400, dropout=False)[0][1], rtol=1e-6)
    x: Any = unit(split.images)
    before = network.get_weights()
    for layer in network.layers[1:]:
        if layer.name == "dense":
            break
        x = layer(x, training=layer.name.endswith("_bn"))
    network.set_weights(before)
    kernel = network.get_layer("dense").kernel.numpy()
    added = 0.3 / 0.7 * (np.asarray(x, float) ** 2).mean(0) @ kernel.astype(float) ** 2
    np.testing.assert_allclose(dropped[1] - without[1], added, rtol=0.3)
    np.testing.assert_allclose((dropped[1] - without[1]).mean(), added.mean(), rtol=0.1)


def test_the_same_seed_leaves_out_the_same(network: Any) -> None:
    split = small_split(40)
    one, other = (bench_of(network).evaluate(split, BATCH, Way(True, True)) for _ in range(2))
    assert one == other != bench_of(network).evaluate(split, BATCH, Way(True, False))
