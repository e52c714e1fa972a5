"""What a sweep tries: a preset, settings with their values or ranges, seeds, and how values are chosen."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tuilab.experiment.experiment import Experiment

VERSION = 1
"""Of what a study holds; another version's studies are neither shown nor continued."""

NAME_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
"""What a sweep may be called: its folder and its study have that name."""

Search = Literal["grid", "random", "tpe"]
"""How points are chosen: all of a grid, at random, or by a tree-structured Parzen
estimator (Bergstra et al. 2011)."""

Pruning = Literal["median", "hyperband"]
"""What ends a trial early: it is below the median of the others at the same epoch, or loses a bracket of
Hyperband (Li et al. 2018)."""

Value = bool | int | float | str | None | tuple[Any, ...]
"""A setting's value, as ``--set`` reads it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class Choice(_Part):
    """A setting that takes each of some values."""

    kind: Literal["choice"] = "choice"
    key: str
    """Dotted, as ``model.bn_momentum``."""
    values: Annotated[tuple[Value, ...], Field(min_length=1)]
    """In the order in which the person wrote them; none twice."""


class Range(_Part):
    """A setting that takes any value between two."""

    kind: Literal["range"] = "range"
    key: str
    low: float
    high: float
    """At least ``low``; both belong to the range."""
    log: bool = False
    """Whether the search is uniform in the logarithm."""
    whole: bool = False
    """Whether only whole numbers are taken."""


Axis = Annotated[Choice | Range, Field(discriminator="kind")]


class SweepSpec(_Part):
    """A whole sweep, as a study holds it. What it says never changes once the study exists."""

    version: Literal[1] = VERSION
    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    preset: str
    """The preset that it started from."""
    experiment: Experiment
    """That preset with the settings that all trials share: what each point's values are put into."""
    settings: dict[str, Any] = {}
    """Those settings, by their dotted keys: a preset that continues another's model shares them with it."""
    axes: tuple[Axis, ...]
    """The settings that differ among trials."""
    search: Search = "grid"
    points: Annotated[int, Field(ge=1)]
    """How many points are tried, the preset's own aside."""
    seeds: Annotated[tuple[int, ...], Field(min_length=1)]
    """Each point is trained once with each of these."""
    pruning: Pruning | None = None
    sampler_seed: int = 0
    """Decides what a search at random tries."""
    created: float = 0.0
    """Seconds since 1970."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The settings that differ, in the person's order."""
        return tuple(axis.key for axis in self.axes)
