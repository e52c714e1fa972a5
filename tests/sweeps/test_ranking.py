"""The ranking: best first, with intervals that say what they are, and the distance to the preset."""

from statistics import fmean

import boards
import pytest

from tuilab.sweeps.chance import over_seeds, wilson
from tuilab.sweeps.ranking import ranking


def test_points_stand_best_first_with_t_intervals_over_seeds() -> None:
    board = boards.finished()
    found = ranking(board)
    assert [one.trial for one in found.points] == [trial.number for trial in board.ranked]
    assert [one.place for one in found.points] == list(range(1, 17))
    best, trial = found.points[0], board.ranked[0]
    assert best.value == trial.value and best.seeds == 3
    assert best.interval == over_seeds([run.validation[-1] for run in trial.runs])
    assert best.test == pytest.approx(fmean(run.accuracy or 0 for run in trial.runs))
    assert found.intervals == "Intervals are of 95 %, over seeds (t)."


def test_each_is_compared_with_the_preset_seed_by_seed() -> None:
    board = boards.finished()
    own = board.trials[6]
    for one in ranking(board).points:
        trial = board.trials[one.trial]
        if trial is own:
            assert one.preset and one.against is None and one.test_against is None
            continue
        steps = [a.validation[-1] - b.validation[-1] for a, b in zip(trial.runs, own.runs, strict=True)]
        assert one.against is not None and one.against.paired == 3
        assert one.against.value == pytest.approx(fmean(steps))
        assert one.against.interval is not None
        expected = over_seeds(steps)
        assert expected is not None and one.against.interval.low == pytest.approx(expected.low)


def test_with_one_seed_intervals_are_of_the_images_and_say_so() -> None:
    found = ranking(boards.pruned())
    assert found.points[0].interval == wilson(found.points[0].value, boards.IMAGES)
    assert "of 1,000 validation images (Wilson); what another seed would change" in found.intervals
    assert len(found.points) == 20, "pruned trials are not compared"


def test_without_a_preset_that_is_done_nothing_is_compared_with_it() -> None:
    assert all(one.against is None for one in ranking(boards.many(100)).points)


def test_intervals_stay_within_0_and_1() -> None:
    spec = boards.sweep()
    board = boards.board(spec, [boards.trial(0, boards.grid_points(spec)[0], (1.0, 0.9, 1.0))])
    (one,) = ranking(board).points
    assert one.interval is not None and one.interval.high == 1.0


def test_only_as_many_as_are_asked_for() -> None:
    assert [one.trial for one in ranking(boards.finished(), 2).points] == [10, 11]
