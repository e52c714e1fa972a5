"""Moving statistics against those of the batches: worked out again in double precision."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.errors import MissingError
from tuilab.looks.norms import EPSILON, LAST, Batches, Moving, gaps, layers_of, track
from tuilab.runs.step_rows import Column, Layout, StepRows, StepWriter

WIDTHS = {"first": 3, "second": 2}
MOMENTA = (0.6, 0.99)
STEPS = 30


def layout_of(steps: int = STEPS) -> Layout:
    columns = [
        Column(name=f"{name}/{what}", width=1 if what == "factor" else width)
        for name, width in WIDTHS.items()
        for what in ("mean", "variance", "factor")
    ]
    return Layout(columns=tuple(columns), steps=steps)


def rows_of(steps: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    parts = [
        part
        for width in WIDTHS.values()
        for part in (
            rng.normal(2, 0.3, (steps, width)),
            rng.uniform(1, 3, (steps, width)),
            np.full((steps, 1), 0.9),
        )
    ]
    return np.concatenate(parts, axis=1).astype(np.float32)


def recorded(folder: Path, *epochs: np.ndarray, steps: int = STEPS) -> StepRows:
    writer = StepWriter(folder, layout_of(steps))
    for number, rows in enumerate(epochs, start=1):
        writer.begin(number, 0)
        writer.write(rows)
    writer.close()
    return StepRows.of(folder)


def test_every_number_is_the_one_worked_out_in_double_precision(tmp_path: Path) -> None:
    epochs = rows_of(STEPS), rows_of(STEPS, 1), rows_of(7, 2)
    found = gaps(recorded(tmp_path, *epochs), MOMENTA)
    rows = np.concatenate(epochs).astype(float)
    means = rows[:, [0, 1, 2, 7, 8]]
    variances = rows[:, [3, 4, 5, 9, 10]] * 0.9
    for m, momentum in enumerate(MOMENTA):
        of_mean, of_variance = [], []
        mean, variance = np.zeros(5), np.ones(5)
        for batch_mean, batch_variance in zip(means, variances, strict=True):
            of_mean.append(abs(batch_mean - mean) / np.sqrt(batch_variance + EPSILON))
            of_variance.append(abs(batch_variance - variance) / (batch_variance + EPSILON))
            mean = momentum * mean + (1 - momentum) * batch_mean
            variance = momentum * variance + (1 - momentum) * batch_variance
        tall, wide = np.array(of_mean), np.array(of_variance)
        np.testing.assert_allclose(found.mean[:, m], np.median(tall, axis=1), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(found.variance[:, m], np.median(wide, axis=1), rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(found.moving.mean[m], mean, rtol=1e-5)
        np.testing.assert_allclose(found.moving.variance[m], variance, rtol=1e-5)
        np.testing.assert_allclose(found.by_channel[m], tall[-LAST:].mean(axis=0), rtol=1e-3, atol=1e-5)
        for n, own in enumerate((slice(0, 3), slice(3, 5))):
            of_layer = [np.median(gap[-LAST:, own], axis=1).mean() for gap in (tall, wide)]
            np.testing.assert_allclose(found.by_layer[m, n], of_layer, rtol=1e-3, atol=1e-5)
        ended = np.median(tall, axis=1)[STEPS - LAST : STEPS].mean()
        assert found.at_end(1)[0][m] == pytest.approx(ended, rel=1e-3)
        layer, channel = found.widest(momentum)
        assert layer.at + channel == tall[-LAST:].mean(axis=0).argmax()
        followed = track(recorded(tmp_path, *epochs), layer, channel, momentum)
        np.testing.assert_array_equal(followed.batch_mean, means[:, layer.at + channel].astype(np.float32))
        np.testing.assert_allclose(followed.batch_variance, variances[:, layer.at + channel], rtol=1e-5)
        gap = abs(followed.batch_mean - followed.moving_mean) / np.sqrt(followed.batch_variance + EPSILON)
        np.testing.assert_allclose(gap, tall[:, layer.at + channel], rtol=1e-3, atol=1e-5)
    assert found.ends == (30, 60)


@given(st.floats(0, 0.999), st.floats(0.1, 5), st.floats(0.1, 5))
def test_batches_that_are_all_alike_are_approached_by_a_power_of_the_momentum(
    momentum: float, mean: float, variance: float
) -> None:
    moving = Moving((momentum,), 1)
    same = [np.full((40, 1), value, np.float32) for value in (mean, variance, 1)]
    means, variances = moving.through(Batches(*same))
    left = momentum ** np.arange(40)
    np.testing.assert_allclose(means[:, 0, 0], mean * (1 - left), rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(variances[:, 0, 0], variance + (1 - variance) * left, rtol=1e-3, atol=1e-5)


def test_no_momentum_is_measured_on_the_batch_that_it_has_taken_in(tmp_path: Path) -> None:
    """With a momentum of 0, each batch is held against the one before it."""
    rows = rows_of(STEPS)
    found = track(recorded(tmp_path, rows), layers_of(recorded(tmp_path, rows))[0], 0, 0.0)
    np.testing.assert_array_equal(found.moving_mean[1:], rows[:-1, 0])


def test_long_epochs_are_worked_out_in_blocks_and_come_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = recorded(tmp_path, rows_of(STEPS), rows_of(STEPS, 1))
    whole = gaps(records, MOMENTA)
    monkeypatch.setattr("tuilab.looks.norms._BLOCK", 7)
    parts = gaps(records, MOMENTA)
    for name in ("mean", "variance", "by_layer", "by_channel"):
        assert getattr(parts, name).tobytes() == getattr(whole, name).tobytes(), name


def test_what_is_damaged_ends_the_replay_there(tmp_path: Path) -> None:
    records = recorded(tmp_path, rows_of(STEPS), rows_of(STEPS, 1))
    path = tmp_path / "epoch-00001.rows"
    content = bytearray(path.read_bytes())
    content[20 * layout_of().row.itemsize] ^= 1
    path.write_bytes(content)
    assert len(gaps(records, MOMENTA).mean) == 20


def test_nothing_recorded_is_said(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="no batch statistics are recorded yet"):
        gaps(recorded(tmp_path), MOMENTA)
    other = Layout(columns=(Column(name="norm/kernel", width=4),), steps=3)
    with pytest.raises(MissingError, match="are no batch statistics"):
        layers_of(StepRows(tmp_path, other))
