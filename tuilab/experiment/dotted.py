"""An experiment as dotted settings, as ``--set`` writes them, and what differs between two."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tuilab.experiment.experiment import Experiment

Settings = Mapping[str, Any]
"""Dotted key and plain value, in the order of the experiment's parts."""


@dataclass(frozen=True)
class Difference:
    """A setting that two experiments do not share.

    Attributes:
        key: dotted, as ``optimizer.learning_rate``.
        before: the first experiment's value; None if it is unset or its kind has no such setting.
        after: the second's.
    """

    key: str
    before: Any
    after: Any


def dotted(experiment: Experiment) -> Settings:
    """Return every setting under its dotted key; an unset one is None. Nobody may write into it."""
    return _dotted(experiment)  # pyright: ignore[reportArgumentType] - frozen, which pyright does not see


def differences(before: Settings, after: Settings) -> tuple[Difference, ...]:
    """Return what differs, in the second's order; settings that only the first has come last.

    A setting that is unset in one and unknown to the other differs in nothing.
    """
    keys = [*after, *(key for key in before if key not in after)]
    found = (Difference(key, before.get(key), after.get(key)) for key in keys)
    return tuple(difference for difference in found if difference.before != difference.after)


@lru_cache(maxsize=8192)
def _dotted(experiment: Experiment) -> Settings:
    flat: dict[str, Any] = {}
    _flatten(experiment.model_dump(mode="json"), "", flat)
    return flat


def _flatten(table: Mapping[str, Any], prefix: str, flat: dict[str, Any]) -> None:
    for key, value in table.items():
        if type(value) is dict:
            _flatten(value, f"{prefix}{key}.", flat)
        else:
            flat[prefix + key] = value
