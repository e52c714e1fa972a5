"""What was learned and forgotten: against the definition, image by image."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tuilab.looks.forgetting import Change, Forgetting
from tuilab.runs.answers import RightByEpoch

HAND = RightByEpoch(
    "validation",
    (1, 2, 3, 4),
    np.array([[1, 0, 0, 1, 0], [1, 0, 1, 0, 1], [1, 0, 0, 1, 1], [1, 0, 1, 0, 0]], bool),
)


def test_five_images_by_hand() -> None:
    found = Forgetting(HAND)
    assert found.times.tolist() == [0, 0, 1, 2, 1]
    assert found.never.tolist() == [False, True, False, False, False]
    assert found.kept.tolist() == [True, False, False, False, False]
    assert found.lost.tolist() == [False, False, False, True, True]
    assert found.most(2).tolist() == [3, 2]
    assert found.changes == (Change(2, 3, 2, 1), Change(3, 3, 1, 1), Change(4, 2, 1, 2))


def test_one_epoch_forgets_nothing() -> None:
    found = Forgetting(RightByEpoch("test", (1,), HAND.right[:1]))
    assert found.changes == () and found.times.sum() == 0 and found.most(5).tolist() == []


@given(arrays(np.bool_, st.tuples(st.integers(1, 8), st.integers(1, 12))))
def test_any_history_adds_up(right: np.ndarray) -> None:
    found = Forgetting(RightByEpoch("validation", tuple(range(1, len(right) + 1)), right))
    for image in range(right.shape[1]):
        history = right[:, image].tolist()
        forgotten = sum(1 for before, now in pairwise(history) if before and not now)
        assert found.times[image] == forgotten
        assert found.never[image] == (not any(history))
        first = history.index(True) if any(history) else len(history)
        assert found.kept[image] == (any(history) and all(history[first:]))
        assert found.lost[image] == (any(history) and not history[-1])
    ours = int(right[0].sum()) + sum(change.gained - change.lost for change in found.changes)
    assert ours == right[-1].sum()
    assert sum(change.lost for change in found.changes) == found.times.sum()
