"""How much each setting explains of the differences among trials: exactly of a whole grid, else estimated.

The estimate is Optuna's fANOVA (Hutter, Hoos & Leyton-Brown 2014): the share of the variance of a forest of
regression trees that each setting makes by itself.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any, assert_never

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.importance import Effect, Importance, grid_importance
from tuilab.sweeps.scale import scale_of
from tuilab.sweeps.spec import Axis, Choice, Range, Value

FEWEST, FEWEST_EACH = 12, 6
"""Trials, in all and for each setting, below which a forest tells little but its own luck."""
_MOST = 200
"""Trials that a forest is grown of; of more, as many evenly among them: it takes seconds else."""


def importance(board: Board) -> Importance:
    """Return what explains the differences among trials; or a sentence that says why not."""
    exact = grid_importance(board)
    if exact is not None:
        return exact
    trials = [trial for trial in board.ranked if trial.origin == "search"]
    needed = max(FEWEST, FEWEST_EACH * len(board.spec.axes))
    if len(trials) < needed:
        return Importance(
            "forest",
            len(trials),
            refused=f"What each setting explains is told from {needed} trials on, or of a whole grid; "
            f"{len(trials):,} {'is' if len(trials) == 1 else 'are'} done.",
        )
    if len({trial.value for trial in trials}) == 1:
        return Importance(
            "forest", len(trials), refused="All trials have the same accuracy: nothing explains it."
        )
    return _forest(
        board.spec.axes, sorted(trials, key=lambda trial: trial.number)[:: math.ceil(len(trials) / _MOST)]
    )


def _forest(axes: Sequence[Axis], trials: Sequence[Trial]) -> Importance:
    try:
        import optuna
        from optuna.importance import FanovaImportanceEvaluator
    except ImportError:
        return Importance(
            "forest",
            len(trials),
            refused="What each setting explains needs Optuna, which is not installed: "
            "pip install 'tuilab[sweep]' installs it.",
        )
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    distributions = {axis.key: _distribution(axis, optuna.distributions) for axis in axes}
    study = optuna.create_study(direction="maximize")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study.add_trials(
            [
                optuna.trial.create_trial(
                    params={axis.key: _param(axis, trial.point.get(axis.key)) for axis in axes},
                    distributions=distributions,
                    value=trial.value,
                )
                for trial in trials
            ]
        )
        found = FanovaImportanceEvaluator(seed=0).evaluate(study, params=[axis.key for axis in axes])
    effects = [Effect((key,), float(share)) for key, share in found.items()]
    return Importance("forest", len(trials), tuple(sorted(effects, key=lambda effect: -effect.share)))


def _distribution(axis: Axis, known: Any) -> Any:
    match axis:
        case Choice():
            return known.CategoricalDistribution(range(len(axis.values)))
        case Range(whole=True):
            return known.IntDistribution(round(axis.low), round(axis.high), log=axis.log)
        case Range():
            return known.FloatDistribution(axis.low, axis.high, log=axis.log)
        case _:
            assert_never(axis)


def _param(axis: Axis, value: Value) -> Any:
    """Return a value as its distribution has it: one of several by its place."""
    match axis:
        case Choice():
            return scale_of(axis, axis.key, 0).place(value)
        case Range():
            return value
        case _:
            assert_never(axis)
