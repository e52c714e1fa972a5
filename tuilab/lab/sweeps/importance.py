"""How much each setting explains of the differences among trials: exactly of a whole grid, else estimated.

The estimate is Optuna's fANOVA (Hutter, Hoos & Leyton-Brown 2014): the share of the variance of a forest of
regression trees that each setting makes by itself.
"""

import contextlib
import json
import math
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from tuilab.errors import MissingError
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.lab.sweeps.search import distributions
from tuilab.lab.sweeps.storage import optuna
from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.importance import Effect, Importance, grid_importance
from tuilab.sweeps.spec import SweepSpec

FEWEST, FEWEST_EACH = 12, 6
"""Trials, in all and for each setting, below which a forest tells little but its own luck."""
_MOST = 200
"""Trials that a forest is grown of; of more, as many evenly among them: it takes seconds else."""


def importance(board: Board, memory: Path | None = None) -> Importance:
    """Return what explains the differences among trials; or a sentence that says why not.

    Args:
        board: the sweep.
        memory: a file that holds an estimate, which takes seconds, for the next one who asks.
    """
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
    in_order = sorted(trials, key=lambda trial: trial.number)
    chosen = in_order[:: math.ceil(len(trials) / _MOST)]
    what = [[trial.number, board.values[trial.number]] for trial in chosen]
    of = sha256(json.dumps(what).encode()).hexdigest()
    found = _remembered(memory, of)
    if found is None:
        found = _forest(board.spec, chosen)
        if memory is not None and not found.refused:
            told = json.dumps({"of": of, "found": TypeAdapter(Importance).dump_python(found, mode="json")})
            with contextlib.suppress(OSError):  # then the next one estimates again
                write_whole(memory, told + "\n", links=False)
    return found


def _remembered(memory: Path | None, of: str) -> Importance | None:
    """Return an estimate that was made of the same trials and values; None if there is none."""
    if memory is None:
        return None
    try:
        held = json.loads(read_regular(memory, 1 << 20))
        return TypeAdapter(Importance).validate_python(held["found"]) if held["of"] == of else None
    except (OSError, ValueError, ValidationError, KeyError, TypeError):
        return None


def _forest(spec: SweepSpec, trials: Sequence[Trial]) -> Importance:
    try:
        found = optuna()
    except MissingError as error:
        how = " ".join(error.remedies)
        refused = f"What each setting explains is not known: {error}; {how}"
        return Importance("forest", len(trials), refused=refused)
    study = found.create_study(direction="maximize")
    for trial in trials:
        known = distributions(spec, trial.point)
        study.add_trial(
            found.trial.create_trial(
                params={key: value for key, (value, _) in known.items()},
                distributions={key: distribution for key, (_, distribution) in known.items()},
                value=trial.value,
            )
        )
    shares = found.importance.FanovaImportanceEvaluator(seed=0).evaluate(study, params=list(spec.keys))
    effects = [Effect((key,), float(share)) for key, share in shares.items()]
    return Importance("forest", len(trials), tuple(sorted(effects, key=lambda effect: -effect.share)))
