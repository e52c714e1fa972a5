"""What losses come to, against pandas, a bowl whose edge is known by hand, and made curves."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.rate.curve import (
    DIVERGED,
    Watch,
    averages,
    growing_rates,
    read,
)


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.sampled_from([0.0, 0.5, 0.9, 0.98]),
)
def test_the_mean_is_that_of_pandas(values: list[float], smoothing: float) -> None:
    theirs = pd.Series(values).ewm(alpha=1 - smoothing, adjust=True).mean()
    assert averages(np.array(values), smoothing) == pytest.approx(theirs.to_numpy(), rel=1e-9, abs=1e-6)


def test_the_first_mean_is_the_first_value_and_not_pulled_to_0() -> None:
    assert averages(np.array([5.0, 5.0]), 0.99) == pytest.approx([5.0, 5.0])


def test_rates_grow_by_one_factor_to_both_ends() -> None:
    rates = growing_rates(1e-5, 10.0, 300)
    assert (rates[0], rates[-1], len(rates)) == (1e-5, 10.0, 300)
    factors = np.array(rates[1:]) / np.array(rates[:-1])
    assert factors == pytest.approx(np.full(299, 1e6 ** (1 / 299)))


def test_a_straight_fall_keeps_its_place_and_its_slope() -> None:
    rates = growing_rates(1e-4, 1.0, 200)
    losses = [3.0 - 0.5 * math.log(rate / 1e-4) for rate in rates]
    reading = read(rates, losses, 0.95)
    assert reading.losses == pytest.approx(3.0 - 0.5 * np.log(reading.rates / 1e-4))
    assert reading.steepest is not None
    assert reading.steepest.fall == pytest.approx(0.5 * math.log(2))
    assert reading.edge is None, "it never grew"


def bowl(rates: list[float], curvature: float) -> list[float]:
    """Return the loss before each step of gradient descent in one dimension: w becomes (1 - rate L) w."""
    weight, losses = 1.0, []
    for rate in rates:
        losses.append(0.5 * curvature * weight**2)
        weight *= 1 - rate * curvature
    return losses


@pytest.mark.parametrize("curvature", [0.5, 4.0, 100.0])
def test_the_edge_of_a_bowl_is_at_2_over_its_curvature(curvature: float) -> None:
    """Beyond 2 / L each step is further from the bottom than the one before it."""
    edge = 2 / curvature
    # so near to the edge that the loss is not 0 before it is reached
    rates = growing_rates(0.99 * edge, 1.02 * edge, 400)
    reading = read(rates, bowl(rates, curvature), 0.5)
    assert reading.edge is not None
    assert reading.edge.rate == pytest.approx(edge, rel=6e-3)


@pytest.mark.parametrize("seed", range(5))
def test_the_edge_of_a_bowl_with_noisy_gradients_is_found_over_decades(seed: int) -> None:
    """Gradients of batches keep the weight off the bottom, so that it has something to grow from."""
    rng, curvature, weight = np.random.default_rng(seed), 4.0, 1.0
    rates, losses = growing_rates(1e-3, 10.0, 400), []
    for rate in rates:
        losses.append(2.0 + 0.5 * curvature * weight**2)
        weight -= rate * (curvature * weight + rng.normal(0, 0.5))
        if losses[-1] > 100:
            break
    reading = read(rates[: len(losses)], losses, 0.9)
    assert reading.edge is not None
    assert 0.5 / 2 < reading.edge.rate < 0.5 * 1.2, "2 / 4 = 0.5, rather too low than too high"


def valley(rates: list[float], noise: float = 0.0, seed: int = 1) -> list[float]:
    """Return losses that fall most at 0.01 and grow from 0.3 on."""
    logs = np.log10(rates)
    falling = 2.3 - 1.5 / (1 + np.exp(-4 * (logs + 2)))
    growing = np.clip(logs - math.log10(0.3), 0, None) * 8
    return list(falling + growing + np.random.default_rng(seed).normal(0, noise, len(rates)))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_both_places_are_found_through_noise(noise: float, seed: int) -> None:
    rates = growing_rates(1e-5, 10.0, 300)
    reading = read(rates, valley(rates, noise, seed), 0.9)
    assert reading.steepest is not None and reading.edge is not None
    assert reading.steepest.rate == pytest.approx(0.01, rel=0.6)
    assert 0.15 < reading.edge.rate < 0.6
    assert reading.noise == pytest.approx(noise * math.sqrt(0.1 / 1.9), abs=0.003)
    assert reading.suggested == pytest.approx(0.1 * reading.edge.rate, rel=0.05), "a tenth of the edge"


def test_noise_alone_suggests_nothing() -> None:
    rates = growing_rates(1e-5, 10.0, 300)
    for seed in range(20):
        losses = list(2.3 + np.random.default_rng(seed).normal(0, 0.05, 300))
        reading = read(rates, losses, 0.9)
        assert reading.steepest is None or reading.steepest.fall < 0.08


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_what_comes_behind_a_loss_that_is_no_number_is_left_out(bad: float) -> None:
    rates = growing_rates(1e-5, 10.0, 300)
    losses = valley(rates)[:200] + [bad] * 100
    reading = read(rates, losses, 0.9)
    assert len(reading.rates) == 200 and np.isfinite(reading.losses).all()
    assert reading.edge is not None, "it ended, so it had an edge"


def test_a_few_steps_say_nothing_yet() -> None:
    for count in range(12):
        rates = growing_rates(1e-5, 10.0, 300)[:count]
        reading = read(rates, [2.3 - n / 10 for n in range(count)], 0.9)
        assert reading.steepest is reading.edge is reading.suggested is None


def test_a_steepest_place_close_to_the_edge_is_not_suggested() -> None:
    rates = growing_rates(1e-5, 10.0, 600)
    losses = [2.3 if r < 0.01 else 2.3 - 3 * math.log10(r / 0.01) if r < 0.03 else 5.0 for r in rates]
    reading = read(rates, losses, 0.8)
    assert reading.steepest is not None and reading.edge is not None and reading.suggested is not None
    assert reading.suggested == pytest.approx(reading.edge.rate / 4, rel=0.05)


def test_a_watch_ends_at_4_times_the_best_and_not_before() -> None:
    watch = Watch(0.0)
    told = [watch.diverged(loss) for loss in (2.0, 1.0, 3.9, DIVERGED + 0.01)]
    assert told == [False, False, False, True]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_watch_ends_at_a_loss_that_is_no_number(bad: float) -> None:
    assert Watch(0.9).diverged(bad)
