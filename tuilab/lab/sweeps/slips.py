"""A trial as the study has it: one attempt at one place of a sweep; and which attempts count.

Two rules hold whoever is killed at whatever moment, and on however many machines:

- A trial has a place (``p3``: the fourth point) and an attempt there (0, then 1 if it is tried again). Of
  several with the same place and attempt the one with the lowest number counts; the others are surplus.
- An attempt after the first counts only where the one before it has failed or was pruned.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tuilab.lab.sweeps.search import point_of
from tuilab.lab.sweeps.storage import optuna
from tuilab.sweeps.board import Origin, SeedRun, TrialState
from tuilab.sweeps.spec import SweepSpec, Value

TRIAL, WORKER, RUNS = "trial", "worker", "runs"
GIVEN_BACK, SURPLUS, PROBLEM = "given_back", "surplus", "problem"
"""What a trial's attributes are called in the study."""


@dataclass(frozen=True)
class Slip:
    """One attempt at a trial, as the study has it.

    Attributes:
        trial_id: the storage's own number of it.
        number: its number in the study.
        first: the number of the first attempt at its place, by which people call the trial.
        place: which of the sweep's trials it is.
        attempt: 0, then 1 if it is tried again.
        origin: why it is there.
        point: the values of the settings that differ.
        seeds: what it is trained with.
        state: how it stands.
        worker: who claimed it; empty: nobody, or it died before it said so.
        runs: its runs, as its worker noted them last.
        reported: validation accuracies by epoch that its worker told while it trains.
        given_back: whether it failed because its worker was gone.
        problem: why it failed; text from outside.
    """

    trial_id: int
    number: int
    first: int
    place: str
    attempt: int
    origin: Origin
    point: Mapping[str, Value]
    seeds: tuple[int, ...]
    state: TrialState
    worker: str = ""
    runs: tuple[SeedRun, ...] = ()
    reported: Mapping[int, float] = field(default_factory=dict)
    given_back: bool = False
    problem: str = ""


def slip_of(trial: Any, spec: SweepSpec) -> Slip | None:
    """Return a trial of the study; None for one that its worker did not get to say anything of."""
    states = optuna().trial.TrialState
    attrs = trial.user_attrs
    if attrs.get(SURPLUS):
        return None
    told = attrs.get(TRIAL)
    if not isinstance(told, dict):
        if not trial.params:
            return None
        point = {k: v for k, v in point_of(spec, trial.params).items()}
        told = {
            "place": f"n{trial.number}",
            "attempt": 0,
            "origin": "search",
            "point": point,
            "seeds": spec.seeds,
        }
    by_state: dict[Any, TrialState] = {
        states.WAITING: "waiting",
        states.RUNNING: "running",
        states.COMPLETE: "done",
        states.PRUNED: "pruned",
        states.FAIL: "failed",
    }
    return Slip(
        trial_id=trial._trial_id,
        number=trial.number,
        first=trial.number,
        place=told["place"],
        attempt=told["attempt"],
        origin=told["origin"],
        point={k: tuple(v) if isinstance(v, list) else v for k, v in told["point"].items()},
        seeds=tuple(told["seeds"]),
        state=by_state[trial.state],
        worker=attrs.get(WORKER, ""),
        runs=tuple(SeedRun.model_validate(run) for run in attrs.get(RUNS, ())),
        reported=trial.intermediate_values,
        given_back=bool(attrs.get(GIVEN_BACK)),
        problem=attrs.get(PROBLEM, ""),
    )


def counting(slips: Sequence[Slip], spec: SweepSpec) -> list[Slip]:
    """Return the last attempt that counts at each place, in the order of the first ones' numbers.

    A search that chooses as it goes may have been asked once too often, by two processes at once: the points
    with the highest numbers do not count then.
    """
    found: dict[str, Slip] = {}
    by_attempt = sorted(slips, key=lambda slip: (slip.attempt, slip.number))
    for slip in by_attempt:
        before = found.get(slip.place)
        if before is None:
            if slip.attempt == 0:
                found[slip.place] = slip
        elif slip.attempt == before.attempt + 1 and before.state in ("failed", "pruned"):
            found[slip.place] = replace(slip, first=before.first)
    ordered = sorted(found.values(), key=lambda slip: slip.first)
    chosen = [slip for slip in ordered if slip.origin == "search"]
    too_many = {slip.place for slip in chosen[spec.points :]}
    return [slip for slip in ordered if slip.place not in too_many]


def plain(point: Mapping[str, Value]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in point.items()}
