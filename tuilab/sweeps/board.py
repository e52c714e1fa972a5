"""A sweep at one moment: every trial, its runs and what they measured.

Whatever is shown, ranked, exported or concluded of a sweep comes from one board, which knows nothing of
how trials are made, stored or shared among machines.
"""

from collections.abc import Mapping
from functools import cached_property
from math import isfinite
from statistics import fmean
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from tuilab.experiment.dotted import dotted
from tuilab.sweeps.spec import SweepSpec, Value

TrialState = Literal["waiting", "running", "done", "pruned", "failed"]

Origin = Literal["search", "preset", "confirm"]
"""Why a trial is there: the search chose it; it is the preset itself, to compare with (its values are not
among the search's); or it repeats the best point or the preset with fresh seeds."""

RunState = Literal["waiting", "running", "done", "stopped", "failed"]


class SeedRun(BaseModel):
    """One run of a trial: a point trained with one seed."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    seed: int
    run: str = ""
    """The run's id; empty if it was not queued yet."""
    host: str = ""
    """On which machine it is; empty: in this store. Text from outside."""
    state: RunState = "waiting"
    validation: tuple[float, ...] = ()
    """Validation accuracy after each epoch so far, 0 to 1."""
    accuracy: float | None = None
    """Of the test images, 0 to 1; None before the run is done."""
    cross_entropy: float | None = None
    """Of the test images, nats; None before the run is done."""
    shares: str = ""
    """The run whose training it shares; empty if it trains itself."""
    seconds: float = 0.0
    """Work on it so far."""
    problem: str = ""
    """Why it failed or stopped; text from outside."""


class Trial(BaseModel):
    """One point of a sweep, trained with each seed."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    number: int
    """Its number in the study, from 0; those of trials that were given back are left out."""
    point: dict[str, Value]
    """The values of the settings that differ, by their dotted keys."""
    origin: Origin = "search"
    state: TrialState = "waiting"
    runs: tuple[SeedRun, ...] = ()
    worker: str = ""
    """Who trains it or did so; text from outside. Empty before."""
    problem: str = ""
    """Why it failed; text from outside."""

    @property
    def done(self) -> tuple[SeedRun, ...]:
        """Its runs that are done."""
        return tuple(run for run in self.runs if run.state == "done")

    @property
    def value(self) -> float | None:
        """What the search compares: the mean over seeds of the last epoch's validation accuracy; None
        before every run is done, or where one ended with what is not a number."""
        if self.state != "done":
            return None
        last = [run.validation[-1] for run in self.runs if run.state == "done" and run.validation]
        return fmean(last) if last and all(map(isfinite, last)) else None


class Board(BaseModel):
    """A whole sweep.

    What is asked of it again and again is worked out once; a copy, which may have other trials, begins anew.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    spec: SweepSpec
    trials: tuple[Trial, ...] = ()
    """In the order of their numbers."""
    stopped: bool = False
    """Whether a person stopped it: nothing more is started until it is resumed."""
    validation_images: int | None = None
    test_images: int | None = None
    """How many images accuracies were measured on; None before a run said so."""

    @property
    def over(self) -> bool:
        """Whether all its points were tried and nothing waits or trains."""
        return (
            bool(self.trials)
            and all(trial.state not in ("waiting", "running") for trial in self.trials)
            and len([t for t in self.trials if t.origin == "search"]) >= self.spec.points
        )

    def __copy__(self) -> Self:
        return self._anew(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self._anew(super().__deepcopy__(memo))

    @classmethod
    def _anew(cls, copy: Self) -> Self:
        known = vars(copy)
        for name in known.keys() - cls.model_fields.keys():
            del known[name]
        return copy

    @cached_property
    def kept(self) -> dict[str, Any]:
        """What others worked out of it and need again, by names of their own."""
        return {}

    @cached_property
    def values(self) -> Mapping[int, float]:
        """The value of each trial that has one, by its number."""
        return {trial.number: value for trial in self.trials if (value := trial.value) is not None}

    @cached_property
    def ranked(self) -> tuple[Trial, ...]:
        """The search's and the preset's done trials, best first; equal ones in the order of their numbers."""
        values = self.values
        done = [trial for trial in self.trials if trial.origin != "confirm" and trial.number in values]
        return tuple(sorted(done, key=lambda trial: (-values[trial.number], trial.number)))

    @cached_property
    def preset_trial(self) -> Trial | None:
        """The trial that has the preset's own values; None if there is none yet."""
        settings = dotted(self.spec.experiment)
        own = {key: settings.get(key) for key in self.spec.keys}
        return next((t for t in self.trials if t.origin != "confirm" and same_point(t.point, own)), None)

    def confirmations(self, point: Mapping[str, Value]) -> tuple[Trial, ...]:
        """Return the done trials that repeat a point with fresh seeds, in the order of their numbers."""
        return tuple(
            trial
            for trial in self.trials
            if trial.origin == "confirm" and trial.state == "done" and same_point(trial.point, point)
        )


def same_point(first: Mapping[str, Value], second: Mapping[str, Value]) -> bool:
    """Return whether two points have the same values; a list is the same as a tuple."""
    if first.keys() != second.keys():
        return False
    for key, value in first.items():
        other = second[key]
        if value != other and _plain(value) != _plain(other):
            return False
    return True


def _plain(value: object) -> object:
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value
