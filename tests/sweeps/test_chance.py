"""What chance makes, against scipy.stats and by hand."""

import math
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tuilab.sweeps.chance import around, difference, seeds_error, wilson
from tuilab.sweeps.spread import Spread, Variance
from tuilab.sweeps.student import quantile

SHARES = st.lists(st.floats(0.1, 0.9), min_size=2, max_size=6, unique=True)


@given(SHARES)
def test_of_its_own_seeds_alone_the_interval_of_a_mean_is_the_t_interval(values: list[float]) -> None:
    error = seeds_error(values, None)
    assert error is not None and not error[1]
    found = around(fmean(values), error[0])
    low, high = stats.t.interval(0.95, len(values) - 1, fmean(values), stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_seeds_of_all_points_count_unless_those_of_a_point_differ_far_more() -> None:
    pool = Variance(1e-4, 30)
    for values, variance, freedom, pooled in (
        ([0.80, 0.81, 0.80], 1e-4, 30, True),
        ([0.80, 0.83, 0.80], 1e-4, 30, True),
        ([0.80, 0.95, 0.80], 0.0075, 2, False),
        ([0.8], 1e-4, 30, True),
    ):
        found = seeds_error(values, pool)
        assert found is not None and found[1] is pooled and found[0].freedom == freedom
        assert found[0].value == pytest.approx(variance / len(values))


def test_one_seed_tells_nothing_of_seeds() -> None:
    assert seeds_error([0.5], None) is None


@given(st.integers(1, 5000), st.data())
def test_the_interval_of_images_is_wilsons(images: int, data: st.DataObject) -> None:
    correct = data.draw(st.integers(0, images))
    found = wilson(correct / images, images)
    theirs = stats.binomtest(correct, images).proportion_ci(method="wilson")
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(SHARES, st.data())
def test_shared_seeds_are_compared_in_pairs(ours: list[float], data: st.DataObject) -> None:
    theirs = data.draw(st.lists(st.floats(0.1, 0.9), min_size=len(ours), max_size=len(ours)))
    found = difference(dict(enumerate(ours)), dict(enumerate(theirs)), None, None)
    assert found.value == pytest.approx(fmean(ours) - fmean(theirs)) and found.paired == len(ours)
    reach = stats.t.ppf(0.975, len(ours) - 1) * stats.sem([a - b for a, b in zip(ours, theirs, strict=True)])
    assert found.reach == pytest.approx(reach, abs=1e-12)


@given(SHARES, SHARES)
def test_other_seeds_are_compared_as_welch_has_it(ours: list[float], theirs: list[float]) -> None:
    found = difference(dict(enumerate(ours)), {100 + n: value for n, value in enumerate(theirs)}, None, None)
    welch = stats.ttest_ind(ours, theirs, equal_var=False).confidence_interval(0.95)
    assert found.interval is not None and found.paired == 0
    assert (found.interval.low, found.interval.high) == pytest.approx((welch.low, welch.high), abs=1e-9)


SPREAD = Spread(Variance(9e-4, 12), Variance(4e-4, 20), Variance(1e-4, 24), 12)
"""Of one seed, of points trained apart, of points of one training."""


def test_both_kinds_of_chance_add_up() -> None:
    found = difference({0: 0.80, 1: 0.84}, {7: 0.70, 8: 0.70}, 1000, SPREAD)
    seeds, images = 9e-4 * (1 / 2 + 1 / 2), (0.82 * 0.18 + 0.7 * 0.3) / 1000
    assert found.seeds == pytest.approx(math.sqrt(seeds)) and found.images == pytest.approx(math.sqrt(images))
    freedom = (seeds + images) ** 2 / (seeds**2 / 12)
    assert found.reach == pytest.approx(stats.t.ppf(0.975, freedom) * math.sqrt(seeds + images))


@pytest.mark.parametrize(("alike", "variance", "freedom"), [(False, 4e-4, 20), (True, 1e-4, 24)])
def test_pairs_have_the_error_of_all_pairs_that_are_trained_as_they_are(
    alike: bool, variance: float, freedom: int
) -> None:
    found = difference({0: 0.80, 1: 0.81, 2: 0.80}, {0: 0.78, 1: 0.8, 2: 0.79}, None, SPREAD, alike=alike)
    assert found.paired == 3 and found.images is None
    assert found.reach == pytest.approx(stats.t.ppf(0.975, freedom) * math.sqrt(2 * variance / 3))


def test_what_is_not_known_is_not_counted_and_said_to_be_unknown() -> None:
    one = difference({0: 0.8}, {0: 0.7}, 1000, None)
    assert one.seeds is None and one.images is not None
    assert one.reach == pytest.approx(quantile(math.inf) * one.images)
    nothing = difference({0: 0.8}, {0: 0.7}, None, None)
    assert nothing.interval is None and nothing.value == pytest.approx(0.1)
