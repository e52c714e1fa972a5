"""How much seeds differ: by hand, and by how many intervals hold the truth in thousands of made-up sweeps."""

import numpy as np
import pytest
from scipy import stats

from tuilab.sweeps.chance import around, difference, seeds_error
from tuilab.sweeps.spread import Spread, Variance, much_larger, spread_of

Points = list[tuple[int, dict[int, float]]]


def is_about(found: Variance | None, value: float, freedom: float) -> bool:
    assert found is not None
    return (found.value, found.freedom) == pytest.approx((value, freedom))


def points_of(table: np.ndarray) -> Points:
    """Return the points of a table: seeds, trainings, points of a training."""
    return [
        (training, dict(enumerate(table[:, training, point].tolist())))
        for training in range(table.shape[1])
        for point in range(table.shape[2])
    ]


def made(random: np.random.Generator, shape: tuple[int, int, int], luck: tuple[float, float]) -> np.ndarray:
    """Return accuracies, true ones all 0, with the luck of seeds, of trainings, and 1 of each run."""
    seeds, trainings, points = shape
    return (
        random.normal(0, luck[0], (seeds, 1, 1))
        + random.normal(0, luck[1], (seeds, trainings, 1))
        + random.normal(0, 1, (seeds, trainings, points))
    )


def test_it_is_the_mean_squares_of_a_split_plot() -> None:
    seeds, trainings, each = shape = (3, 4, 5)
    table = made(np.random.default_rng(1), shape, (2.0, 1.5))
    found = spread_of(points_of(table))
    assert found is not None and found.apart is not None and found.alike is not None
    # by hand: sums of squares of points by seeds, of trainings by seeds, and of all within points
    within = ((table - table.mean(axis=0)) ** 2).sum() / (trainings * each * (seeds - 1))
    means = table.mean(axis=2)
    both = means - means.mean(axis=0) - means.mean(axis=1, keepdims=True) + means.mean()
    by_training = each * (both**2).sum() / ((trainings - 1) * (seeds - 1))
    rest = table - table.mean(axis=0) - means[..., None] + means.mean(axis=0)[:, None]
    left = (rest**2).sum() / (trainings * (each - 1) * (seeds - 1))
    assert found.one.value == pytest.approx(within)
    assert is_about(found.alike, left, trainings * (each - 1) * (seeds - 1))
    assert found.apart.value == pytest.approx((by_training + (each - 1) * left) / each)


def test_without_shared_trainings_pairs_have_the_error_of_a_two_way_table() -> None:
    table = made(np.random.default_rng(2), (3, 6, 1), (2.0, 0.0))
    found = spread_of(points_of(table))
    assert found is not None and found.alike is None and found.points == 6
    plain = table[:, :, 0]
    rest = plain - plain.mean(axis=0) - plain.mean(axis=1, keepdims=True) + plain.mean()
    assert is_about(found.apart, (rest**2).sum() / 10, 10)
    assert found.one.value == pytest.approx(plain.var(axis=0, ddof=1).mean())


def test_estimates_are_right_on_average_where_trainings_serve_unequally_many_points() -> None:
    random, found = np.random.default_rng(3), []
    for _ in range(1500):
        table = made(random, (3, 4, 4), (1.0, 1.5))
        points = [one for n, one in enumerate(points_of(table)) if n % 4 <= one[0]]  # 1, 2, 3 and 4 points
        again = [(9, {7: float(table[0, 0, 0]), 8: float(table[1, 0, 0])})]
        spread = spread_of(points + again)
        assert spread is not None and spread.apart is not None and spread.alike is not None
        found.append((spread.one.value, spread.apart.value, spread.alike.value))
    assert np.mean(found, axis=0) == pytest.approx((4.25, 3.25, 1.0), rel=0.05)


def test_of_one_point_alone_its_own_seeds_tell() -> None:
    found = spread_of([(0, {0: 0.80, 1: 0.82, 2: 0.87}), (1, {0: 0.5})])
    assert found is not None and found.apart is None and found.alike is None and found.points == 1
    assert is_about(found.one, float(np.var([0.80, 0.82, 0.87], ddof=1)), 2)
    assert spread_of([(0, {0: 0.5}), (1, {0: 0.7})]) is None, "one seed tells nothing of seeds"


def test_points_that_were_all_trained_at_once_have_nothing_apart() -> None:
    found = spread_of([(0, {0: 0.1, 1: 0.3}), (0, {0: 0.2, 1: 0.3})])
    assert found is not None and found.apart is None and found.alike is not None


CASES = {
    "no seed effect": ((3, 16, 1), (0.0, 0.0)),
    "a seed effect": ((3, 16, 1), (0.7, 0.0)),
    "seeds as strong as all else": ((3, 16, 1), (1.0, 0.0)),
    "five seeds, a strong effect": ((5, 9, 1), (3.0, 0.0)),
    "trainings shared": ((3, 4, 4), (0.0, 1.0)),
    "trainings shared, a seed effect": ((3, 4, 4), (0.7, 1.0)),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_in_95_of_100_sweeps(case: str) -> None:
    assert all(0.94 <= share <= 0.96 for share in shares_held(case, 4000))


@pytest.mark.parametrize("case", ["a seed effect", "trainings shared, a seed effect"])
def test_intervals_of_a_few_hundred_sweeps_hold_the_truth_about_as_often(case: str) -> None:
    assert all(0.92 <= share <= 0.98 for share in shares_held(case, 300))


def shares_held(case: str, sweeps: int) -> list[float]:
    """Return how many intervals hold the truth: of a point's mean, of the difference to one trained apart,
    and to one of the same training, where there is such a one."""
    shape, luck = CASES[case]
    random, held = np.random.default_rng(5), []
    for _ in range(sweeps):
        points = points_of(made(random, shape, luck))
        spread = spread_of(points)
        assert spread is not None
        held.append(holds(points, spread, shape[2]))
    return list(np.mean(held, axis=0))


def holds(points: Points, spread: Spread, each: int) -> list[bool]:
    first, other, far = points[0][1], points[1][1], points[-1][1]
    error = seeds_error(list(first.values()), spread.one)
    assert error is not None
    found = [
        around(float(np.mean(list(first.values()))), error[0]),
        difference(first, far, None, spread).interval,
    ]
    found += [difference(first, other, None, spread, alike=True).interval] if each > 1 else []
    return [one is not None and one.low <= 0 <= one.high for one in found]


def test_a_larger_variance_is_told_as_an_f_test_does() -> None:
    for freedom, other in ((1, 20), (2, 30), (8, 8), (40, 10)):
        for deviates in (1.64, 2.33, 3.09):
            critical = float(stats.f.ppf(stats.norm.cdf(deviates), freedom, other))
            assert not much_larger(Variance(0.85 * critical, freedom), Variance(1.0, other), deviates)
            assert much_larger(Variance(1.2 * critical, freedom), Variance(1.0, other), deviates)
    assert much_larger(Variance(0.1, 2), Variance(0.0, 9), 3) and not much_larger(
        Variance(0.0, 2), Variance(0.0, 9), 3
    )
