"""What was typed into the form that starts a sweep, as the core takes it, and what it comes to in words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never, cast, get_args

from tuilab.advice.estimate import estimate, in_words
from tuilab.advice.image_counts import EarlierRun
from tuilab.errors import UsageError, listed, nearest
from tuilab.sweeps.points import MOST_POINTS
from tuilab.sweeps.spec import Pruning, Search
from tuilab.sweeps.wording import counted
from tuilab.terminal import clean
from tuilab.tui.sweep_source import Plan, Wanted

SEARCHES: tuple[str, ...] = get_args(Search)
PRUNINGS: tuple[str, ...] = get_args(Pruning)
_MOST_SEEDS = 100
_OPTION = re.compile(r"--(?:grid |range |set )?(?=\w|')")


@dataclass(frozen=True)
class Asked:
    """What was typed.

    Attributes:
        settings: ``KEY=A,B,C`` or ``KEY=LOW..HIGH``, one a line; empty ones count for nothing.
        seeds: how many.
        search: how points are chosen; empty: all of a grid, or TPE where there is a range.
        trials: how many; empty: all of a grid.
        pruning: what ends a trial early; empty: nothing does.
        name: what the sweep is called; empty: as its preset.
    """

    settings: tuple[str, ...]
    seeds: str = "3"
    search: str = ""
    trials: str = ""
    pruning: str = ""
    name: str = ""


def wanted(asked: Asked, preset: str, given: Mapping[str, Any]) -> Wanted:
    """Return what was asked for; raises UsageError for what is no number, and for an unknown search."""
    written = [line.strip() for line in asked.settings if line.strip()]
    ranges = [line for line in written if ".." in line.partition("=")[2]]
    return Wanted(
        preset,
        given,
        grids=tuple(line for line in written if line not in ranges),
        ranges=tuple(ranges),
        seeds=_whole("seeds", asked.seeds, _MOST_SEEDS),
        search=cast("Search | None", _one_of("search", asked.search, SEARCHES)),
        trials=_whole("trials", asked.trials, MOST_POINTS) if asked.trials.strip() else None,
        pruning=cast("Pruning | None", _one_of("pruning", asked.pruning, PRUNINGS)),
        name=asked.name.strip(),
    )


def plan_words(plan: Plan, past: Sequence[EarlierRun]) -> str:
    """Return how many runs a sweep has, how many share a training, and about how long all of it takes."""
    spec = plan.spec
    own = plan.runs // len(spec.seeds) - spec.points
    points = counted(spec.points, "point") + (" and the preset itself" if own > 0 else "")
    words = f"{points}, {counted(len(spec.seeds), 'seed')}: {counted(plan.runs, 'run')}"
    if plan.trainings < plan.runs:
        words += f" that share {counted(plan.trainings, 'training')}"
    found = estimate(spec.experiment, past)
    if found.seconds is None:
        return f"{words}. How long they take is not known before a run of this kind."
    match found.basis:
        case "measured":
            guess = ""
        case "rate" | "unknown":
            guess = ", roughly"
        case "guess":
            guess = ", a guess"
        case _:
            assert_never(found.basis)
    beside = f" on {plan.lanes} GPUs" if plan.lanes > 1 else ""
    return f"{words}. About {in_words(found.seconds * plan.trainings / plan.lanes)}{beside}{guess}."


def in_the_form(sentence: str) -> str:
    """Return a sentence that names options of the command line with the lines of the form instead."""
    return _OPTION.sub("", sentence)


def _whole(what: str, text: str, most: int) -> int:
    typed = text.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 12 and 1 <= int(typed) <= most):
        raise UsageError(
            f"'{clean(typed, limit=40)}' {what} are not allowed: it must be a whole number from 1 to {most:,}"
        )
    return int(typed)


def _one_of(what: str, text: str, allowed: Sequence[str]) -> str | None:
    word = text.strip().lower()
    if word and word not in allowed:
        raise UsageError(
            f"{what} '{clean(word, limit=40)}' is not allowed: it must be {listed(allowed, 'or')}"
            f"{nearest(word, allowed)}"
        )
    return word or None
