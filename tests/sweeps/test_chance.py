"""What chance makes, against scipy.stats and by hand."""

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tuilab.sweeps.chance import (
    difference,
    measured_difference,
    over_seeds,
    pooled,
    quantile,
    wilson,
)

SHARES = st.lists(st.floats(0.1, 0.9), min_size=2, max_size=6, unique=True)


@given(SHARES)
def test_the_interval_over_seeds_is_the_t_interval(values: list[float]) -> None:
    found = over_seeds(values)
    low, high = stats.t.interval(0.95, len(values) - 1, fmean(values), stats.sem(values))
    assert found is not None and (found.low, found.high) == pytest.approx((low, high))


def test_one_seed_tells_nothing_of_seeds() -> None:
    assert over_seeds([0.5]) is None and pooled([[0.5], [0.7]]) is None


@given(st.integers(1, 5000), st.data())
def test_the_interval_of_images_is_wilsons(images: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, images))
    found = wilson(correct / images, images)
    theirs = stats.binomtest(correct, images).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_seeds_are_pooled_over_points_as_in_an_analysis_of_variance() -> None:
    spread = pooled([[0.8, 0.82], [0.5, 0.52, 0.54], [0.9]])
    assert spread is not None and (spread.freedom, spread.points) == (3, 2)
    assert spread.variance == pytest.approx((0.0002 + 0.0008) / 3)


@given(SHARES, st.data())
def test_shared_seeds_are_compared_in_pairs(ours: list[float], data: st.DataObject) -> None:
    theirs = data.draw(st.lists(st.floats(0.1, 0.9), min_size=len(ours), max_size=len(ours)))
    found = measured_difference(dict(enumerate(ours)), dict(enumerate(theirs)), None, None)
    assert found.value == pytest.approx(fmean(ours) - fmean(theirs)) and found.paired == len(ours)
    reach = stats.t.ppf(0.975, len(ours) - 1) * stats.sem([a - b for a, b in zip(ours, theirs, strict=True)])
    assert found.reach == pytest.approx(reach, abs=1e-12)


@given(SHARES, SHARES)
def test_other_seeds_are_compared_as_welch_has_it(ours: list[float], theirs: list[float]) -> None:
    found = measured_difference(
        dict(enumerate(ours)), {100 + n: value for n, value in enumerate(theirs)}, None, None
    )
    welch = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    assert found.interval is not None and found.paired == 0
    assert (found.interval.low, found.interval.high) == pytest.approx((welch.low, welch.high), abs=1e-9)


def test_both_kinds_of_chance_add_up() -> None:
    spread = pooled([[0.80, 0.82, 0.81], [0.70, 0.72, 0.71]])
    assert spread is not None
    found = difference({0: 0.80, 1: 0.84}, {0: 0.70, 1: 0.70}, 1000, spread)
    seeds, images = spread.variance * (1 / 2 + 1 / 2), (0.82 * 0.18 + 0.7 * 0.3) / 1000
    assert found.seeds == pytest.approx(math.sqrt(seeds)) and found.images == pytest.approx(math.sqrt(images))
    freedom = (seeds + images) ** 2 / (seeds**2 / 4)
    assert found.reach == pytest.approx(stats.t.ppf(0.975, freedom) * math.sqrt(seeds + images))


def test_what_is_not_known_is_not_counted_and_said_to_be_unknown() -> None:
    one = difference({0: 0.8}, {0: 0.7}, 1000, None)
    assert one.seeds is None and one.images is not None
    assert one.reach == pytest.approx(quantile(math.inf) * one.images)
    nothing = difference({0: 0.8}, {0: 0.7}, None, None)
    assert nothing.interval is None and nothing.value == pytest.approx(0.1)
