import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.smoothing import Smoothed
from tuilab.plots.track import Track

FINITE = st.floats(-1e6, 1e6)


@given(st.lists(FINITE, max_size=60), st.floats(0.0, 0.99))
def test_an_average_weighs_values_by_powers_of_the_weight(values: list[float], weight: float) -> None:
    track = Smoothed(Track(values), weight).track()
    for n, got in enumerate(track.values, start=1):
        weights = [weight ** (n - 1 - k) for k in range(n)]
        wanted = math.fsum(w * v for w, v in zip(weights, values, strict=False)) / math.fsum(weights)
        assert got == pytest.approx(wanted, rel=1e-6, abs=1e-3)


def test_the_first_values_are_not_drawn_towards_zero() -> None:
    track = Smoothed(Track([5.0, 5.0, 5.0]), 0.9).track()
    assert list(track.values) == pytest.approx([5.0, 5.0, 5.0])


def test_the_numbers_are_those_of_tensorboards_loop() -> None:
    values, weight = [1.0, 3.0, 2.0, 8.0], 0.6
    last, wanted = 0.0, []
    for count, value in enumerate(values, start=1):  # resmoothDataset, step by step
        last = last * weight + (1 - weight) * value
        wanted.append(last / (1 - math.pow(weight, count)))
    assert list(Smoothed(Track(values), weight).track().values) == pytest.approx(wanted)


def test_a_value_that_is_not_finite_passes_through_and_is_not_averaged() -> None:
    got = list(Smoothed(Track([1.0, math.nan, math.inf, 1.0]), 0.5).track().values)
    assert got[0] == got[3] == 1.0
    assert math.isnan(got[1]) and got[2] == math.inf


@given(st.lists(FINITE, max_size=40), st.lists(FINITE, max_size=40), st.integers(0, 40))
def test_smoothing_as_values_come_is_smoothing_all_at_once(
    first: list[float], second: list[float], kept: int
) -> None:
    source = Track(first)
    smoothed = Smoothed(source, 0.9)
    smoothed.track()
    kept = min(kept, len(first))
    source.truncate(kept)
    smoothed.truncate(kept)
    for value in second:
        source.append(value)
    assert list(smoothed.track().values) == list(Smoothed(Track(source.values), 0.9).track().values)


@pytest.mark.parametrize("weight", [-0.1, 1.0, math.nan])
def test_a_weight_outside_of_its_range_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="at least 0 and below 1"):
        Smoothed(Track(), weight)
