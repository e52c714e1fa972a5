"""Validation holds what training holds, in whatever order images come."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tuilab.sources.datasets import load_dataset
from tuilab.sources.digits import load_digits
from tuilab.sources.order import divided, held_out_from, limited, ordered_by_class
from tuilab.sources.splitting import shuffled

TEN = np.repeat(np.arange(10, dtype=np.int32), 100)


def blocks(order: list[int]) -> NDArray[np.int32]:
    return np.repeat(np.array(order, np.int32), 100)


def one_row_moved(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.insert(np.delete(labels, 3), len(labels) // 2, labels[3])


IN_ORDER = {
    "ascending": TEN,
    "descending": TEN[::-1],
    "blocks in any order": blocks([3, 1, 4, 0, 5, 9, 2, 6, 8, 7]),
    "ascending but for one row": one_row_moved(TEN),
    "descending but for one row": one_row_moved(TEN[::-1]),
    "two classes, descending": np.repeat(np.array([1, 0], np.int32), 60),
    "many small blocks": np.tile(np.repeat(np.arange(10, dtype=np.int32), 10), 20),
    "a mixed beginning, and other classes at the end": np.concatenate(
        [np.random.default_rng(1).integers(0, 8, 800), np.random.default_rng(2).integers(8, 10, 200)]
    ).astype(np.int32),
    "no class missing at the end, but other shares": np.concatenate(
        [np.tile([0, 0, 0, 1], 200), np.tile([1, 1, 1, 0], 50)]
    ).astype(np.int32),
}


@pytest.mark.parametrize("labels", IN_ORDER.values(), ids=IN_ORDER)
def test_an_order_by_class_is_seen(labels: NDArray[np.int32]) -> None:
    assert ordered_by_class(labels)


@pytest.mark.parametrize("labels", IN_ORDER.values(), ids=IN_ORDER)
def test_a_shuffle_of_the_same_labels_is_left_alone(labels: NDArray[np.int32]) -> None:
    for seed in range(200):
        assert not ordered_by_class(np.random.default_rng(seed).permutation(labels))


def test_chance_is_never_taken_for_an_order() -> None:
    """Whatever the number of images and of classes, and however unlike their shares."""
    rng = np.random.default_rng(0)
    for _ in range(1500):
        images, classes = int(10 ** rng.uniform(1, 3.5)), int(rng.choice([2, 3, 10, 100]))
        shares = rng.dirichlet(np.full(classes, rng.choice([0.1, 1, 100])))
        labels = rng.choice(classes, images, p=shares).astype(np.int32)
        assert ordered_by_class(labels) in {"", "they were sorted by label"}  # where all are of one class
    assert not ordered_by_class(np.tile(np.arange(10, dtype=np.int32), 20))  # dealt in turn: fair too


def test_the_built_in_images_stand_as_they_always_stood() -> None:
    digits = load_digits()
    assert digits.published and shuffled(digits) is digits
    assert digits.digest == "e1851d0ec79b6f84c8573a8852a95a7b4f9b9bffd3f1886821ad8ff036ef89ee"


def written(path: Path, train: NDArray[np.int32]) -> Path:
    def images(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
        return np.broadcast_to((labels * 20).astype(np.uint8)[:, None, None, None], (len(labels), 32, 32, 3))

    test = np.arange(10, dtype=np.int32)
    np.savez(path, x_train=images(train), y_train=train, x_test=images(test), y_test=test)
    return path


@pytest.mark.parametrize("name", [name for name, labels in IN_ORDER.items() if labels.max() == 9])
def test_arrays_in_order_are_shuffled_with_a_seed_that_is_told(tmp_path: Path, name: str) -> None:
    dataset = load_dataset(str(written(tmp_path / "mine.npz", IN_ORDER[name])), seed=3)
    assert "training images shuffled with seed 0 (" in dataset.source
    held = dataset.train_labels[held_out_from(len(dataset.train_labels)) :]
    assert len(np.unique(held)) == len(np.unique(dataset.train_labels[:140])) == 10
    np.testing.assert_array_equal(dataset.train_images[:, 0, 0, 0], dataset.train_labels * 20)


LABELS = st.lists(st.integers(0, 5), min_size=2, max_size=60).map(lambda ls: np.array(ls, np.int32))


def parts(labels: NDArray[np.int32], cut: int) -> tuple[Any, Any, NDArray[np.int64]]:
    order = divided(labels, cut)
    put = labels if order is None else labels[order]
    counts = np.bincount(labels)
    size = len(counts)
    return np.bincount(put[:cut], minlength=size), np.bincount(put[cut:], minlength=size), counts


@given(LABELS)
@settings(max_examples=300, deadline=None)
def test_a_class_of_two_images_is_in_both_parts_where_that_is_possible(labels: NDArray[np.int32]) -> None:
    cut = held_out_from(len(labels))
    trained, held, counts = parts(labels, cut)
    several = counts > 1
    assert (trained + held == counts).all() and held.sum() == len(labels) - cut
    if np.maximum(counts - 1, 0).sum() >= len(labels) - cut:
        assert (trained[counts > 0] > 0).all()
        if several.sum() <= len(labels) - cut:
            assert (held[several] > 0).all()


@given(LABELS)
@settings(max_examples=300, deadline=None)
def test_who_puts_images_in_order_once_finds_them_so(labels: NDArray[np.int32]) -> None:
    cut = held_out_from(len(labels))
    order = divided(labels, cut)
    if order is not None:
        assert sorted(order.tolist()) == list(range(len(labels)))
        assert divided(labels[order], cut) is None


@given(LABELS, st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_a_limit_takes_as_many_classes_as_it_can(labels: NDArray[np.int32], limit: int) -> None:
    order = limited(labels, limit)
    first = (labels if order is None else labels[order])[:limit]
    assert len(np.unique(first)) == min(limit, len(np.unique(labels)))
    assert order is None or limited(labels[order], limit) is None


def test_two_hundred_against_two_and_one_alone() -> None:
    two = np.array([0] * 100 + [1, 1] + [0] * 100, np.int32)
    trained, held, _ = parts(two, held_out_from(202))
    assert (trained.tolist(), held.tolist()) == ([160, 1], [40, 1])
    one = np.array([0] * 200 + [1], np.int32)
    trained, held, _ = parts(one, held_out_from(201))
    assert (trained.tolist(), held.tolist()) == ([159, 1], [41, 0])
