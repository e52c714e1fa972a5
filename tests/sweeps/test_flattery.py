"""How much better the best of many looks than it is, against sweeps whose truth is known."""

import numpy as np
import pytest
from scipy.special import ndtri

from tuilab.sweeps.flattery import excess_of_best, shrunken

TRUTHS = {
    "all the same": lambda random: np.zeros(16),
    "as far apart as the luck": lambda random: random.normal(0, 1, 16),
    "half of them hopeless": lambda random: np.where(np.arange(16) < 8, 0.0, -20.0),
    "a quarter that diverged": lambda random: np.where(
        np.arange(16) < 12, random.normal(0, 0.7, 16), random.uniform(-60, -10, 16)
    ),
    "a hill": lambda random: (
        -np.add.outer(3 * np.linspace(-1, 1, 4) ** 2, 2 * np.linspace(-1, 1, 4) ** 2).ravel()
    ),
    "one far ahead": lambda random: np.where(np.arange(16) == 5, 6.0, 0.0),
}


@pytest.mark.parametrize("truth", TRUTHS)
def test_it_is_near_what_the_best_truly_gains_by_its_luck(truth: str) -> None:
    random = np.random.default_rng(4)
    gained, expected = [], []
    for _ in range(60):
        true = TRUTHS[truth](random)
        measured = true + random.normal(0, 1, 16)
        gained.append(measured.max() - true[measured.argmax()])
        expected.append(excess_of_best(measured, [1.0] * 16))
    # 60 sweeps tell the mean to about an eighth of the luck of one point
    assert np.mean(expected) == pytest.approx(np.mean(gained), abs=0.35)


def test_of_equal_points_it_is_the_expected_maximum_of_so_many_normal_values() -> None:
    # 1.766 standard deviations for 16, from tables of normal order statistics
    places = (np.arange(1, 17) - 0.375) / 16.25
    typical = ndtri(places) * 0.01
    assert excess_of_best(typical, [0.0001] * 16) == pytest.approx(0.01766, rel=0.12)


def test_without_luck_or_without_choice_nothing_is_flattered() -> None:
    assert excess_of_best([0.8], [0.01]) == 0
    assert excess_of_best([0.8, 0.7], [0.0, 0.0]) == 0
    assert excess_of_best([0.9, 0.1], [1e-6, 1e-6]) == 0, "the other had no chance"


def test_equal_measurements_are_as_flattered_as_their_luck() -> None:
    # the expected maximum of two standard normal values is 1/sqrt(pi)
    assert excess_of_best([0.8, 0.8], [0.0001, 0.0001]) == pytest.approx(0.01 / np.sqrt(np.pi), rel=0.05)


def test_the_same_measurements_always_give_the_same_number() -> None:
    means = list(np.random.default_rng(1).normal(0.8, 0.01, 30))
    assert excess_of_best(means, [1e-4] * 30) == excess_of_best(means, [1e-4] * 30)


def test_means_are_shrunken_towards_each_other_and_keep_their_order() -> None:
    measured = np.sort(np.random.default_rng(2).normal(0, 1.2, 40))
    found = shrunken(measured, np.ones(40))
    assert (np.diff(found) >= 0).all()
    assert found.max() < measured.max() and found.min() > measured.min()
    assert found.mean() == pytest.approx(measured.mean(), abs=0.02)


@pytest.mark.parametrize("between", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("within", [0.0, 1.0])
def test_points_of_one_training_are_flattered_by_the_luck_they_share_only_once(
    between: float, within: float
) -> None:
    """Four trainings of four points each, whose luck is mostly that of the training."""
    random, training = np.random.default_rng(8), np.repeat(np.arange(4), 4)
    gained, expected, apart = [], [], []
    for _ in range(80):
        true = random.normal(0, between, 4)[training] + random.normal(0, within, 16)
        measured = true + random.normal(0, 1, 4)[training] + random.normal(0, 0.3, 16)
        gained.append(measured.max() - true[measured.argmax()])
        expected.append(excess_of_best(list(measured), [0.09] * 16, [1.0] * 16, list(training)))
        apart.append(excess_of_best(list(measured), [1.09] * 16))
    assert np.mean(expected) == pytest.approx(np.mean(gained), abs=0.3)
    assert np.mean(apart) > np.mean(gained) + 0.3, "as if each had a luck of its own it would be too much"


def test_where_all_points_share_one_training_its_luck_chooses_none() -> None:
    measured = list(np.random.default_rng(3).normal(0, 0.1, 8))
    alone = excess_of_best(measured, [0.01] * 8)
    assert excess_of_best(measured, [0.01] * 8, [5.0] * 8, ["a"] * 8) == pytest.approx(alone, rel=0.3)
