"""How long a sweep still takes follows from what its trials took, and is not made up."""

import boards
import pytest

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.remaining import seconds_left
from tuilab.sweeps.spec import Value

RUN = 12.5 * boards.EPOCHS
"""Seconds that a whole made-up run takes."""


def of(*trials: Trial) -> Board:
    return boards.board(boards.sweep(boards.GRID[:1]), trials)


def point(number: int) -> dict[str, Value]:
    return boards.grid_points(boards.sweep(boards.GRID[:1]))[number]


def test_what_is_left_is_shared_by_those_that_train() -> None:
    done = boards.trial(0, point(0), (0.8, 0.8, 0.8))
    one = of(done, boards.running(1, point(1), (0.8, 0.8, 0.8)), boards.waiting(2, point(2)))
    # trial 1: one run whole, three of five epochs of the next; trial 3 is not asked for yet
    left = (2 - 3 / 5) * RUN + 3 * RUN + 3 * RUN
    assert seconds_left(one) == pytest.approx(left)
    two = of(
        done, *(boards.running(n, point(n), (0.8, 0.8, 0.8)) for n in (1, 2)), boards.waiting(3, point(3))
    )
    assert seconds_left(two) == pytest.approx(((2 - 3 / 5) * 2 * RUN + 3 * RUN) / 2)


def test_the_first_epochs_tell_it_before_a_trial_is_done() -> None:
    first = boards.stopped_early(0, point(0), 0.8, epochs=2).model_copy(update={"state": "running"})
    runs = (first.runs[0].model_copy(update={"state": "running"}), *first.runs[1:])
    found = of(first.model_copy(update={"runs": runs}), *(boards.waiting(n, point(n)) for n in (1, 2, 3)))
    assert seconds_left(found) == pytest.approx((12 - 2 / 5) * RUN)


def test_nothing_is_said_where_nothing_is_known_or_nothing_trains() -> None:
    assert seconds_left(of(*(boards.waiting(n, point(n)) for n in range(4)))) is None
    assert seconds_left(boards.finished()) is None
    begun = boards.running(0, point(0), (0.8, 0.8, 0.8))
    new = tuple(run.model_copy(update={"validation": (), "seconds": 0.0}) for run in begun.runs)
    assert seconds_left(of(begun.model_copy(update={"runs": new}))) is None
