"""The points of a sweep, and the experiment that each of them is."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.overrides import with_overrides
from tuilab.sweeps.spec import Axis, Choice, Range, SweepSpec, Value

MOST_POINTS = 10_000
"""Points of a sweep."""


def grid(axes: Sequence[Axis]) -> Iterator[dict[str, Value]]:
    """Yield all points of a grid, the last setting's values changing fastest.

    Raises:
        UsageError: more than ``MOST_POINTS``, or a range, which has no grid.
    """
    lists: list[Sequence[Value]] = []
    for axis in axes:
        match axis:
            case Choice():
                lists.append(axis.values)
            case Range():
                raise UsageError(
                    f"--range {axis.key} has no grid: a range needs --search random or --search tpe",
                    [f"or name its values: --grid {axis.key}=A,B,C"],
                )
    count = math.prod(map(len, lists))
    if count > MOST_POINTS:
        raise UsageError(
            f"a grid of {count:,} points is not allowed: it must be at most {MOST_POINTS:,}",
            ["--search random --trials N tries N of them", "fewer values for a setting"],
        )
    keys = [axis.key for axis in axes]
    return (dict(zip(keys, values, strict=True)) for values in itertools.product(*lists))


def own_point(spec: SweepSpec) -> dict[str, Value]:
    """Return the preset's own values of the settings that differ."""
    settings = dotted(spec.experiment)
    values = {key: settings.get(key) for key in spec.keys}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


def experiment_of(base: Experiment, point: Mapping[str, Value], seed: int) -> Experiment:
    """Return what one run of a point trains.

    Raises:
        UsageError: values that are not allowed together.
    """
    plain = {key: list(value) if isinstance(value, tuple) else value for key, value in point.items()}
    settings = {key: "none" if value is None else value for key, value in plain.items()}
    return with_overrides(base, {**settings, "training.seed": seed})


def seeds_of(first: int, count: int) -> tuple[int, ...]:
    """Return the seeds of a sweep: the preset's own and those that follow.

    Raises:
        UsageError: none, or more than 100.
    """
    if not 1 <= count <= 100:
        raise UsageError(f"--seeds {count} is not allowed: it must be 1 to 100")
    return tuple(range(first, first + count))
