"""How much each setting explains of the differences among trials.

On a whole grid exactly, by analysis of variance: what each setting does by itself, what two do together
beyond that, and what seeds do. How much of a search's trials a setting explains is estimated by
``tuilab.lab.sweeps.importance``.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal, assert_never

from tuilab.errors import listed
from tuilab.sweeps.board import Board
from tuilab.sweeps.measured import measured
from tuilab.sweeps.scale import Scale, scale_of
from tuilab.sweeps.spec import Choice
from tuilab.sweeps.wording import counted, setting_names

if TYPE_CHECKING:
    import numpy as np

Method = Literal["grid", "forest"]
"""Exactly, of a whole grid; or estimated by a forest of regression trees."""

CHANCE = 0.05
"""Effects that chance makes as large more often than this are no more than chance."""
_LEAST = 0.005
"""Half a percent: less is not told."""


@dataclass(frozen=True)
class Effect:
    """What settings explain.

    Attributes:
        keys: one setting, or two: what they do together beyond what each does by itself.
        share: of all differences, from 0 to 1.
        chance: how often seeds alone make as much (F test); None with one seed, and of an estimate.
    """

    keys: tuple[str, ...]
    share: float
    chance: float | None = None


@dataclass(frozen=True)
class Importance:
    """What explains the differences among trials.

    Attributes:
        method: how it was found.
        trials: how many trials it rests on.
        effects: the largest first; of a grid all settings and pairs.
        seeds: the share that seeds make; None with one seed, and of an estimate.
        rest: the share of three and more settings together; with one seed that of seeds is in the pairs.
        refused: a sentence that says why there is nothing; then the rest is empty.
    """

    method: Method = "grid"
    trials: int = 0
    effects: tuple[Effect, ...] = ()
    seeds: float | None = None
    rest: float = 0.0
    refused: str = ""


def grid_importance(board: Board) -> Importance | None:
    """Return what explains the differences on a grid; None if some of its points are not done."""
    scales = [scale_of(axis, axis.key, 0) for axis in board.spec.axes if isinstance(axis, Choice)]
    if len(scales) < len(board.spec.axes):
        return None
    cells = _cells(board, scales)
    if len(cells) < math.prod(len(scale.steps) for scale in scales):
        return None
    if len(cells) < 2:
        return Importance(refused="One point explains nothing: a setting needs two values at least.")
    return _decomposed(scales, cells)


def _cells(board: Board, scales: Sequence[Scale]) -> dict[tuple[int, ...], list[float]]:
    """Return the accuracies of all seeds at each place of the grid."""
    known, cells = measured(board), dict[tuple[int, ...], list[float]]()
    for trial in board.ranked:
        places = tuple(scale.place(trial.point.get(scale.key)) for scale in scales)
        if None not in places:
            values = known[trial.number].validation.values()
            cells.setdefault(tuple(n for n in places if n is not None), []).extend(values)
    return cells


def _decomposed(scales: Sequence[Scale], cells: Mapping[tuple[int, ...], Sequence[float]]) -> Importance:
    import numpy as np
    from scipy.special import fdtrc

    shape = tuple(len(scale.steps) for scale in scales)
    means = np.empty(shape)
    within, freedom = 0.0, 0
    for place, values in cells.items():
        means[place] = np.mean(values)
        within += float(((np.array(values) - means[place]) ** 2).sum())
        freedom += len(values) - 1
    # of cells with unequal numbers of seeds the harmonic mean, as in the analysis of unweighted means
    seeds = len(cells) / sum(1 / len(values) for values in cells.values())
    between = seeds * float(((means - means.mean()) ** 2).sum())
    total = between + within
    if not total > 0:
        return Importance(
            trials=len(cells), refused="All trials have the same accuracy: nothing explains it."
        )
    parts: dict[tuple[int, ...], np.ndarray] = {}
    effects: list[Effect] = []
    for size in (1, 2):
        for axes in combinations(range(len(shape)), size):
            part = _effect(means, axes, parts)
            parts[axes] = part
            squares = seeds * float((part**2).sum()) * means.size / part.size
            steps = math.prod(shape[axis] - 1 for axis in axes)
            chance = None
            if freedom and within > 0 and steps:
                chance = float(fdtrc(steps, freedom, (squares / steps) / (within / freedom)))
            effects.append(Effect(tuple(scales[axis].key for axis in axes), squares / total, chance))
    explained = sum(effect.share for effect in effects)
    effects.sort(key=lambda effect: -effect.share)
    by_seeds = within / total if freedom else None
    rest = max(1 - explained - (by_seeds or 0.0), 0.0)
    return Importance("grid", len(cells), tuple(effects), by_seeds, rest if len(shape) > 2 else 0.0)


def _effect(
    means: "np.ndarray", axes: tuple[int, ...], parts: "Mapping[tuple[int, ...], np.ndarray]"
) -> "np.ndarray":
    """Return what settings at some axes do beyond what fewer of them do."""
    others = tuple(axis for axis in range(means.ndim) if axis not in axes)
    part = means.mean(axis=others, keepdims=True) - means.mean()
    for fewer in parts:
        if set(fewer) < set(axes):
            part = part - parts[fewer]
    return part


def importance_words(found: Importance, keys: Sequence[str]) -> list[str]:
    """Return what explains the differences, in sentences.

    Args:
        found: what does.
        keys: of all settings that differ.
    """
    if found.refused:
        return [found.refused]
    names = setting_names(keys)
    called = [listed([names[key] for key in effect.keys]) for effect in found.effects]
    shares = [
        f"{name}{' together' if len(effect.keys) > 1 else ''} {_percent(effect.share)}"
        for name, effect in zip(called, found.effects, strict=True)
    ]
    shares += [f"three and more settings together {_percent(found.rest)}"] if found.rest >= _LEAST else []
    shares += [f"seeds {_percent(found.seeds)}"] if found.seeds is not None else []
    sentences = [f"What explains the differences in validation accuracy: {', '.join(shares)}."]
    match found.method:
        case "grid":
            sentences.append(f"That is exact, by analysis of variance of {counted(found.trials, 'trial')}.")
            sentences += _judged(found, called)
        case "forest":
            sentences.append(
                f"That is an estimate from {found.trials:,} trials, by a forest of regression trees (fANOVA)."
            )
        case _:
            assert_never(found.method)
    return sentences


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= _LEAST else "under 1 %"


def _judged(found: Importance, called: Sequence[str]) -> Iterator[str]:
    pairs = any(len(effect.keys) > 1 for effect in found.effects)
    if pairs:
        yield '"Together" counts what two settings do beyond what each does by itself.'
    if found.seeds is None:
        yield f"With one seed it is not known what seeds do; it is {'in that' if pairs else 'in all of it'}."
        return
    weak = [
        name
        for name, effect in zip(called, found.effects, strict=True)
        if effect.chance is not None and effect.chance > CHANCE
    ]
    if weak:
        yield f"No more than seeds make by chance (F test, 5 %): {'; '.join(weak)}."
