"""Centred kernel alignment: what its definition says, sum by sum, and blind to what it must be blind to."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tuilab.engine.probes.alignment import Gram, alignment, gram, unbiased_hsic


def features(seed: int, n: int = 12, width: int = 5) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(size=(n, width))


def aligned(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    found = alignment([(gram(first), gram(second))])
    assert found is not None
    return found


def by_its_definition(k: Gram, l: Gram) -> float:  # noqa: E741
    """HSIC as a mean over all different images: of two, of four, of three (Song et al. 2012)."""
    places = range(len(k))
    two = np.mean([k[i, j] * l[i, j] for i, j in permutations(places, 2)])
    four = np.mean([k[i, j] * l[q, r] for i, j, q, r in permutations(places, 4)])
    three = np.mean([k[i, j] * l[i, q] for i, j, q in permutations(places, 3)])
    return float(two + four - 2 * three)


@pytest.mark.parametrize("n", [4, 5, 9])
def test_the_estimate_is_its_definition_summed_over_all_different_images(n: int) -> None:
    first, second = features(1, n), features(2, n, 3)
    k, l = first @ first.T, second @ second.T  # noqa: E741
    assert unbiased_hsic(k, l) == pytest.approx(by_its_definition(k, l), rel=1e-9)


def test_it_is_unbiased_where_the_usual_estimate_is_not() -> None:
    """Features that have nothing to do with each other: 0 in the mean, whatever the number of images."""
    found, usual = [], []
    for seed in range(400):
        k, l = (gram(features(2 * seed + which, 6, 20)) for which in (0, 1))  # noqa: E741
        found.append(alignment([(k, l)]))
        usual.append((k * l).sum() / np.sqrt((k * k).sum() * (l * l).sum()))
    assert np.mean(np.array(found, float)) == pytest.approx(0, abs=0.05)
    assert np.mean(usual) > 0.7


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_it_is_blind_to_rotation_factor_and_shift(seed: int, factor: float, shift: float) -> None:
    first, second = features(seed), features(seed + 1)
    turned = np.linalg.qr(features(seed + 2, 5, 5))[0]
    wanted = aligned(first, first + second)
    assert aligned(factor * first @ turned + shift, first + second) == pytest.approx(wanted, abs=1e-6)
    assert aligned(first + second, first) == pytest.approx(wanted, abs=1e-9)


@given(st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6), st.integers(1, 4))
def test_the_same_features_give_exactly_1(seed: int, factor: float, batches: int) -> None:
    grams = [gram((factor * features(seed + n)).astype(np.float32)) for n in range(batches)]
    assert alignment([(one, one.copy()) for one in grams]) == 1.0


def test_the_estimates_of_batches_are_added_before_they_are_divided() -> None:
    pairs = [(gram(features(n)), gram(features(n) + features(n + 10))) for n in range(3)]
    both, ours, theirs = (
        sum(by_its_definition(pair[a], pair[b]) for pair in pairs) for a, b in ((0, 1), (0, 0), (1, 1))
    )
    assert alignment(pairs) == pytest.approx(both / np.sqrt(ours * theirs), rel=1e-9)


def test_the_features_of_a_map_are_all_its_numbers() -> None:
    maps = np.random.default_rng(0).normal(size=(6, 2, 2, 3))
    centred = maps.reshape(6, 12) - maps.reshape(6, 12).mean(axis=0)
    np.testing.assert_allclose(gram(maps), [[a @ b for b in centred] for a in centred], atol=1e-12)


def test_a_layer_that_says_the_same_of_all_images_has_no_alignment() -> None:
    assert alignment([(gram(np.ones((6, 3))), gram(features(1, 6)))]) is None
