"""A sweep's curves: the best on top, the preset, and between which values the others are."""

from statistics import fmean

import boards
import pytest

from tuilab.plots.drawing import draw_figure
from tuilab.sweeps.board import Board
from tuilab.sweeps.curves import curves_figure, mean_curve


def test_the_best_are_drawn_first_then_the_preset_and_the_band_of_the_others() -> None:
    board = boards.finished()
    figure = curves_figure(board)
    assert [(one.points, one.label) for one in figure.curves] == [
        ("a", "bn_momentum 0.9, l2 1e-3"),
        ("b", "bn_momentum 0.9, l2 0.01"),
        ("c", "bn_momentum 0.9, l2 0"),
        ("p", "preset: bn_momentum 0.8, l2 1e-3"),
        ("", "highest of 12 others"),
        ("", "lowest"),
    ]
    assert figure.curves[0].curve.last() == pytest.approx(board.ranked[0].value)
    others = [mean_curve(trial) for trial in board.trials if trial.number not in (10, 11, 8, 6)]
    for epoch in range(1, 6):
        values = [one[epoch - 1] for one in others]
        assert figure.curves[4].curve.at(epoch) == max(values) and figure.curves[5].curve.at(epoch) == min(
            values
        )


def test_a_curve_is_the_mean_of_the_runs_that_came_furthest() -> None:
    one = boards.running(0, {}, (0.8, 0.7), epochs=2)
    assert mean_curve(one) == pytest.approx(list(one.runs[0].validation))
    both = boards.trial(0, {}, (0.8, 0.7))
    assert mean_curve(both)[-1] == pytest.approx(fmean((0.8, 0.7)))
    assert mean_curve(boards.waiting(0, {})) == []


def test_pruned_trials_are_in_the_band_as_far_as_they_came() -> None:
    figure = curves_figure(boards.pruned())
    lowest = figure.curves[-1].curve
    assert lowest.at(1) == min(mean_curve(trial)[0] for trial in boards.pruned().trials)


def test_before_one_is_done_those_that_train_are_drawn() -> None:
    spec = boards.sweep()
    points = boards.grid_points(spec)
    training = boards.running(1, points[1], (0.8, 0.7)).model_copy(update={"state": "running"})
    figure = curves_figure(boards.board(spec, [boards.waiting(0, points[0]), training]))
    assert [one.label for one in figure.curves] == ["bn_momentum 0.6, l2 1e-4"]


def test_with_nothing_to_draw_it_says_so() -> None:
    figure = curves_figure(Board(spec=boards.sweep()))
    assert "nothing to draw" in figure.note and draw_figure(figure, 80, 20).height == 20


@pytest.mark.parametrize("ascii", [True, False])
def test_thousands_of_trials_are_drawn_as_a_few_curves(ascii: bool) -> None:
    figure = curves_figure(boards.many(2000), ascii=ascii)
    assert len(figure.curves) == 5 and figure.curves[3].label == "highest of 1,997 others"
    lines = draw_figure(figure, 120, 24).lines()
    assert len(lines) == 24 and (not ascii or "\n".join(lines[1:]).isascii())
