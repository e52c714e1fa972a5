"""Layers before and after: what numpy makes of their features; exactly 1 where nothing could change."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from finished_runs import write
from numpy.typing import NDArray
from records import DIGITS, NETWORK
from small_experiments import CLASSES, small_cnn, small_experiment, small_split, transfer, unit

from tuilab.engine import networks, pixels, trained_model
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.probes import similarity
from tuilab.engine.probes.alignment import alignment, gram
from tuilab.engine.probes.similarity import Grams, batches_of, largest_map
from tuilab.engine.splits import Splits
from tuilab.engine.subject import Subject
from tuilab.engine.telemetry import Reporter
from tuilab.errors import MissingError
from tuilab.experiment import Experiment, HeadSpec
from tuilab.runs import measurements, store
from tuilab.runs.journal.records import Done, WeightsRecord
from tuilab.runs.run import Run
from tuilab.runs.similarity import Similarity
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.usefixtures("deterministic")
IMAGES = small_split(24).images
SMALL_TRANSFER = transfer(last_layer="block2_pool", head=HeadSpec(dense=8), unfreeze="last-2")


def built(model: Any, seed: int = 1) -> Any:
    keras.utils.set_random_seed(seed)
    return networks.build(model, CLASSES)


def features_by_keras(network: Any, images: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
    """What each layer sees, layer for layer, outside of any graph."""
    x: Any = unit(images)
    found = {}
    for outer in network.layers:
        for layer in getattr(outer, "layers", [outer]):
            if type(layer).__name__ == "InputLayer":
                continue
            x = layer(x, training=False)
            found[layer.name] = np.asarray(x)
    return found


@pytest.mark.parametrize(
    "model", [small_cnn(batch_norm=True, dropout=0.5), SMALL_TRANSFER], ids=["a CNN", "a base and a head"]
)
def test_each_layers_gram_matrix_is_that_of_its_flattened_features(model: Any) -> None:
    network = built(model)
    grams = Grams(network, pixels.scaling("unit", IMAGES), lambda: False)
    (found,) = grams.of([IMAGES])
    wanted = features_by_keras(network, IMAGES)
    assert [layer.name for layer in grams.layers] == [
        name for name in wanted if "flatten" not in name and "dropout" not in name
    ]
    for layer, matrix in zip(grams.layers, found, strict=True):
        np.testing.assert_allclose(matrix, gram(wanted[layer.name]), rtol=1e-3, atol=1e-5)


def subject_of(experiment: Experiment, network: Any, stop: Callable[[], bool] = lambda: False) -> Subject:
    """Return a finished run that began with its seed's initial values and ended with a network."""
    run = store.create(experiment, preset="baseline")
    dataset = DIGITS.model_copy(update={"classes": ["0", "1", "2"]})
    source = WeightsRecord(name="-", source="initial values, drawn from seed 1", digest="")
    write(run, [dataset, source, NETWORK, Done(seconds=1.0)])
    split = small_split(24)

    class Nothing:
        def append(self, record: Any, *, durable: bool = False) -> None: ...

    return Subject(
        run=run,
        summary=summarize(run),
        experiment=experiment,
        dataset=dataset,
        parts=Splits(split, split, split),
        scaling=pixels.scaling("unit", split.images),
        network=network,
        report=Reporter(Nothing()),
        should_stop=stop,
    )


def measured(run: Run) -> dict[str, float | None]:
    found = measurements.load(run, "similarity", Similarity)
    return {layer.name: layer.similarity for layer in found.layers}


def test_a_frozen_layer_is_exactly_1_and_what_changed_is_what_numpy_says() -> None:
    experiment = small_experiment(SMALL_TRANSFER)
    network = built(SMALL_TRANSFER)
    before = features_by_keras(network, IMAGES)
    rng = np.random.default_rng(0)
    for variable in network.trainable_variables:  # block2_conv2 and the head
        variable.assign(variable.numpy() + rng.normal(0, 0.1, variable.shape))
    trained = network.get_weights()
    subject = subject_of(experiment, network)
    similarity.measure(subject)
    found = measured(subject.run)
    frozen = ["block1_conv1", "block1_conv2", "block1_pool", "block2_conv1"]
    assert [found[name] for name in frozen] == [1.0] * 4
    after = features_by_keras(network, IMAGES)
    for name in ("block2_conv2", "block2_pool", "dense", "classes"):
        wanted = alignment([(gram(before[name]), gram(after[name]))])
        assert found[name] == pytest.approx(wanted, abs=1e-4) and found[name] != 1
    for one, other in zip(network.get_weights(), trained, strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_begins_with_its_parents_trained_model() -> None:
    experiment = small_experiment(small_cnn())
    parent_network = built(experiment.model, seed=7)
    parent = subject_of(experiment, parent_network).run
    trained_model.save(parent_network, parent.checkpoints, "final", 1)
    run = store.create(experiment, preset="baseline", parent=parent.id)
    subject = subject_of(experiment, built(experiment.model, seed=7))
    child = replace(subject, run=run, summary=summarize(run))
    similarity.measure(child)
    assert {*measured(run).values()} == {1.0}, "nothing was trained since"
    assert parent.id in measurements.load(run, "similarity", Similarity).began_with
    similarity.measure(subject)
    assert measured(subject.run)["classes"] != 1, "another seed than its own"


def test_a_fork_whose_beginning_is_gone_says_so() -> None:
    experiment = small_experiment(small_cnn())
    subject = subject_of(experiment, built(experiment.model))
    run = store.create(experiment, preset="baseline", parent=subject.run.id, forked_at=1)
    fork = replace(subject, run=run, summary=summarize(run))
    with pytest.raises(MissingError, match=f"{run.id} is a fork of {subject.run.id} after epoch 1"):
        similarity.measure(fork)


def test_a_measurement_that_is_not_wanted_any_more_leaves_nothing_and_the_trained_weights() -> None:
    experiment = small_experiment(small_cnn())
    network = built(experiment.model, seed=7)
    asked = iter([False, True])
    subject = subject_of(experiment, network, stop=lambda: next(asked))
    trained = network.get_weights()
    with pytest.raises(StopRequested):
        similarity.measure(subject)
    assert not measurements.path_of(subject.run, "similarity").exists()
    for one, other in zip(network.get_weights(), trained, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("images", "numbers", "batches"),
    [(10_000, 65_536, [128] * 4), (360, 1000, [120] * 3), (5, 1000, [5]), (512, 10**6, [16] * 32)],
    ids=["cifar10", "digits", "few", "large maps"],
)
def test_batches_are_of_one_size_and_no_image_comes_twice(
    images: int, numbers: int, batches: list[int]
) -> None:
    numbered = np.arange(images, dtype=np.int32)[:, None, None, None]
    found = batches_of(numbered, numbers)  # type: ignore[arg-type]
    assert [len(batch) for batch in found] == batches
    places = np.concatenate([batch.ravel() for batch in found])
    assert len({*places.tolist()}) == sum(batches)
    assert images == 5 or places.max() > images // 2, "from all over the test set"


def test_too_few_images_are_refused() -> None:
    with pytest.raises(MissingError, match="3 test images: it takes 4 at least"):
        batches_of(IMAGES[:3], 10)


def test_vgg16s_largest_map_fits_a_whole_batch() -> None:
    assert largest_map(built(transfer())) == 32 * 32 * 64
