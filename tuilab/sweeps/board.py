"""A sweep at one moment: every trial, its runs and what they measured.

Whatever is shown, ranked, exported or concluded of a sweep comes from one board, which knows nothing of
how trials are made, stored or shared among machines.
"""

from collections.abc import Mapping
from math import isfinite
from statistics import fmean
from typing import Literal

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
        last = [run.validation[-1] for run in self.done if run.validation]
        if self.state != "done" or not last or not all(map(isfinite, last)):
            return None
        return fmean(last)


class Board(BaseModel):
    """A whole sweep."""

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

    @property
    def ranked(self) -> tuple[Trial, ...]:
        """The search's and the preset's done trials, best first; equal ones in the order of their numbers."""
        done = [
            (-value, trial.number, trial)
            for trial in self.trials
            if trial.origin != "confirm" and (value := trial.value) is not None
        ]
        return tuple(trial for *_, trial in sorted(done, key=lambda one: one[:2]))

    @property
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
    return first.keys() == second.keys() and all(_plain(v) == _plain(second[k]) for k, v in first.items())


def _plain(value: object) -> object:
    return tuple(map(_plain, value)) if isinstance(value, (list, tuple)) else value
