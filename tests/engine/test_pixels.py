"""Each scaling against NumPy and against Keras's own preprocessing."""

from typing import Any

import keras
import numpy as np
import pytest

from tuilab.engine import pixels
from tuilab.experiment.experiment import Pixels


@pytest.fixture
def images() -> Any:
    return np.random.default_rng(0).integers(0, 256, (5, 32, 32, 3)).astype(np.uint8)


def scaled(name: Pixels, images: Any, training: Any) -> Any:
    result = np.asarray(pixels.scaling(name, training)(images))
    assert result.dtype == np.float32 and result.shape == images.shape
    return result


def test_unit_divides_by_255(images: Any) -> None:
    images[0, 0, 0] = (0, 255, 51)
    result = scaled("unit", images, images)
    np.testing.assert_allclose(result, images.astype(np.float64) / 255, rtol=1e-6)
    assert result[0, 0, 0].tolist() == pytest.approx([0, 1, 0.2])


def test_standardize_uses_the_training_images_alone(images: Any) -> None:
    training, other = images[:3], images[3:] // 2
    mean = training.astype(np.float64).mean(axis=(0, 1, 2))
    deviation = training.astype(np.float64).std(axis=(0, 1, 2))
    np.testing.assert_allclose(
        scaled("standardize", other, training), (other - mean) / deviation, rtol=1e-4, atol=1e-5
    )
    own = scaled("standardize", training, training).astype(np.float64)
    np.testing.assert_allclose(own.mean(axis=(0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(own.std(axis=(0, 1, 2)), 1, atol=1e-5)


def test_imagenet_is_what_vgg16s_own_preprocessing_makes(images: Any) -> None:
    theirs: Any = np.asarray(keras.applications.vgg16.preprocess_input(images.astype(np.float32)))
    np.testing.assert_allclose(scaled("imagenet", images, images), theirs, atol=1e-4)


def test_imagenet_is_blue_green_red_less_the_means() -> None:
    red = np.zeros((1, 32, 32, 3), np.uint8)
    red[..., 0] = 200
    assert scaled("imagenet", red, red)[0, 0, 0].tolist() == pytest.approx([-103.939, -116.779, 76.32])


def test_channel_statistics_are_numpys_mean_and_deviation(images: Any) -> None:
    images[..., 1] //= 3
    mean, deviation = pixels.channel_statistics(images)
    np.testing.assert_allclose(mean, images.astype(np.float64).mean(axis=(0, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(deviation, images.astype(np.float64).std(axis=(0, 1, 2)), rtol=1e-6)


def test_channel_statistics_keep_a_small_deviation() -> None:
    """One pixel in many that differs by one: E[x^2] - E[x]^2 must not drown in rounding."""
    images = np.full((400, 32, 32, 3), 255, np.uint8)
    images[7, 3, 3] = 254
    share = 1 / (400 * 32 * 32)
    _, deviation = pixels.channel_statistics(images)
    np.testing.assert_allclose(deviation, np.sqrt(share * (1 - share)), rtol=1e-3)


@pytest.mark.parametrize("value", [0, 37, 255])
def test_a_channel_that_never_varies_becomes_zero_not_nan(value: int, images: Any) -> None:
    images[..., 2] = value
    mean, deviation = pixels.channel_statistics(images)
    assert (mean[2], deviation[2]) == (value, 1)
    assert np.all(scaled("standardize", images, images)[..., 2] == 0)
