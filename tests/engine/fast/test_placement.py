"""Images are held where they fit, and a step is given the same ones wherever that is."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from tuilab.engine.fast import placement
from tuilab.engine.fast.placement import DEVICE_SHARE, DeviceRows, MemoryRows, place_of
from tuilab.experiment.feature_choice import MEMORY_SHARE

IMAGES = np.zeros((100, 32, 32, 3), np.uint8)


@pytest.fixture
def _memory(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Let so many bytes of main memory be available."""
    available = SimpleNamespace(available=request.param)
    monkeypatch.setattr(placement.psutil, "virtual_memory", lambda: available)


ENOUGH = int(np.ceil(IMAGES.nbytes / MEMORY_SHARE))
ON_CARD = int(np.ceil(IMAGES.nbytes / DEVICE_SHARE))
plenty = pytest.mark.parametrize("_memory", [ENOUGH], ids=["enough memory"], indirect=True)
scarce = pytest.mark.parametrize("_memory", [ENOUGH - 10], ids=["too little memory"], indirect=True)


@plenty
@pytest.mark.usefixtures("_memory")
def test_they_are_on_the_gpu_where_they_fit_there_and_in_main_memory_otherwise() -> None:
    assert place_of(IMAGES, ON_CARD) == "device"
    assert place_of(IMAGES, ON_CARD - 10) == "memory"
    assert place_of(IMAGES, None) == "memory"


@scarce
@pytest.mark.usefixtures("_memory")
def test_what_main_memory_does_not_hold_is_read_from_its_file() -> None:
    assert place_of(IMAGES, None) == "disk"
    assert place_of(IMAGES, 1) == "disk"
    assert place_of(IMAGES, ON_CARD) == "device", "what fits on the card need not fit twice into memory"


def images_of(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    values = np.random.default_rng(0).integers(0, 256, (20, *shape))
    return np.asarray(tf.cast(values, dtype))


CASES = pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((32, 32, 3), tf.uint8),
        ((5, 3, 1), tf.uint8),
        ((8,), tf.uint8),
        ((2, 2, 7), tf.float32),
        ((512,), tf.float32),
        ((2, 2, 3), tf.bfloat16),
        ((9,), tf.float16),
    ],
    ids=["CIFAR-10", "15 bytes", "8 bytes", "float32 maps", "float32", "bfloat16 maps", "float16"],
)


@CASES
@pytest.mark.parametrize("kind", [DeviceRows, MemoryRows], ids=["on the device", "in memory"])
@pytest.mark.parametrize("compiled", [False, True], ids=["plain graph", "XLA"])
def test_a_step_is_given_its_images_and_labels_as_they_are(
    shape: tuple[int, ...], dtype: Any, kind: Any, compiled: bool
) -> None:
    images, labels = images_of(shape, dtype), np.arange(20, dtype=np.int32) % 7
    held, places = kind(images, labels), np.array([3, 19, 0, 3, 7])
    rows = places.astype(np.int64 if kind is DeviceRows else np.int32)
    given, named = tf.function(held.batch, jit_compile=compiled, autograph=False)(tf.constant(rows))
    assert given.dtype == dtype and given.shape[1:] == shape
    np.testing.assert_array_equal(given.numpy(), images[places])
    assert named.numpy().tolist() == labels[places].tolist()


def test_images_that_are_a_view_of_others_are_held_as_they_look() -> None:
    """As the last fifth of the training images is, or those of some classes."""
    images, labels = images_of((4, 4, 3), tf.uint8)[::-2], np.arange(20, dtype=np.int32)[::-2]
    given, named = DeviceRows(images, labels).batch(tf.constant([0, 9], tf.int64))
    np.testing.assert_array_equal(given.numpy(), images[[0, 9]])
    assert named.numpy().tolist() == labels[[0, 9]].tolist()
