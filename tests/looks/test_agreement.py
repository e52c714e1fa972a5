"""Two runs on the same images: counted by hand, and the chance of it from the binomial coefficients."""

from math import comb

import numpy as np
import pytest

from tuilab.looks.agreement import Agreement


def with_counts(both: int, only_first: int, only_second: int, neither: int) -> Agreement:
    counts = (both, only_first, only_second, neither)
    return Agreement(
        np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)
    )


def test_images_are_counted_and_named() -> None:
    found = with_counts(3, 2, 1, 4)
    assert (found.both, found.neither) == (3, 4)
    assert (found.only_first.tolist(), found.only_second.tolist()) == ([3, 4], [5])


@pytest.mark.parametrize(("ours", "theirs"), [(1, 9), (5, 5), (0, 6), (40, 60), (7, 3)])
def test_the_chance_is_twice_the_tail_of_a_fair_coin(ours: int, theirs: int) -> None:
    tosses = ours + theirs
    tail = sum(comb(tosses, k) for k in range(min(ours, theirs) + 1)) / 2**tosses
    expected = min(2 * tail, 1.0)
    assert with_counts(100, ours, theirs, 50).chance() == pytest.approx(expected, rel=1e-9)


def test_two_that_never_differ_are_no_evidence() -> None:
    assert with_counts(5, 0, 0, 5).chance() == 1.0
