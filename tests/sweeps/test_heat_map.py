"""The heat map: which trial a cell shows, what is known of it, and what other settings do to it."""

from statistics import fmean, stdev
from time import process_time

import boards
import pytest

from tuilab.errors import UsageError
from tuilab.sweeps.heat_map import Cell, HeatMap, heat_map
from tuilab.sweeps.scale import scale_of
from tuilab.sweeps.spec import Choice, Range


def cells(found: HeatMap) -> list[Cell]:
    return [cell for row in found.rows for cell in row]


def test_each_cell_has_the_mean_and_spread_of_its_seeds() -> None:
    board = boards.finished()
    found = heat_map(board)
    assert found.across is not None
    assert [step.value for step in found.down.steps] == [0.6, 0.8, 0.9, 0.99]
    assert [step.label for step in found.across.steps] == ["0", "1e-4", "1e-3", "0.01"]
    for cell, trial in zip(cells(found), board.trials, strict=True):
        values = [run.validation[-1] for run in trial.runs]
        assert (cell.trial, cell.state, cell.seeds_done, cell.seeds) == (trial.number, "done", 3, 3)
        assert cell.mean == pytest.approx(fmean(values)) and cell.deviation == pytest.approx(stdev(values))
        assert (cell.low, cell.high) == (min(values), max(values))


def test_the_best_cell_and_the_presets_are_marked() -> None:
    found = heat_map(boards.finished())
    assert [cell.trial for cell in cells(found) if cell.best] == [10]
    assert [cell.trial for cell in cells(found) if cell.preset] == [6]
    assert found.share(found.rows[2][2]) == 1 and found.share(found.rows[0][0]) == 0


def test_cells_of_a_sweep_that_trains_say_how_far_they_are() -> None:
    found = cells(heat_map(boards.half_done()))
    assert [cell.state for cell in found[6:11]] == ["done", "failed", "running", "running", "waiting"]
    running, waiting = found[8], found[10]
    assert (running.seeds_done, running.mean, running.deviation) == (1, 0.83, None)
    assert running.latest is not None and running.latest < 0.83, "the second seed has two epochs so far"
    assert (waiting.mean, waiting.latest, waiting.seeds_done) == (None, None, 0)


def test_the_settings_may_be_named_and_either_way_round() -> None:
    found, turned = heat_map(boards.finished()), heat_map(boards.finished(), boards.L2, boards.MOMENTUM)
    assert tuple(zip(*turned.rows, strict=True)) == found.rows
    assert heat_map(boards.finished(), boards.L2) == turned


def test_one_setting_is_a_line_in_the_order_of_its_numbers() -> None:
    spec = boards.sweep((Choice(key=boards.MOMENTUM, values=(0.9, 0.6, 0.99)),))
    found = heat_map(boards.board(spec, boards.simulated(spec, boards.grid_points(spec))))
    assert found.across is None and [step.value for step in found.down.steps] == [0.6, 0.9, 0.99]
    assert [row[0].trial for row in found.rows] == [1, 0, 2]


def test_values_that_are_no_numbers_keep_the_persons_order() -> None:
    scale = scale_of(Choice(key="optimizer.kind", values=("sgd", "adam", "adamw")), "kind", 3)
    assert [step.value for step in scale.steps] == ["sgd", "adam", "adamw"]
    switch = scale_of(Choice(key="model.batch_norm", values=(True, False)), "batch_norm", 2)
    assert [switch.place(value) for value in (True, False, 1)] == [0, 1, None], "on is not 1"


def test_of_further_settings_a_cell_has_the_best_or_one_value() -> None:
    further = Choice(key="model.batch_norm", values=(True, False))
    spec = boards.sweep((*boards.GRID, further))
    trials = [
        boards.trial(n, point, (0.8 if point["model.batch_norm"] else 0.5,))
        for n, point in enumerate(boards.grid_points(spec))
    ]
    board = boards.board(spec, trials)
    best = heat_map(board)
    assert {cell.mean for cell in cells(best)} == {0.8} and cells(best)[0].trials == (0, 1)
    assert best.notes == ("Each cell is the best over batch_norm.",)
    without = heat_map(board, fixed={"model.batch_norm": False})
    assert {cell.mean for cell in cells(without)} == {0.5}
    assert without.notes == ("batch_norm is off in every cell.",)


@pytest.mark.parametrize(
    ("down", "across", "fixed", "sentence"),
    [
        ("model.l1", None, {}, "does not vary 'model.l1', but model.bn_momentum and model.l2"),
        (boards.L2, boards.L2, {}, "model.l2 is given twice"),
        (boards.L2, None, {boards.L2: 0.0}, "model.l2 is given twice"),
        (None, None, {boards.L2: 0.5}, "model.l2 = 0.5 is not tried; its values are 0, 1e-4, 1e-3 and 0.01"),
        (None, None, {boards.L2: 0.0, boards.MOMENTUM: 0.9}, "needs a setting that is not fixed"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(
    down: str | None, across: str | None, fixed: dict[str, float], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        heat_map(boards.finished(), down, across, fixed)


def test_a_range_has_parts_and_every_trial_is_in_the_part_that_holds_its_value() -> None:
    board = boards.pruned()
    found = heat_map(board)
    assert sorted(n for cell in cells(found) for n in cell.trials) == [t.number for t in board.trials]
    for step, row in zip(found.down.steps, found.rows, strict=True):
        assert step.part is not None
        low, high = step.part
        for number in (n for cell in row for n in cell.trials):
            value = board.trials[number].point[boards.RATE]
            assert isinstance(value, float) and low <= value <= high
    ratios = {round(s.part[1] / s.part[0], 6) for s in found.down.steps if s.part}
    assert len(ratios) == 1, "equal steps of the logarithm"


def test_the_ends_of_a_range_belong_to_it_and_nothing_beyond() -> None:
    scale = scale_of(Range(key="r", low=1e-4, high=0.1, log=True), "r", 30)
    assert scale.place(1e-4) == 0 and scale.place(0.1) == len(scale.steps) - 1
    assert scale.place(0.11) is None and scale.place("x") is None and scale.place(True) is None
    assert len(scale_of(Range(key="r", low=2, high=2), "r", 30).steps) == 1


@pytest.mark.parametrize(("low", "high"), [(1, 3), (1, 64), (16, 16), (0, 9)])
def test_parts_of_whole_numbers_hold_each_exactly_once(low: int, high: int) -> None:
    scale = scale_of(Range(key="n", low=low, high=high, whole=True), "n", 100)
    places = [scale.place(n) for n in range(low, high + 1)]
    assert None not in places and places == sorted(places, key=lambda n: n or 0)
    assert set(places) == set(range(len(scale.steps)))


def test_a_preset_beside_the_grid_is_told() -> None:
    grid = (Choice(key=boards.MOMENTUM, values=(0.6, 0.9)),)
    spec = boards.sweep(grid)
    trials = boards.simulated(spec, boards.grid_points(spec))
    trials.append(boards.trial(2, boards.preset_point(spec), (0.8,), origin="preset"))
    found = heat_map(boards.board(spec, trials))
    assert found.notes == ("The preset, bn_momentum 0.8, is in no cell: 0.8000.",)
    assert [cell.trials for cell in cells(found)] == [(0,), (1,)]


def test_ten_thousand_trials_are_put_into_cells_in_well_under_a_second() -> None:
    board = boards.many()
    began = process_time()
    found = heat_map(board)
    assert process_time() - began < 1
    assert sum(len(cell.trials) for cell in cells(found)) == 10_000
