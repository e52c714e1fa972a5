"""What explains the differences where there is no whole grid: an estimate, or why there is none."""

import sys
from collections.abc import Sequence
from pathlib import Path

import boards
import pytest

from tuilab.lab.sweeps import importance as estimates
from tuilab.lab.sweeps.importance import importance
from tuilab.sweeps.board import Trial
from tuilab.sweeps.importance import Effect, Importance, importance_words


def test_a_whole_grid_is_told_exactly() -> None:
    assert importance(boards.finished()).method == "grid"


def test_too_few_trials_are_told_in_words() -> None:
    found = importance(boards.half_done())
    assert importance_words(found, ()) == [
        "What each setting explains is told from 12 trials on, or of a whole grid; 7 are done."
    ]


def test_without_optuna_the_words_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    (words,) = importance_words(importance(boards.pruned()), ())
    assert "need Optuna, which is not installed; pip install 'tuilab[sweep]'" in words


def test_an_estimate_is_made_once_and_again_where_the_trials_are_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    memory, made = tmp_path / "importance.json", []

    def estimated(spec: object, trials: Sequence[Trial]) -> Importance:
        made.append(len(trials))
        return Importance(
            "forest", len(trials), (Effect((boards.RATE,), 0.75), Effect((boards.MOMENTUM,), 0.25))
        )

    monkeypatch.setattr(estimates, "_forest", estimated)
    first = importance(boards.pruned(), memory)
    assert importance(boards.pruned(), memory) == first and len(made) == 1
    board, best = boards.pruned(), boards.pruned().ranked[0]
    fewer = board.model_copy(update={"trials": tuple(one for one in board.trials if one is not best)})
    importance(fewer, memory)
    assert len(made) == 2
    memory.write_text('{"of": 3}')
    importance(fewer, memory)
    assert len(made) == 3, "a damaged file is no estimate"


@pytest.mark.slow
def test_a_forest_finds_which_setting_matters() -> None:
    pytest.importorskip("optuna")
    found = importance(boards.many(150))
    assert found.method == "forest" and found.trials == 150
    assert found.effects[0].keys == (boards.MOMENTUM,) and found.effects[0].share > 0.8
    assert sum(effect.share for effect in found.effects) == pytest.approx(1, abs=0.01)
    assert "an estimate from 150 trials" in " ".join(importance_words(found, boards.many(150).spec.keys))
