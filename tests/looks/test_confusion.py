"""Which class is taken for which: counted as by hand, and as scikit-learn counts it."""

import numpy as np
import pytest

from tuilab.looks.confusion import confusion, surest_errors
from tuilab.runs.answers import Answers


def answers(labels: list[int], said: list[int], sure: list[float] | None = None, classes: int = 3) -> Answers:
    """Make answers of which the class that is said has ``sure``, and the others the rest."""
    sure = sure or [0.9] * len(labels)
    probabilities = np.empty((len(labels), classes), np.float32)
    for row, (one, share) in zip(probabilities, zip(said, sure, strict=True), strict=True):
        row[:] = (1 - share) / (classes - 1)
        row[one] = share
    return Answers("test", 3, np.array(labels, np.int32), probabilities)


HAND = answers([0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 1, 1, 0, 2, 2, 1], [0.9, 0.8, 0.95, 0.7, 0.6, 0.9, 0.5, 0.8])


def test_counts_stand_where_what_it_is_meets_what_it_is_taken_for() -> None:
    found = confusion(HAND)
    assert found.counts.tolist() == [[1, 2, 0], [1, 1, 0], [0, 1, 2]]
    assert (found.images, found.accuracy) == (8, 0.5)
    assert [found.recall(n) for n in range(3)] == pytest.approx([1 / 3, 1 / 2, 2 / 3])
    assert [found.precision(n) for n in range(3)] == pytest.approx([1 / 2, 1 / 4, 1])
    assert found.most_confused() == (0, 1, 3), "0 is taken for 1 twice, and 1 for 0 once"


def test_random_answers_are_counted_as_scikit_learn_counts_them() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 7, 500).astype(np.int32)
    made = Answers("test", 1, labels, rng.dirichlet(np.ones(7), 500).astype(np.float32))
    found = confusion(made)
    said = made.probabilities.argmax(axis=1)
    np.testing.assert_array_equal(found.counts, metrics.confusion_matrix(labels, said))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(labels, said))
    recall = metrics.recall_score(labels, said, average=None)
    precision = metrics.precision_score(labels, said, average=None)
    assert [found.recall(n) for n in range(7)] == pytest.approx(recall.tolist())
    assert [found.precision(n) for n in range(7)] == pytest.approx(precision.tolist())


def test_a_class_without_images_and_one_that_is_never_said_have_no_share() -> None:
    found = confusion(answers([0, 0], [0, 2]))
    assert (found.recall(1), found.precision(1)) == (None, None)
    assert found.recall(2) is None and found.precision(2) == 0


def test_a_network_that_is_always_right_confuses_nothing() -> None:
    assert confusion(answers([0, 1, 2], [0, 1, 2])).most_confused() is None
    assert surest_errors(answers([0, 1, 2], [0, 1, 2])).tolist() == []


def test_the_surest_errors_come_first_and_of_equally_sure_ones_the_earlier() -> None:
    assert surest_errors(HAND).tolist() == [2, 1, 7, 4]
    assert surest_errors(HAND, is_a=0).tolist() == [2, 1]
    assert surest_errors(HAND, taken_for=1).tolist() == [2, 1, 7]
    assert surest_errors(HAND, is_a=2, taken_for=1).tolist() == [7]


def test_the_images_behind_a_cell_of_the_diagonal_are_the_right_ones() -> None:
    assert surest_errors(HAND, is_a=2, taken_for=2).tolist() == [5, 6]
