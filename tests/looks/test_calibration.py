"""Whether a network is as sure as it is right: against calculations that share nothing with ours."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tuilab.looks.calibration import calibration, fitted_temperature
from tuilab.runs.answers import Answers, Part


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def drawn(images: int, temperature: float, seed: int = 0, part: Part = "test") -> Answers:
    """Make a network whose answers would be as sure as right if its logits were divided by a temperature."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 2, (images, 5))
    true = softmax(logits)
    labels = np.array([rng.choice(5, p=row) for row in true], np.int32)
    return Answers(part, 1, labels, softmax(logits * temperature).astype(np.float32))


def test_the_error_is_the_mean_gap_over_bins_of_equally_many_images() -> None:
    sure = np.array([0.6, 0.7, 0.8, 0.9])
    made = Answers("test", 1, np.array([1, 0, 0, 1], np.int32), np.stack([sure, 1 - sure], 1).astype("f4"))
    found = calibration(made, bins=2)
    # of the two least sure one is right: 0.5 against 0.65; of the others one too: 0.5 against 0.85
    assert [one.images for one in found.bins] == [2, 2]
    assert [one.right for one in found.bins] == [0.5, 0.5]
    assert [one.sure for one in found.bins] == pytest.approx([0.65, 0.85], abs=1e-6)
    assert found.error == pytest.approx((0.15 + 0.35) / 2, abs=1e-6)
    assert (found.bins[0].low, found.bins[0].high) == pytest.approx((0.6, 0.7), abs=1e-6)


def test_the_error_is_that_of_a_loop_over_sorted_images() -> None:
    made = drawn(1003, 1.7)
    sure, right = made.probabilities.max(axis=1), made.probabilities.argmax(axis=1) == made.labels
    pairs = sorted(zip(sure.tolist(), right.tolist(), strict=True), key=lambda pair: pair[0])
    expected, start = 0.0, 0
    for n in range(15):
        size = 1003 // 15 + (n < 1003 % 15)
        part, start = pairs[start : start + size], start + size
        gap = sum(s for s, _ in part) / size - sum(r for _, r in part) / size
        expected += size / 1003 * abs(gap)
    assert calibration(made).error == pytest.approx(expected, abs=1e-6)


def test_the_cross_entropy_is_keras_and_scikit_learns() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    made = drawn(400, 1.0)
    wide = made.probabilities.astype(np.float64)
    expected = metrics.log_loss(made.labels, wide / wide.sum(axis=1, keepdims=True), labels=range(5))
    assert calibration(made).nats == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_the_one_that_the_answers_were_made_with(temperature: float) -> None:
    fitted = fitted_temperature(drawn(20_000, temperature, part="validation"))
    assert fitted == pytest.approx(temperature, rel=0.03)
    fresh = drawn(20_000, temperature, seed=1)
    assert calibration(fresh, temperature=fitted).error < 0.015
    before = calibration(fresh).nats
    assert calibration(fresh, temperature=fitted).nats <= before + 1e-4


def test_the_temperature_is_the_least_of_a_fine_grid() -> None:
    made = drawn(500, 1.8, part="validation")
    logs = np.log(made.probabilities.astype(np.float64))
    grid = np.linspace(0.5, 4, 3501)
    nats = [-np.log(softmax(logs / t)[np.arange(500), made.labels]).mean() for t in grid]
    assert fitted_temperature(made) == pytest.approx(grid[int(np.argmin(nats))], abs=2e-3)


def test_a_temperature_changes_no_answer() -> None:
    made = drawn(300, 2.0)
    assert calibration(made, temperature=3.0).right == pytest.approx(calibration(made).right)


def test_a_probability_of_zero_is_no_infinite_cross_entropy() -> None:
    made = Answers("test", 1, np.array([0, 1], np.int32), np.array([[0, 1], [0, 1]], np.float32))
    found = calibration(made)
    assert np.isfinite(found.nats) and found.error == pytest.approx(0.5)


def test_fewer_images_than_bins_are_a_bin_each() -> None:
    assert len(calibration(drawn(4, 1.0)).bins) == 4
