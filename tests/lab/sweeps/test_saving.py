"""The best settings of a sweep as a preset: exactly what the best trial trains, with a line that says so."""

import boards
import pytest

from tuilab.errors import UsageError
from tuilab.lab.sweeps.saving import save_best
from tuilab.presets import find
from tuilab.sweeps.best import best_settings
from tuilab.sweeps.board import Board


def test_the_preset_trains_what_the_best_trial_did() -> None:
    board = boards.confirmed()
    path = save_best(board, "best-of-sweep")
    first, *_ = path.read_text(encoding="utf-8").splitlines()
    assert first == (
        "# bn_momentum 0.9, l2 1e-3: best of 16 trials of the sweep bn-by-l2 of bn-l2, validation accuracy "
        "0.8410, mean of 3 seeds; 0.8418 with 5 fresh seeds"
    )
    preset = find("best-of-sweep")
    asked = board.spec.experiment
    model = asked.model.model_copy(update={"bn_momentum": 0.9, "l2": 0.001})
    assert preset.experiment == asked.model_copy(update={"model": model})
    assert preset.title == "Batch normalization 0.8 and L2 0.001: bn_momentum 0.9, l2 1e-3"
    assert preset.own and preset.lesson == "weight-decay" and preset.course.expected is None


def test_a_name_that_is_taken_is_only_replaced_if_asked_for() -> None:
    save_best(boards.finished(), "mine", "A title of one's own")
    with pytest.raises(UsageError, match="there is already a preset 'mine'"):
        save_best(boards.finished(), "mine")
    save_best(boards.finished(), "mine", overwrite=True)
    with pytest.raises(UsageError, match="one of tuilab's own"):
        save_best(boards.finished(), "bn-l2")


def test_of_equal_ones_the_presets_own_values_are_the_best() -> None:
    spec = boards.sweep()
    trials = [boards.trial(n, point, (0.8, 0.8)) for n, point in enumerate(boards.grid_points(spec))]
    assert best_settings(boards.board(spec, trials)) == boards.preset_point(spec)


def test_before_a_trial_is_done_there_is_nothing_to_save() -> None:
    with pytest.raises(UsageError, match="the sweep bn-by-l2 has no best settings yet"):
        save_best(Board(spec=boards.sweep()), "mine")
