"""Quantiles of intervals, against scipy.stats."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tuilab.sweeps.student import quantile


@given(st.floats(1, 1e5))
def test_an_interval_reaches_as_far_as_t_has_it(freedom: float) -> None:
    assert quantile(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-9)


@pytest.mark.parametrize("freedom", [1e6, 1e9, math.inf])
def test_with_very_many_degrees_of_freedom_it_is_normal(freedom: float) -> None:
    assert quantile(freedom) == pytest.approx(stats.norm.ppf(0.975), rel=3e-6)
