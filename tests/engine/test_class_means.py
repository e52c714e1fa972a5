"""The nearest class mean: the last layer says what distances say, and nothing is trained."""

import io
import tarfile
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from small_experiments import CLASSES, small_split, transfer, unit

from tuilab.engine import class_means, freezing, networks, pixels
from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.splits import Split
from tuilab.experiment import HeadSpec

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
WEIGHTS = SHARED / "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"
IMAGES = SHARED / "cifar10_jpeg.tar.xz"

MEANS = HeadSpec(classifier="class-means")


def nearest(known: NDArray[Any], labels: NDArray[Any], asked: NDArray[Any], classes: int) -> NDArray[Any]:
    """The squared distance of each row that is asked for to each class's mean: by distances alone."""
    means = [known[labels == label].astype(np.float64).mean(axis=0) for label in range(classes)]
    return np.stack([((asked.astype(np.float64) - mean) ** 2).sum(axis=1) for mean in means], axis=1)


def taught(network: Any, training: Split) -> None:
    class_means.set_class_means(
        network,
        pixels.scaling("unit", training.images),
        training,
        should_stop=lambda: False,
        progress=lambda done: None,
    )


@pytest.fixture(scope="module")
def small() -> Any:
    keras.utils.set_random_seed(1)
    return networks.build(transfer(last_layer="block2_pool", head=MEANS), CLASSES)


def features(network: Any, images: NDArray[Any]) -> NDArray[Any]:
    base = network.get_layer("vgg16")
    return np.asarray(base(unit(images), training=False)).reshape(len(images), -1)


def test_probabilities_are_the_softmax_over_negative_squared_distances(small: Any) -> None:
    training, asked = small_split(90), small_split(40, seed=1)
    taught(small, training)
    distances = nearest(
        features(small, training.images), training.labels, features(small, asked.images), CLASSES
    )
    odds = np.exp(distances.min(axis=1, keepdims=True) - distances)
    np.testing.assert_allclose(
        small(unit(asked.images), training=False), odds / odds.sum(axis=1, keepdims=True), atol=1e-4
    )


def test_it_agrees_with_scikit_learn(small: Any) -> None:
    centroids = pytest.importorskip("sklearn.neighbors").NearestCentroid()
    training, asked = small_split(90), small_split(200, seed=1)
    taught(small, training)
    centroids.fit(features(small, training.images), training.labels)
    theirs = centroids.predict(features(small, asked.images))
    ours = np.argmax(small(unit(asked.images), training=False), axis=1)
    assert (ours == theirs).mean() >= 0.995, "but for an image on the border of two"
    assert len(set(ours)) == CLASSES


def test_nothing_of_it_trains(small: Any) -> None:
    model = transfer(last_layer="block2_pool", head=MEANS)
    record = freezing.check(small, model)
    assert record.trained_tensors == 0 and record.trained_parameters == 0
    assert small.trainable_variables == []


def test_a_class_without_training_images_is_never_the_nearest(small: Any) -> None:
    training = small_split(90)
    two = training.rows(np.flatnonzero(training.labels != 1))
    taught(small, two)
    found = np.asarray(small(unit(training.images), training=False))
    assert set(found.argmax(axis=1)) == {0, 2} and np.isfinite(found).all()
    scale = pixels.scaling("unit", training.images)
    measured = Evaluator(small, scale, should_stop=lambda: False).evaluate(training)
    assert np.isfinite(measured["cross_entropy"])


def test_one_image_of_each_class_is_nearest_to_itself(small: Any) -> None:
    images = small_split(60)
    first = np.array([np.flatnonzero(images.labels == label)[0] for label in range(CLASSES)])
    taught(small, images.rows(first))
    found = np.asarray(small(unit(images.images[first]), training=False))
    assert found.argmax(axis=1).tolist() == list(range(CLASSES))


def test_a_stop_is_heard_between_two_batches(small: Any) -> None:
    heard: list[int] = []
    with pytest.raises(StopRequested):
        class_means.set_class_means(
            small,
            pixels.scaling("unit", small_split(2).images),
            small_split(3000),
            should_stop=lambda: bool(heard),
            progress=heard.append,
        )
    assert len(heard) == 1


@pytest.mark.slow
@pytest.mark.skipif(
    not (WEIGHTS.is_file() and IMAGES.is_file()), reason="needs ../shared/data, which is not committed"
)
def test_real_images_and_real_weights_give_what_keras_and_distances_give() -> None:
    images, labels = real_images(60)
    model = transfer(head=MEANS)
    network = networks.build(model, 10)
    plain = keras.applications.VGG16(weights=str(WEIGHTS), include_top=False, input_shape=(32, 32, 3))
    for layer in network.get_layer("vgg16").layers:
        if layer.weights:
            layer.set_weights(plain.get_layer(layer.name).get_weights())
    training, asked = np.arange(len(labels)) % 60 < 40, np.arange(len(labels)) % 60 >= 40
    taught(network, Split(images[training], labels[training]))
    known = np.asarray(plain.predict(unit(images), verbose=0)).reshape(len(images), -1)  # type: ignore[arg-type]
    distances = nearest(known[training], labels[training], known[asked], 10)
    ours = np.asarray(network(unit(images[asked]), training=False))
    assert (ours.argmax(axis=1) == distances.argmin(axis=1)).mean() > 0.99
    accuracy = (ours.argmax(axis=1) == labels[asked]).mean()
    assert 0.25 < accuracy < 0.5, "far above chance, far below a trained head"


def real_images(each: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """The first test images of each class, class by class."""
    found: dict[str, list[NDArray[np.uint8]]] = {}
    with tarfile.open(IMAGES, "r:xz") as tar:
        for member in tar:
            place = member.name.split("/")
            if member.isfile() and place[0] == "test" and len(found.setdefault(place[1], [])) < each:
                file = tar.extractfile(member)
                assert file is not None
                found[place[1]].append(np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB")))
    stacked = np.concatenate([np.stack(found[name]) for name in sorted(found)])
    return stacked, np.repeat(np.arange(10, dtype=np.int32), each)
