"""The training loop against plain Keras, against itself, and against formulas."""

import math
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from small_experiments import (
    CLASSES,
    MOMENTUM,
    new_trainer,
    one_hot,
    small_cnn,
    small_experiment,
    small_split,
    unit,
    values,
)

from tuilab.engine import evaluation, networks, pixels, training
from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.splits import epoch_order
from tuilab.engine.telemetry import Throttle
from tuilab.errors import RunError
from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.runs.journal.records import Batch, Epoch, Phase

pytestmark = pytest.mark.usefixtures("deterministic")


def notebook(batch_norm: bool, l2: float) -> Any:
    """The small CNN as a notebook would write it."""
    layers = keras.layers

    def decay() -> Any:
        return keras.regularizers.L2(l2) if l2 else None

    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Conv2D(4, 3, padding="same", kernel_regularizer=decay()),
            *([layers.BatchNormalization(momentum=0.8)] if batch_norm else []),
            layers.ReLU(),
            layers.MaxPooling2D(4),
            layers.Flatten(),
            layers.Dense(8, kernel_regularizer=decay()),
            *([layers.BatchNormalization(momentum=0.8)] if batch_norm else []),
            layers.ReLU(),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )


@pytest.mark.parametrize(
    ("batch_norm", "count", "l2"),
    [(True, 48, 0.01), (False, 42, 0.0)],
    ids=["batch normalization and a penalty", "a last batch of 10"],
)
def test_an_epoch_is_the_epoch_of_plain_keras(batch_norm: bool, count: int, l2: float) -> None:
    """Same initial weights, same order of images: same weights, accuracy, loss and validation."""
    training_part, validation = small_split(count), small_split(30, seed=9)
    model = small_cnn(batch_norm=batch_norm, bn_momentum=0.8, l2=l2)
    network = networks.build(model, CLASSES)
    plain = notebook(batch_norm, l2)
    plain.set_weights(network.get_weights())

    records: list[Any] = []
    new_trainer(small_experiment(model), network, training_part, report=records.append).fit(validation)
    epoch = records[-1]

    order = epoch_order(count, seed=1, epoch=1)
    plain.compile(
        keras.optimizers.SGD(0.05, momentum=0.9), loss="categorical_crossentropy", metrics=["accuracy"]
    )
    history = plain.fit(
        unit(training_part.images[order]),
        one_hot(training_part.labels[order]),
        batch_size=16,
        epochs=1,
        shuffle=False,
        validation_data=(unit(validation.images), one_hot(validation.labels)),
        verbose=0,  # pyright: ignore[reportArgumentType]
    ).history

    for ours, theirs in zip(network.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert isinstance(epoch, Epoch)
    assert epoch.accuracy == pytest.approx(history["accuracy"][0], abs=1e-6)
    assert epoch.cross_entropy + epoch.penalty == pytest.approx(history["loss"][0], rel=1e-5)
    assert (epoch.penalty > 0) is (l2 > 0)
    assert epoch.val_accuracy == pytest.approx(history["val_accuracy"][0], abs=1e-6)
    penalty_after = float(sum(network.losses))
    assert epoch.val_cross_entropy + penalty_after == pytest.approx(history["val_loss"][0], rel=1e-5)
    assert epoch.learning_rate == 0.05


def history(model: CnnSpec, seed: int = 1, epochs: int = 2) -> list[Epoch]:
    """Train from the seed on, as the worker does; seconds are left out."""
    keras.utils.set_random_seed(seed)
    records: list[Any] = []
    experiment = small_experiment(model, epochs=epochs, seed=seed)
    network = networks.build(model, CLASSES)
    new_trainer(experiment, network, small_split(40), report=records.append).fit(small_split(20, seed=9))
    return [r.model_copy(update={"seconds": 0.0}) for r in records if isinstance(r, Epoch)]


def test_the_same_seed_gives_the_same_history_to_the_last_digit_and_another_seed_another() -> None:
    model = small_cnn(batch_norm=True, dropout=0.3)
    first, again, other = history(model), history(model), history(model, seed=2)
    assert [epoch.epoch for epoch in first] == [1, 2]
    assert first == again
    assert first[0].cross_entropy != other[0].cross_entropy


def test_batch_normalizations_momentum_changes_validation_alone() -> None:
    """LAB.md: ``bn`` and ``bn-momentum`` have identical training numbers to the last digit."""
    slow = history(small_cnn(batch_norm=True, bn_momentum=0.99, dropout=0.2))
    quick = history(small_cnn(batch_norm=True, bn_momentum=0.8, dropout=0.2))
    trained = ("accuracy", "cross_entropy", "penalty", "gradient_norm")
    for a, b in zip(slow, quick, strict=True):
        assert [getattr(a, name) for name in trained] == [getattr(b, name) for name in trained]
        assert a.val_cross_entropy != b.val_cross_entropy


@pytest.mark.parametrize("clip_norm", [None, 0.001])
def test_the_gradient_norm_is_that_of_all_gradients_together_before_clipping(clip_norm: float | None) -> None:
    split = small_split(16)
    model = small_cnn(l2=0.05)
    network = networks.build(model, CLASSES)
    plain = notebook(batch_norm=False, l2=0.05)
    plain.set_weights(network.get_weights())
    with tf.GradientTape() as tape:
        probabilities = plain(unit(split.images), training=True)
        likelihood = tf.reduce_sum(probabilities * one_hot(split.labels), axis=-1)
        loss = -tf.reduce_mean(tf.math.log(likelihood)) + tf.add_n(plain.losses)
    gradients: Any = tape.gradient(loss, [v.value for v in plain.trainable_variables])
    by_hand = math.sqrt(sum(np.square(g.numpy().astype(np.float64)).sum() for g in gradients))
    experiment = small_experiment(model, MOMENTUM.model_copy(update={"clip_norm": clip_norm}))
    means = new_trainer(experiment, network, split).train_epoch(1)
    assert means["gradient_norm"] == pytest.approx(by_hand, rel=1e-4)


def test_the_gradient_norm_of_an_overflowed_mixed_float16_step_is_not_counted() -> None:
    """Such a step is left out: the epoch's mean is that of the steps that were taken."""
    keras.config.set_dtype_policy("mixed_float16")
    experiment = small_experiment(precision="mixed_float16", batch_size=4)
    trainer = new_trainer(experiment, networks.build(small_cnn(), CLASSES), small_split(64))
    optimizer = trainer.steps.optimizer
    optimizer.dynamic_scale.assign(2.0**22)
    means = trainer.train_epoch(1)
    assert 1 < float(optimizer.dynamic_scale) < 2.0**22, "some steps overflowed, and some did not"
    assert int(optimizer.inner_optimizer.iterations) < 16
    assert 0 < means["gradient_norm"] < 100


def test_cross_entropy_is_exact_where_a_probability_is_too_small_for_float32() -> None:
    """From the logits (0, 200, 0) the class 0 costs 200 nats; a clipped probability would say 16."""
    network = networks.build(small_cnn(), CLASSES)
    network.get_layer("classes").kernel.assign(np.zeros((8, CLASSES)))
    network.get_layer("classes").bias.assign([0.0, 200.0, 0.0])
    split = small_split(16)
    split.labels[:] = 0
    trainer = new_trainer(small_experiment(), network, split)
    told = trainer.evaluate(split)
    assert told["accuracy"] == 0 and told["cross_entropy"] == pytest.approx(200, rel=1e-6)
    assert trainer.train_epoch(1)["cross_entropy"] == pytest.approx(200, rel=1e-6)


@pytest.mark.parametrize("size", [1, 7, 29, 30])
def test_what_is_measured_does_not_depend_on_the_batch_it_is_measured_in(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keras.utils.set_random_seed(4)
    split = small_split(30)
    trainer = new_trainer(small_experiment(), networks.build(small_cnn(batch_norm=True), CLASSES), split)
    trainer.train_epoch(1)
    before = trainer.evaluate(split)
    monkeypatch.setattr(evaluation, "batch_of", lambda network: size)
    after = trainer.evaluate(split)
    assert after == pytest.approx(before, rel=1e-6) and after["accuracy"] == before["accuracy"]


def test_evaluation_is_that_of_keras_and_changes_nothing() -> None:
    model = small_cnn(batch_norm=True, dropout=0.5)
    network = networks.build(model, CLASSES)
    split = small_split(30)
    before = values(network)
    done: list[int] = []
    scale = pixels.scaling("unit", split.images)
    told = Evaluator(network, scale, should_stop=lambda: False).evaluate(split, done.append)
    probabilities = np.asarray(network(unit(split.images), training=False)).astype(np.float64)
    picked = probabilities[np.arange(30), split.labels]
    assert done == [30]
    assert told["accuracy"] == np.mean(probabilities.argmax(axis=1) == split.labels)
    assert told["cross_entropy"] == pytest.approx(-np.log(picked).mean(), rel=1e-5)
    after = values(network)
    assert all(np.array_equal(before[path], after[path]) for path in before)


def test_a_training_that_diverges_says_so_with_epoch_step_and_rate() -> None:
    rate = SgdSpec(kind="sgd", learning_rate=1e6, momentum=0.9)
    experiment = small_experiment(optimizer=rate, epochs=9, batch_size=4)
    network = networks.build(small_cnn(l2=0.01), CLASSES)
    with pytest.raises(RunError) as caught:
        new_trainer(experiment, network, small_split(48)).fit(small_split(10))
    sentence = caught.value.sentence
    assert sentence.startswith("the training diverged: the ")
    assert "by epoch 1, step " in sentence and sentence.endswith("(learning rate 1e+06)")
    assert any("optimizer.learning_rate" in remedy for remedy in caught.value.remedies)
    assert any("optimizer.clip_norm" in remedy for remedy in caught.value.remedies)


def test_weights_that_the_last_step_broke_are_no_result() -> None:
    """The training's own numbers are those from before the step: validation is the first to see it."""
    network = networks.build(small_cnn(), CLASSES)
    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(optimizer=SgdSpec(kind="sgd", learning_rate=3e38)),
        network,
        small_split(16),
        report=records.append,
    )
    with pytest.raises(RunError, match=r"validation cross-entropy is (nan|inf) by epoch 1, step 1"):
        trainer.fit(small_split(10))
    assert not any(isinstance(record, Epoch) for record in records)


@pytest.mark.parametrize("steps_before", [0, 1, 2])
def test_a_stop_takes_effect_at_the_next_batch_boundary(steps_before: int) -> None:
    asked = 0

    def should_stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > steps_before

    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(),
        networks.build(small_cnn(), CLASSES),
        small_split(48),
        report=records.append,
        should_stop=should_stop,
    )
    with pytest.raises(StopRequested):
        trainer.fit(small_split(10))
    assert int(trainer.steps.optimizer.iterations) == steps_before
    assert not any(isinstance(record, Epoch) for record in records)


def test_a_stop_is_obeyed_while_validating_and_the_epoch_is_not_told_as_finished() -> None:
    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(),
        networks.build(small_cnn(), CLASSES),
        small_split(16),
        report=records.append,
        should_stop=lambda: any(isinstance(record, Batch) for record in records),
    )
    with pytest.raises(StopRequested):
        trainer.fit(small_split(10))
    assert not any(isinstance(record, Epoch) for record in records)


def test_the_last_batch_is_used_though_it_is_smaller() -> None:
    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(batch_size=4),
        networks.build(small_cnn(), CLASSES),
        small_split(10),
        report=records.append,
    )
    means = trainer.train_epoch(1)
    assert int(trainer.steps.optimizer.iterations) == 3
    assert (records[-1].step, records[-1].steps) == (3, 3)
    assert means["accuracy"] * 10 == pytest.approx(round(means["accuracy"] * 10)), "a share of ten images"


def test_batch_records_are_few_and_the_last_one_of_an_epoch_is_always_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(training, "Throttle", lambda seconds: Throttle(seconds, lambda: now))
    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(batch_size=4, epochs=2),
        networks.build(small_cnn(), CLASSES),
        small_split(40),
        report=records.append,
    )
    trainer.fit(small_split(10))
    assert [(r.kind, r.epoch, getattr(r, "step", None)) for r in records if r.kind != "phase"] == [
        ("batch", 1, 1),
        ("batch", 1, 10),
        ("epoch", 1, None),
        ("batch", 2, 10),
        ("epoch", 2, None),
    ]
    # the epoch's last running mean is the epoch's number
    batches, epochs = ([r for r in records if isinstance(r, kind)] for kind in (Batch, Epoch))
    assert batches[-1].cross_entropy == epochs[-1].cross_entropy


DROPOUT = small_cnn(dropout=0.5, batch_norm=True)


def experiment_with_dropout() -> Experiment:
    return small_experiment(DROPOUT, epochs=2)


def test_an_epoch_trained_alone_from_a_restored_state_is_the_epoch_trained_in_sequence() -> None:
    split = small_split(40)
    trainer = new_trainer(experiment_with_dropout(), networks.build(DROPOUT, CLASSES), split)
    trainer.train_epoch(1)
    weights = trainer.steps.network.get_weights()
    state = [np.array(v.numpy()) for v in trainer.steps.optimizer.variables]
    in_sequence = trainer.train_epoch(2)

    keras.utils.set_random_seed(99)
    alone = new_trainer(experiment_with_dropout(), networks.build(DROPOUT, CLASSES), split)
    alone.steps.network.set_weights(weights)
    for variable, value in zip(alone.steps.optimizer.variables, state, strict=True):
        variable.assign(value)
    assert alone.train_epoch(2) == in_sequence
    for a, b in zip(alone.steps.network.get_weights(), trainer.steps.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_dropout_differs_by_epoch_by_layer_and_by_step() -> None:
    network = networks.build(DROPOUT, CLASSES)
    trainer = new_trainer(experiment_with_dropout(), network, small_split(40))
    generators = [network.get_layer(name).seed_generator for name in ("block1_dropout", "dense_dropout")]
    seeds = []
    for epoch in (1, 2):
        trainer.train_epoch(epoch)
        states = [np.array(generator.state.numpy()) for generator in generators]
        seeds += [int(state[0]) for state in states]
        assert all(state[1] > 0 for state in states), "the counter moves on with each step"
    assert len(set(seeds)) == 4


def test_a_validation_tells_how_far_it_is() -> None:
    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(batch_size=4, epochs=2),
        networks.build(small_cnn(), CLASSES),
        small_split(8),
        report=records.append,
    )
    trainer.fit(small_split(6))
    told = [record for record in records if isinstance(record, Phase)]
    assert all(phase.validates for phase in told)
    assert [(p.done, p.total, p.unit) for p in told if p.done] == [(6, 6, "images")] * 2
    places = [records.index(phase) for phase in told if phase.done]
    assert all(isinstance(records[place + 1], Epoch) for place in places)


def test_the_first_epochs_time_left_counts_its_validation_too() -> None:
    """4 steps of 10 s each for 16 images and 48 images to validate, each a third: 80 s an epoch."""
    now = 0.0

    def clock() -> float:
        return now

    records: list[Any] = []
    trainer = new_trainer(
        small_experiment(batch_size=4, epochs=2),
        networks.build(small_cnn(), CLASSES),
        small_split(16),
        report=records.append,
        clock=clock,
    )
    train = trainer.steps.train

    def slow(places: Any) -> None:
        nonlocal now
        train(places)
        now += 10.0 * len(places)

    trainer.steps.train = slow  # type: ignore[method-assign]
    trainer.fit(small_split(48))
    first = [record for record in records if isinstance(record, Batch) and record.epoch == 1][-1]
    assert (first.step, first.seconds_left) == (4, 120.0)
