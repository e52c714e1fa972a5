"""A study as a ledger of trials: made, claimed by one worker, given back, finished.

Optuna's storages number trials one after the other and let exactly one process set a waiting one to
running; which trials count follows from ``slips``.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, assert_never

from tuilab.errors import UsageError
from tuilab.lab.sweeps.search import distributions, point_of, pruner_of, sampler_of
from tuilab.lab.sweeps.slips import (
    GIVEN_BACK,
    PROBLEM,
    RUNS,
    SURPLUS,
    TRIAL,
    WORKER,
    Slip,
    counting,
    plain,
    slip_of,
)
from tuilab.lab.sweeps.storage import optuna, shown, translated
from tuilab.sweeps.board import Origin, SeedRun
from tuilab.sweeps.spec import VERSION, SweepSpec, Value

_SPEC, _STOPPED, _BEAT, _FACTS = "tuilab_sweep", "tuilab_stopped", "tuilab_beat:", "tuilab_facts"
Ended = Literal["done", "pruned", "failed"]
"""How a trial ends."""


class Ledger:
    """One study."""

    def __init__(self, storage: Any, address: str, name: str) -> None:
        """Open a study.

        Args:
            storage: an open Optuna storage.
            address: what it is called in messages.
            name: of the study.

        Raises:
            UsageError: there is no such study, or it is no sweep, or one of another version of tuilab.
            StorageLostError: the storage cannot be reached.
        """
        self._storage, self._address, self.name = storage, address, name
        with self._guarded():
            try:
                self._study_id = storage.get_study_id_from_name(name)
            except KeyError:
                raise UsageError(
                    f"the storage {shown(address)} holds no study '{name}'",
                    ["tuilab sweep … --storage URL --name NAME makes one"],
                ) from None
            attrs = storage.get_study_user_attrs(self._study_id)
        self.spec = _spec_of(attrs, name, address)
        self._study: Any = None
        self._over: dict[int, Slip] = {}

    @classmethod
    def create(cls, storage: Any, address: str, spec: SweepSpec) -> "Ledger":
        """Make a study; its trials are made by whoever works on it.

        Raises:
            UsageError: the storage holds one of that name.
            StorageLostError: the storage cannot be reached or written.
        """
        found = optuna()
        with translated(address):
            try:
                study_id = storage.create_new_study([found.study.StudyDirection.MAXIMIZE], spec.name)
            except found.exceptions.DuplicatedStudyError:
                study_id = storage.get_study_id_from_name(spec.name)
                if storage.get_study_user_attrs(study_id) or storage.get_all_trials(study_id, deepcopy=False):
                    raise UsageError(
                        f"the storage {shown(address)} already holds a study '{spec.name}'; choose another "
                        "--name",
                        [f"tuilab sweep work --storage … {spec.name} joins it, if it is this sweep"],
                    ) from None
                # made by a process that was killed before it said what the study is
            storage.set_study_user_attr(study_id, _SPEC, spec.model_dump_json())
        return cls(storage, address, spec.name)

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        with translated(self._address):
            yield

    # reading

    def slips(self) -> list[Slip]:
        """Return the last attempt that counts at each place, in the order of the first ones' numbers."""
        return counting(self._read(), self.spec)

    def surplus(self) -> list[Slip]:
        """Return what waits and does not count: two processes made it at once."""
        read = self._read()
        count = {slip.trial_id for slip in counting(read, self.spec)}
        return [slip for slip in read if slip.state == "waiting" and slip.trial_id not in count]

    def _read(self) -> list[Slip]:
        with self._guarded():
            trials = self._storage.get_all_trials(self._study_id, deepcopy=False)
        found: list[Slip] = []
        for trial in trials:
            slip = self._over.get(trial._trial_id) or slip_of(trial, self.spec)
            if slip is None:
                continue
            if trial.state.is_finished():  # nothing of it changes any more
                self._over[slip.trial_id] = slip
            found.append(slip)
        return found

    @property
    def stopped(self) -> bool:
        """Whether a person stopped the sweep."""
        return bool(self._attrs().get(_STOPPED))

    @stopped.setter
    def stopped(self, value: bool) -> None:
        with self._guarded():
            self._storage.set_study_user_attr(self._study_id, _STOPPED, value)

    def beats(self) -> dict[str, int]:
        """Return for each worker how often it has said that it is there."""
        attrs = self._attrs()
        return {name.removeprefix(_BEAT): int(n) for name, n in attrs.items() if name.startswith(_BEAT)}

    def beat(self, worker: str, count: int) -> None:
        """Say that a worker is there."""
        with self._guarded():
            self._storage.set_study_user_attr(self._study_id, f"{_BEAT}{worker}", count)

    @property
    def facts(self) -> dict[str, Any]:
        """What the first run said of its images and weights: digests and counts; empty before."""
        found = self._attrs().get(_FACTS)
        return found if isinstance(found, dict) else {}

    @facts.setter
    def facts(self, value: Mapping[str, Any]) -> None:
        with self._guarded():
            self._storage.set_study_user_attr(self._study_id, _FACTS, dict(value))

    def _attrs(self) -> dict[str, Any]:
        with self._guarded():
            return self._storage.get_study_user_attrs(self._study_id)

    # writing

    def add(
        self,
        place: str,
        point: Mapping[str, Value],
        origin: Origin,
        seeds: Sequence[int],
        *,
        attempt: int = 0,
        runs: Sequence[SeedRun] = (),
    ) -> None:
        """Add a trial that waits; where another process adds the same one, one of the two is surplus."""
        found = optuna()
        params = distributions(self.spec, point) if origin == "search" else {}
        attrs: dict[str, Any] = {
            TRIAL: {
                "place": place,
                "attempt": attempt,
                "origin": origin,
                "point": plain(point),
                "seeds": list(seeds),
            }
        }
        if runs:
            attrs[RUNS] = [run.model_dump(mode="json", exclude_defaults=True) for run in runs]
        trial = found.trial.create_trial(
            state=found.trial.TrialState.WAITING,
            params={key: value for key, (value, _) in params.items()},
            distributions={key: distribution for key, (_, distribution) in params.items()},
            user_attrs=attrs,
        )
        with self._guarded():
            self._storage.create_new_trial(self._study_id, template_trial=trial)

    def claim(self, slip: Slip, worker: str) -> bool:
        """Make a waiting trial a worker's own; return False if another one was sooner."""
        found = optuna()
        with self._guarded():
            try:
                if not self._storage.set_trial_state_values(slip.trial_id, found.trial.TrialState.RUNNING):
                    return False
                self._storage.set_trial_user_attr(slip.trial_id, WORKER, worker)
            except found.exceptions.UpdateFinishedTrialError:
                return False
        return True

    def ask(self, worker: str) -> int:
        """Have the search choose a further point, as a trial that this worker claims; return the storage's
        number of it."""
        with self._guarded():
            study = self._opened()
            asked = study.ask(fixed_distributions={k: d for k, (_, d) in distributions(self.spec).items()})
            point = point_of(self.spec, asked.params)
            asked.set_user_attr(
                TRIAL,
                {
                    "place": f"n{asked.number}",
                    "attempt": 0,
                    "origin": "search",
                    "point": plain(point),
                    "seeds": list(self.spec.seeds),
                },
            )
            asked.set_user_attr(WORKER, worker)
            return asked._trial_id

    def note_runs(self, slip: Slip, runs: Sequence[SeedRun]) -> bool:
        """Note a trial's runs; return False if it is not this worker's any more."""
        return self._set(
            slip.trial_id, RUNS, [run.model_dump(mode="json", exclude_defaults=True) for run in runs]
        )

    def report(self, slip: Slip, epoch: int, accuracy: float) -> None:
        """Tell the validation accuracy of the first seed's run after an epoch, from 1."""
        found = optuna()
        with self._guarded(), contextlib.suppress(found.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_intermediate_value(slip.trial_id, epoch, accuracy)

    def should_prune(self, slip: Slip) -> bool:
        """Return whether the sweep's rule ends a trial after what was last reported of it."""
        if self.spec.pruning is None:
            return False
        with self._guarded():
            study = self._opened()
            return study.pruner.prune(study, self._storage.get_trial(slip.trial_id))

    def finish(self, slip: Slip, state: Ended, value: float | None = None, problem: str = "") -> bool:
        """End a trial; return False if it is not this worker's any more."""
        states = optuna().trial.TrialState
        match state:
            case "done":
                ended = states.COMPLETE
            case "pruned":
                ended = states.PRUNED
            case "failed":
                ended = states.FAIL
            case _:
                assert_never(state)
        if problem and not self._set(slip.trial_id, PROBLEM, problem[:2000]):
            return False
        return self._end(slip.trial_id, ended, value)

    def give_back(self, slip: Slip) -> None:
        """Have a trial done by another worker: its own is gone."""
        if not self._set(slip.trial_id, GIVEN_BACK, True):
            return
        if self._end(slip.trial_id, optuna().trial.TrialState.FAIL):
            self.try_again(slip)

    def try_again(self, slip: Slip, runs: Sequence[SeedRun] = ()) -> None:
        """Add the next attempt at a trial that has failed or was pruned."""
        self.add(slip.place, slip.point, slip.origin, slip.seeds, attempt=slip.attempt + 1, runs=runs)

    def discard(self, trial_id: int) -> None:
        """End a surplus trial."""
        if self._set(trial_id, SURPLUS, True):
            self._end(trial_id, optuna().trial.TrialState.FAIL)

    def _set(self, trial_id: int, name: str, value: Any) -> bool:
        found = optuna()
        with self._guarded():
            try:
                self._storage.set_trial_user_attr(trial_id, name, value)
            except found.exceptions.UpdateFinishedTrialError:
                return False
        return True

    def _end(self, trial_id: int, state: Any, value: float | None = None) -> bool:
        found = optuna()
        with self._guarded():
            try:
                values = None if value is None else [value]
                return bool(self._storage.set_trial_state_values(trial_id, state, values))
            except found.exceptions.UpdateFinishedTrialError:
                return False

    def _opened(self) -> Any:
        if self._study is None:
            self._study = optuna().load_study(
                study_name=self.name,
                storage=self._storage,
                sampler=sampler_of(self.spec),
                pruner=pruner_of(self.spec),
            )
        return self._study


def _spec_of(attrs: Mapping[str, Any], name: str, address: str) -> SweepSpec:
    text = attrs.get(_SPEC)
    if not isinstance(text, str):
        raise UsageError(f"the study '{name}' in {shown(address)} is no sweep of tuilab")
    version = None
    with contextlib.suppress(ValueError, AttributeError):
        version = json.loads(text).get("version")
    if version != VERSION:
        raise UsageError(
            f"the study '{name}' in {shown(address)} is of another version of tuilab: its version is "
            f"{version!r}, and this one reads {VERSION}"
        )
    try:
        return SweepSpec.model_validate_json(text)
    except ValueError as error:
        raise UsageError(f"the study '{name}' in {shown(address)} is damaged: it cannot be read") from error
