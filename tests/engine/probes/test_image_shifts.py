"""Images made harder: each way as it is worked out by hand, and the same for every run."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tuilab.engine.probes.image_shifts import SEED, SHIFTS, Shift, shifted


def pictures(count: int = 5, height: int = 32, width: int = 32) -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (count, height, width, 3)).astype(np.uint8)


def blurred(image: NDArray[np.uint8], across: float, down: float) -> NDArray[np.float64]:
    """Each pixel the mean of all, weighted by a bell curve as wide as four deviations; edges repeated."""

    def bell(deviation: float) -> NDArray[np.float64]:
        reach = np.arange(-int(4 * deviation + 0.5), int(4 * deviation + 0.5) + 1)
        weights = np.exp(-(reach**2) / (2 * deviation**2))
        return weights / weights.sum()

    rows, columns = bell(down), bell(across)
    r, c = len(rows) // 2, len(columns) // 2
    padded = np.pad(image.astype(float), ((r, r), (c, c), (0, 0)), mode="edge")
    found = np.zeros(image.shape)
    for i, weight in enumerate(rows):
        for j, other in enumerate(columns):
            found += weight * other * padded[i : i + image.shape[0], j : j + image.shape[1]]
    return found


@pytest.mark.parametrize(("height", "width"), [(32, 32), (64, 48)], ids=str)
@pytest.mark.parametrize("strength", [0.4, 0.7, 1.0])
def test_a_blur_is_a_bell_curve_over_the_neighbours_as_wide_as_the_image_asks(
    strength: float, height: int, width: int
) -> None:
    images = pictures(2, height, width)
    made = shifted(images, Shift("blur", strength))
    for image, found in zip(images, made, strict=True):
        wanted = blurred(image, strength * width / 32, strength * height / 32)
        np.testing.assert_allclose(found, wanted, atol=0.51)  # rounded to whole numbers


def test_noise_is_normal_and_clipped() -> None:
    grey = np.full((40, 32, 32, 3), 128, np.uint8)
    made = shifted(grey, Shift("noise", 0.08)).astype(float) - 128
    assert made.mean() == pytest.approx(0, abs=0.3)
    assert made.std() == pytest.approx(0.08 * 255, rel=0.01)
    assert abs(np.corrcoef(made[0].ravel(), made[1].ravel())[0, 1]) < 0.06, "each image has its own"
    white = shifted(np.full((2, 32, 32, 3), 255, np.uint8), Shift("noise", 0.1))
    assert white.max() == 255 and (white == 255).mean() == pytest.approx(0.5, abs=0.02)


def test_stronger_noise_is_the_same_noise_times_a_factor_and_the_same_for_every_run() -> None:
    images = np.full((3, 32, 32, 3), 128, np.uint8)
    drawn = np.random.default_rng(SEED).standard_normal(images.shape, np.float32)
    for strength in (0.04, 0.10):
        wanted = np.clip(128 + 255 * strength * drawn.astype(float), 0, 255)
        np.testing.assert_allclose(shifted(images, Shift("noise", strength)), wanted, atol=0.51)


def test_contrast_is_taken_from_each_channel_of_each_image_about_its_mean() -> None:
    images = pictures()
    made = shifted(images, Shift("contrast", 0.4))
    for image, found in zip(images, made, strict=True):
        for channel in range(3):
            mean = image[..., channel].astype(float).mean()
            wanted = [[mean + 0.4 * (int(pixel) - mean) for pixel in row] for row in image[..., channel]]
            np.testing.assert_allclose(found[..., channel], wanted, atol=0.51)


@pytest.mark.parametrize("shift", SHIFTS, ids=lambda shift: f"{shift.name}-{shift.strength:g}")
def test_an_image_is_shifted_in_the_same_way_however_many_follow_it(shift: Shift) -> None:
    images = pictures(250)
    made = shifted(images, shift)
    assert made.dtype == np.uint8
    np.testing.assert_array_equal(shifted(images[:3], shift), made[:3])
    np.testing.assert_array_equal(shifted(images[:201], shift), made[:201])
    assert not np.array_equal(made, images)


def test_each_way_comes_from_weak_to_strong() -> None:
    images = pictures(20)
    far: dict[str, list[float]] = {}
    for shift in SHIFTS:
        difference = shifted(images, shift).astype(float) - images
        far.setdefault(shift.name, []).append(float(np.abs(difference).mean()))
    assert [len(distances) for distances in far.values()] == [3, 3, 3]
    assert all(distances == sorted(distances) for distances in far.values())
