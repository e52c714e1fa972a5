"""The ranking: best first, with intervals that say what they are, and the distance to the preset."""

from statistics import fmean

import boards
import numpy as np
import pytest
from scipy import stats

from tuilab.sweeps.board import Board
from tuilab.sweeps.chance import wilson
from tuilab.sweeps.ranking import Ranked, ranking


def table_of(board: Board) -> np.ndarray:
    """Return the validation accuracies, a row for each trial and a column for each seed."""
    return np.array([[run.validation[-1] for run in trial.runs] for trial in board.trials])


def width_of(one: Ranked) -> float:
    assert one.interval is not None
    return one.interval.high - one.interval.low


def test_points_stand_best_first_with_t_intervals_of_the_spread_over_all_points() -> None:
    board = boards.finished()
    found = ranking(board)
    assert [one.trial for one in found.points] == [trial.number for trial in board.ranked]
    assert [one.place for one in found.points] == list(range(1, 17))
    best, trial = found.points[0], board.ranked[0]
    assert best.value == trial.value and best.seeds == 3
    within = table_of(board).var(axis=1, ddof=1).mean()
    # its degrees of freedom are between those of seeds as if they were alike at all points, and of all runs
    reaches = [stats.t.ppf(0.975, freedom) * np.sqrt(within / 3) for freedom in (32, 14)]
    assert reaches[0] <= width_of(best) / 2 <= reaches[1]
    assert {round(width_of(one), 12) for one in found.points} == {round(width_of(best), 12)}
    assert best.test == pytest.approx(fmean(run.accuracy or 0 for run in trial.runs))
    assert found.intervals == "Intervals are of 95 %, seeds' spread pooled over all points (t)."


def test_each_is_compared_with_the_preset_seed_by_seed() -> None:
    board = boards.finished()
    own, table = board.trials[6], table_of(board)
    rest = table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()
    reach = stats.t.ppf(0.975, 30) * np.sqrt(
        2 * (rest**2).sum() / 30 / 3
    )  # 16 points less 1, by 3 seeds less 1
    for one in ranking(board).points:
        trial = board.trials[one.trial]
        if trial is own:
            assert one.preset and one.against is None and one.test_against is None
            continue
        steps = [a.validation[-1] - b.validation[-1] for a, b in zip(trial.runs, own.runs, strict=True)]
        assert one.against is not None and one.against.paired == 3
        assert one.against.value == pytest.approx(fmean(steps))
        assert one.against.interval is not None
        assert one.against.interval.low == pytest.approx(fmean(steps) - reach)


def test_points_whose_seeds_differ_far_more_are_judged_by_their_own_and_it_says_so() -> None:
    spec = boards.sweep()
    points = boards.grid_points(spec)
    near = [
        boards.trial(n, p, (0.80 + n / 500, 0.81 + n / 500, 0.805 + n / 500)) for n, p in enumerate(points)
    ]
    wild = boards.trial(5, points[5], (0.60, 0.95, 0.80))
    found = ranking(boards.board(spec, [wild if trial.number == 5 else trial for trial in near]))
    by_number = {one.trial: one for one in found.points}
    assert width_of(by_number[5]) > 0.05 > width_of(by_number[6])
    assert found.intervals == (
        "Intervals are of 95 %, seeds' spread pooled over the better half (t); of its own where seeds of a "
        "point differ more."
    )


def test_where_the_worse_half_is_at_the_edge_of_diverging_the_better_half_is_pooled() -> None:
    spec = boards.sweep()
    trials = [
        boards.trial(n, point, (0.3 - n / 100, 0.5, 0.6) if n < 8 else (0.8, 0.81, 0.80 + n / 1000))
        for n, point in enumerate(boards.grid_points(spec))
    ]
    found = ranking(boards.board(spec, trials))
    assert width_of(found.points[0]) < 0.05 and width_of(found.points[-1]) > 0.2
    assert found.intervals == (
        "Intervals are of 95 %, seeds' spread pooled over the better half (t); of its own where seeds of a "
        "point differ more."
    )


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
