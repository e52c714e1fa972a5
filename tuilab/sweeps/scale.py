"""The places along one axis of a heat map: values in their order, or parts of a range."""

import math
from bisect import bisect_right
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import assert_never

from tuilab.sweeps.spec import Axis, Choice, Range, Value
from tuilab.sweeps.wording import number_words, value_words

MOST_PARTS = 10
"""Parts of a range, at most."""


@dataclass(frozen=True)
class Step:
    """One place on an axis.

    Attributes:
        label: its value, or where its part of a range begins and ends; safe to show.
        short: in fewer characters: the middle of a part.
        value: the value; None for a part (and for a setting that is not set).
        part: where a part of a range begins and ends; None for a value.
    """

    label: str
    short: str
    value: Value = None
    part: tuple[float, float] | None = None


@dataclass(frozen=True)
class Scale:
    """An axis of a heat map: a setting and its places, in their order."""

    axis: Axis
    name: str
    """What the setting is called beside the others; safe to show."""
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        """The setting, dotted."""
        return self.axis.key

    def place(self, value: Value) -> int | None:
        """Return at which place a value is; None if it is not on the axis."""
        match self.axis:
            case Choice():
                return self._of_value.get(_key(value))
            case Range():
                return self._part(value)
            case _:
                assert_never(self.axis)

    @cached_property
    def _of_value(self) -> dict[Hashable, int]:
        """Where each value is."""
        return {_key(step.value): n for n, step in enumerate(self.steps)}

    def _part(self, value: Value) -> int | None:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if not self._edges[0] <= value <= self._edges[-1]:
            return None
        return min(bisect_right(self._edges, value), len(self.steps)) - 1

    @cached_property
    def _edges(self) -> list[float]:
        parts = [step.part for step in self.steps if step.part is not None]
        return [parts[0][0], *(end for _, end in parts)]


def scale_of(axis: Axis, name: str, points: int) -> Scale:
    """Return a setting's axis; numbers in their order, other values in the person's.

    Args:
        axis: the setting.
        name: what it is called.
        points: how many points lie in a range: the more, the finer are its parts.
    """
    match axis:
        case Choice():
            return Scale(axis, name, tuple(_value_step(value) for value in _ordered(axis.values)))
        case Range():
            return Scale(axis, name, tuple(_parts(axis, points)))
        case _:
            assert_never(axis)


def _key(value: Value) -> Hashable:
    """Return what a value is known by: 1 and true are equal in Python and are not the same setting."""
    if isinstance(value, (list, tuple)):
        return tuple(map(_key, value))
    return isinstance(value, bool), value


def _ordered(values: Sequence[Value]) -> Sequence[Value]:
    numbers = [v for v in values if isinstance(v, (int, float)) and not isinstance(v, bool)]
    return sorted(numbers) if len(numbers) == len(values) else values


def _value_step(value: Value) -> Step:
    words = value_words(value)
    return Step(words, words, value)


def _parts(axis: Range, points: int) -> Iterable[Step]:
    wanted = min(max(math.ceil(math.sqrt(points)), 2), MOST_PARTS)
    if axis.low == axis.high:
        wanted = 1
    if axis.whole:
        yield from _whole_parts(round(axis.low), round(axis.high), wanted)
        return
    edges = [_between(axis, n / wanted) for n in range(wanted + 1)]
    middles = [_between(axis, (n + 0.5) / wanted) for n in range(wanted)]
    for low, middle, high in zip(edges[:-1], middles, edges[1:], strict=True):
        words = f"{number_words(low, 2)}–{number_words(high, 2)}"
        yield Step(words, number_words(middle, 2), None, (low, high))


def _between(axis: Range, share: float) -> float:
    if share in (0, 1):
        return axis.high if share else axis.low
    if axis.log:
        return math.exp(math.log(axis.low) * (1 - share) + math.log(axis.high) * share)
    return axis.low * (1 - share) + axis.high * share


def _whole_parts(low: int, high: int, wanted: int) -> Iterable[Step]:
    """Yield parts of whole numbers, each with about as many; one of a single number is named by it."""
    count = high - low + 1
    parts = min(wanted, count)
    edges = [low + n * count // parts for n in range(parts + 1)]
    for begin, end in pairwise(edges):
        words = str(begin) if end == begin + 1 else f"{begin}–{end - 1}"
        yield Step(words, str((begin + end - 1) // 2), None, (begin, end))
