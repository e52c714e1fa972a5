"""Steps of the optimizers against their papers' formulas in NumPy."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_experiments import CLASSES, new_trainer, small_cnn, small_experiment, small_split, values

from tuilab.engine import networks, optimizers
from tuilab.experiment import AdamSpec, AdamWSpec, OptimizerSpec, SgdSpec
from tuilab.experiment.optimizers import OPTIMIZER_KINDS, OPTIMIZERS, Optimizer, RmspropSpec
from tuilab.experiment.training import Precision

RATE = 0.1


def steps(optimizer: OptimizerSpec, start: list[float], gradients: list[list[float]]) -> Any:
    """The weights after one step a gradient."""
    variable = keras.Variable(np.array(start, np.float32))
    built = optimizers.build(optimizer, "float32")
    for gradient in gradients:
        built.apply([tf.constant(gradient, tf.float32)], [variable])
    return np.asarray(variable.numpy())


@pytest.mark.parametrize("nesterov", [False, True])
def test_sgd_with_momentum(nesterov: bool) -> None:
    gradients = [[1.0, -2.0], [0.5, 3.0], [-4.0, 0.0]]
    weights, velocity = np.array([1.0, 2.0]), np.zeros(2)
    for g in map(np.array, gradients):
        velocity = 0.9 * velocity - RATE * g
        weights = weights + (0.9 * velocity - RATE * g if nesterov else velocity)
    spec = SgdSpec(kind="sgd", learning_rate=RATE, momentum=0.9, nesterov=nesterov)
    np.testing.assert_allclose(steps(spec, [1.0, 2.0], gradients), weights, rtol=1e-6)


def test_plain_sgd_goes_down_the_gradient() -> None:
    moved = steps(SgdSpec(kind="sgd", learning_rate=RATE), [1.0], [[2.0], [2.0]])
    assert moved == pytest.approx([0.6])


def adam(weights: Any, gradients: list[list[float]], decay: float = 0.0) -> Any:
    m = v = np.zeros(2)
    for t, g in enumerate(map(np.array, gradients), start=1):
        weights = weights * (1 - RATE * decay)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        weights = weights - RATE * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
    return weights


def test_adam() -> None:
    gradients = [[1.0, -2.0], [0.5, 3.0], [-4.0, 0.1]]
    moved = steps(AdamSpec(kind="adam", learning_rate=RATE), [1.0, 2.0], gradients)
    np.testing.assert_allclose(moved, adam(np.array([1.0, 2.0]), gradients), rtol=1e-5)


def test_adamw_decays_apart_from_the_gradient() -> None:
    gradients = [[1.0, -2.0], [0.5, 3.0], [-4.0, 0.1]]
    moved = steps(AdamWSpec(kind="adamw", learning_rate=RATE, weight_decay=0.3), [1.0, 2.0], gradients)
    np.testing.assert_allclose(moved, adam(np.array([1.0, 2.0]), gradients, decay=0.3), rtol=1e-5)


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
def test_adamw_decays_kernels_and_leaves_biases_gamma_and_beta_alone(precision: Precision) -> None:
    """With gradients of zero a step is the decay alone."""
    network = networks.build(small_cnn(batch_norm=True), CLASSES)
    for variable in network.trainable_variables:
        variable.assign(np.full(variable.shape, 0.5, np.float32))
    built = optimizers.build(AdamWSpec(kind="adamw", learning_rate=RATE, weight_decay=0.2), precision)
    built.build(network.trainable_variables)
    built.apply([tf.zeros(v.shape) for v in network.trainable_variables], network.trainable_variables)
    for variable in network.trainable_variables:
        kernel = variable.path.endswith("/kernel")
        expected = 0.5 * (1 - RATE * 0.2) if kernel else 0.5
        np.testing.assert_allclose(
            variable.numpy(), expected, rtol=1e-6 if kernel else 0, err_msg=variable.path
        )


def test_adam_with_no_gradient_moves_nothing() -> None:
    assert steps(AdamSpec(kind="adam", learning_rate=RATE), [1.0, 2.0], [[0.0, 0.0]]).tolist() == [1, 2]


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_adam_in_one_pass_is_keras_adam(kind: str, precision: Precision) -> None:
    """A hundred steps on noise, eager ones and those of a graph."""
    rng = np.random.default_rng(0)
    start = rng.normal(size=(6, 5)).astype(np.float32)
    ours, theirs = keras.Variable(start), keras.Variable(start)
    settings: dict[str, Any] = {"learning_rate": 0.01, **({"weight_decay": 0.1} if kind == "adamw" else {})}
    spec = AdamWSpec(kind="adamw", **settings) if kind == "adamw" else AdamSpec(kind="adam", **settings)
    built = optimizers.build(spec, precision)
    plain = keras.optimizers.AdamW(**settings) if kind == "adamw" else keras.optimizers.Adam(**settings)
    built.build([ours])
    plain.build([theirs])
    scale = float(built.scale_loss(1.0))
    in_graph = tf.function(lambda g: built.apply([g * scale], [ours]), autograph=False)
    for n in range(100):
        gradient = tf.constant(rng.normal(size=(6, 5)), tf.float32)
        in_graph(gradient) if n > 50 else built.apply([gradient * scale], [ours])
        plain.apply([gradient], [theirs])
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)
    assert np.abs(theirs.numpy() - start).max() > 0.1
    inner = getattr(built, "inner_optimizer", built)
    assert [v.shape for v in inner.variables] == [v.shape for v in plain.variables]


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_rmsprop_is_that_of_plain_keras_and_of_hintons_formula(momentum: float) -> None:
    gradients = [[1.0, -2.0], [0.5, 3.0], [-4.0, 0.1]]
    spec = RmspropSpec(kind="rmsprop", learning_rate=RATE, rho=0.8, momentum=momentum)
    moved = steps(spec, [1.0, 2.0], gradients)

    variable = keras.Variable(np.array([1.0, 2.0], np.float32))
    plain = keras.optimizers.RMSprop(RATE, rho=0.8, momentum=momentum)
    weights, squares, last = np.array([1.0, 2.0]), np.zeros(2), np.zeros(2)
    for g in map(np.array, gradients):
        plain.apply([tf.constant(g, tf.float32)], [variable])
        squares = 0.8 * squares + 0.2 * g**2
        last = momentum * last + RATE * g / np.sqrt(squares + 1e-7)
        weights = weights - last
    assert moved.tolist() == variable.numpy().tolist()
    np.testing.assert_allclose(moved, weights, rtol=1e-6)


@pytest.mark.parametrize("changed", [{}, {"momentum": 0.9}])
@pytest.mark.parametrize(("kind", "spec"), zip(OPTIMIZER_KINDS, OPTIMIZERS, strict=True))
def test_an_optimizer_remembers_as_many_numbers_of_a_weight_as_its_spec_says(
    kind: str, spec: type[Optimizer], changed: dict[str, float]
) -> None:
    made: Any = spec(kind=kind, **{k: v for k, v in changed.items() if k in spec.model_fields})  # pyright: ignore[reportCallIssue]
    built = optimizers.build(made, "float32")
    built.build([keras.Variable(np.zeros((7, 11), np.float32))])
    assert sum(v.shape == (7, 11) for v in built.variables) == made.memories


@pytest.mark.parametrize(("spec", "kind"), zip(OPTIMIZERS, OPTIMIZER_KINDS, strict=True))
def test_every_optimizer_takes_its_learning_rate_and_clips_all_gradients_together(
    spec: Any, kind: str
) -> None:
    built = optimizers.build(spec(kind=kind, learning_rate=0.0625, clip_norm=2.0), "float32")
    assert isinstance(built, getattr(keras.optimizers, spec.keras))
    assert float(built.learning_rate) == 0.0625
    assert built.global_clipnorm == 2.0 and built.clipnorm is None and built.clipvalue is None


@pytest.mark.parametrize("precision", ["float32", "mixed_float16"])
@pytest.mark.parametrize(("clip", "length"), [(1.0, 1.0), (5.0, 5.0), (100.0, 13.0)])
def test_clipping_shortens_all_gradients_together_and_keeps_their_direction(
    clip: float, length: float, precision: Precision
) -> None:
    variables = [keras.Variable(np.zeros(2, np.float32)), keras.Variable(np.zeros(1, np.float32))]
    gradients = [np.array([3.0, 4.0]), np.array([12.0])]  # together of length 13
    built = optimizers.build(SgdSpec(kind="sgd", learning_rate=1.0, clip_norm=clip), precision)
    built.build(variables)
    scale = float(built.scale_loss(1.0))
    built.apply([tf.constant(g * scale, tf.float32) for g in gradients], variables)
    step = -np.concatenate([v.numpy() for v in variables])
    np.testing.assert_allclose(step, np.array([3.0, 4.0, 12.0]) * length / 13, rtol=1e-5)


def test_only_mixed_float16_scales_the_loss() -> None:
    sgd = SgdSpec(kind="sgd")
    assert isinstance(optimizers.build(sgd, "mixed_float16"), keras.optimizers.LossScaleOptimizer)
    for precision in ("float32", "mixed_bfloat16"):
        built = optimizers.build(sgd, precision)
        assert type(built) is keras.optimizers.SGD
        assert float(built.scale_loss(3.0)) == 3.0


def test_in_mixed_float16_an_overflowed_step_is_left_out_and_the_scale_halved() -> None:
    variable = keras.Variable(np.ones(2, np.float32))
    built = optimizers.build(SgdSpec(kind="sgd", learning_rate=RATE), "mixed_float16")
    built.build([variable])
    scale = float(built.dynamic_scale)
    built.apply([tf.constant([np.inf, 1.0])], [variable])
    assert variable.numpy().tolist() == [1, 1]
    assert float(built.dynamic_scale) == scale / 2


def test_a_mixed_float16_step_is_the_float32_step_but_for_rounding() -> None:
    data = small_split(16)
    network = networks.build(small_cnn(), CLASSES)
    start = network.get_weights()
    plain = new_trainer(small_experiment(), network, data).train_epoch(1)
    expected = values(network)
    keras.config.set_dtype_policy("mixed_float16")
    half = networks.build(small_cnn(), CLASSES)
    half.set_weights(start)
    means = new_trainer(small_experiment(precision="mixed_float16"), half, data).train_epoch(1)
    # the norm that is told is that of the gradients, not of the scaled ones (32,768 times as long)
    assert means["gradient_norm"] == pytest.approx(plain["gradient_norm"], rel=0.02)
    assert means["cross_entropy"] == pytest.approx(plain["cross_entropy"], rel=0.01)
    for path, value in values(half).items():
        np.testing.assert_allclose(value, expected[path], atol=2e-3, err_msg=path)
