"""A board: what is done, what is best, and which trial is the preset's."""

import boards
import pytest

from tuilab.sweeps.board import Board, Trial, same_point


def test_a_trial_is_worth_the_mean_over_its_seeds_of_the_last_epochs_accuracy() -> None:
    one = boards.trial(0, {boards.MOMENTUM: 0.9}, (0.8, 0.9))
    assert one.value == pytest.approx(0.85)
    assert boards.running(0, {}, (0.8, 0.9)).value is None, "not before every run is done"


def test_a_trial_that_ended_with_what_is_not_a_number_is_worth_nothing() -> None:
    one = boards.trial(0, {}, (0.8, 0.9))
    broken = one.runs[1].model_copy(update={"validation": (0.5, float("nan"))})
    assert one.model_copy(update={"runs": (one.runs[0], broken)}).value is None


@pytest.mark.parametrize("deep", [False, True])
def test_a_copy_with_other_trials_is_ranked_anew(deep: bool) -> None:
    board = boards.finished()
    assert board.ranked[0].number == 10 and board.preset_trial is not None
    fewer = board.model_copy(update={"trials": board.trials[:5]}, deep=deep)
    assert [trial.number for trial in fewer.ranked] != [trial.number for trial in board.ranked]
    assert len(fewer.ranked) == 5 and len(fewer.values) == 5 and fewer.preset_trial is None
    assert board.model_copy() == board and Board.model_validate_json(board.model_dump_json()) == board


def test_trials_are_ranked_best_first_and_equal_ones_by_number() -> None:
    spec = boards.sweep()
    values = (0.5, 0.7, 0.7, 0.6)
    trials = [
        boards.trial(n, point, (value,))
        for n, (point, value) in enumerate(zip(boards.grid_points(spec), values, strict=False))
    ]
    again = boards.trial(4, trials[1].point, (0.99,), origin="confirm")
    ranked = boards.board(spec, [*trials, again]).ranked
    assert [trial.number for trial in ranked] == [1, 2, 3, 0]


def test_the_presets_trial_is_the_one_with_its_values_whoever_chose_them() -> None:
    finished = boards.finished()
    found = finished.preset_trial
    assert found is not None and found.point == {boards.MOMENTUM: 0.8, boards.L2: 0.001}
    beside = boards.pruned().preset_trial
    assert beside is not None and beside.origin == "preset"
    assert boards.many().preset_trial is None


def test_a_sweep_is_over_when_all_its_points_were_tried() -> None:
    assert boards.finished().over and boards.pruned().over and boards.confirmed().over
    assert not boards.half_done().over
    assert not Board(spec=boards.sweep()).over


def test_confirmations_are_the_done_repeats_of_a_point() -> None:
    board = boards.confirmed()
    (found,) = board.confirmations(board.ranked[0].point)
    assert [run.seed for run in found.runs] == [100, 101, 102, 103, 104]
    assert board.confirmations({boards.MOMENTUM: 0.6, boards.L2: 0.0}) == ()


def test_a_list_is_the_same_value_as_a_tuple() -> None:
    read = Trial.model_validate_json('{"number": 0, "point": {"model.filters": [32, 64]}}')
    assert same_point(read.point, {"model.filters": (32, 64)})
    assert not same_point({"model.l2": 0.1}, {"model.l1": 0.1})


def test_a_board_reads_back_as_it_was_written() -> None:
    board = boards.half_done()
    assert Board.model_validate_json(board.model_dump_json()) == board
    assert Trial.model_validate({"number": 1, "point": {}, "later": 1}).number == 1, "from a later version"
