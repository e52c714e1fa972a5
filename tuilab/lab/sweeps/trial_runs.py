"""The runs of trials on this machine: queued, found again, followed, stopped.

Each run's folder says in ``sweep.json`` which trial it belongs to. So whoever goes on after a coordinator was
killed finds what that one had queued, even where the study does not name it yet.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from tuilab.errors import TuilabError, UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.overrides import with_overrides
from tuilab.experiment.sharing import trained_alike
from tuilab.files import paths
from tuilab.files.regular import read_regular
from tuilab.lab.plan import PlannedRun, plan
from tuilab.lab.queue import clients
from tuilab.lab.sweeps.folders import Link
from tuilab.lab.sweeps.slips import Slip
from tuilab.runs import store
from tuilab.runs.metrics import ACCURACY
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.sweeps.board import SeedRun
from tuilab.sweeps.points import experiment_of
from tuilab.sweeps.spec import SweepSpec

TAG = "sweep.json"
"""The file in a run's folder that says which trial it belongs to."""
RECORDED = "batch-statistics"
"""What a run records whose training others share."""
MOST_RESTARTS = 3
"""How often a run goes on after its worker died; then its trial has failed."""


@dataclass(frozen=True)
class Tag:
    """Which run of a sweep a folder is.

    Attributes:
        worker: the store's name in the study.
    """

    study: str
    worker: str
    place: str
    attempt: int
    seed: int

    def text(self) -> str:
        """Return the file's content."""
        return json.dumps(self.__dict__, indent=1) + "\n"


@dataclass
class _Tagged:
    """A planned run that gets a tag."""

    planned: PlannedRun
    tag: Tag

    @property
    def experiment(self) -> Experiment:
        return self.planned.experiment

    @property
    def waits_for(self) -> Run | None:
        return self.planned.waits_for

    @property
    def shares(self) -> str | None:
        return self.planned.shares

    def start(self, beside: Mapping[str, str] | None = None) -> Run:
        return self.planned.start({**(beside or {}), TAG: self.tag.text()})


class TrialRuns:
    """Makes and follows the runs of one sweep in this store."""

    def __init__(self, spec: SweepSpec, link: Link) -> None:
        self._spec, self._link = spec, link
        self._tagged: dict[Tag, str] = {}
        """Runs that were found in the store as this began, by their tags."""
        self._seen: dict[str, tuple[tuple[int, ...], SeedRun]] = {}
        self._parents: dict[str, Run] = {}
        self._restarts: dict[str, int] = {}
        for run in store.folders():
            tag = _tag_of(run)
            if tag is not None and (tag.study, tag.worker) == (spec.name, link.worker):
                self._tagged[tag] = run.id

    def experiment(self, slip: Slip, seed: int) -> Experiment:
        """Return what a run of a trial trains on this machine; raises UsageError."""
        experiment = experiment_of(self._spec.experiment, slip.point, seed)
        here = {"data.source": self._link.data, "model.weights": self._link.weights}
        return with_overrides(experiment, {key: value for key, value in here.items() if value})

    def training_of(self, slip: Slip) -> str:
        """Return what trials have in common that can share one training."""
        return trained_alike(experiment_of(self._spec.experiment, slip.point, self._spec.seeds[0])).digest

    def begin(self, slips: Sequence[Slip], seeds: int | None = None) -> dict[str, tuple[SeedRun, ...]]:
        """Queue the runs of trials that share their trainings, or go on with those that are there.

        Args:
            slips: the trials; the first one's runs are trained, the others share that.
            seeds: how many of each trial's seeds are trained now; None: all.

        Returns:
            Each trial's runs, by its place.

        Raises:
            TuilabError: a run cannot be made.
        """
        found: dict[str, list[SeedRun]] = {slip.place: [] for slip in slips}
        for n in range(max(len(slip.seeds) for slip in slips)):
            leader: PlannedRun | None = None
            steps: list[tuple[Slip, int, PlannedRun | None, Run | None]] = []
            for slip in slips:
                if n >= len(slip.seeds) or (seeds is not None and n >= seeds):
                    continue
                seed = slip.seeds[n]
                there = self._there(slip, seed)
                if there is None:
                    planned = self._planned(slip, seed, leader, recorded=len(slips) > 1)
                    if leader is None:
                        leader = planned
                    steps.append((slip, seed, planned, None))
                else:
                    if leader is None:
                        leader = PlannedRun(there.experiment(), self._spec.preset, run=there)
                    steps.append((slip, seed, None, there))
            self._enqueue(steps)
            for slip, seed, planned, there in steps:
                run = there or (planned.run if planned is not None else None)
                assert run is not None
                old = next((one for one in slip.runs if one.run == run.id), None)
                shares = run.manifest().shares or ""
                found[slip.place].append(old or SeedRun(seed=seed, run=run.id, shares=shares))
        return {place: tuple(runs) for place, runs in found.items()}

    def _there(self, slip: Slip, seed: int) -> Run | None:
        """Return a trial's run of a seed that is in this store already, and have it go on if it has to."""
        named = [one.run for one in slip.runs if one.seed == seed and one.run]
        tag = Tag(self._spec.name, self._link.worker, slip.place, slip.attempt, seed)
        for run_id in [*named, *filter(None, [self._tagged.get(tag)])]:
            run = Run(paths.runs() / run_id)
            if run.folder.is_dir():
                _go_on_with(run)
                return run
        return None

    def _planned(self, slip: Slip, seed: int, leader: PlannedRun | None, *, recorded: bool) -> PlannedRun:
        experiment = self.experiment(slip, seed)
        if recorded and leader is None:
            kept = {"probes": (RECORDED,), "keep_checkpoints": "all"}
            training = experiment.training.model_copy(update=kept)
            experiment = experiment.model_copy(update={"training": training})
        name = f"{self._spec.name} {slip.first}"
        step = PlannedRun(experiment, self._spec.preset, name, shares_with=leader)
        if experiment.continue_from is not None:
            self._give_parent(step, slip, seed)
        return step

    def _give_parent(self, step: PlannedRun, slip: Slip, seed: int) -> None:
        """Have a trial start from the run that its preset starts from; that is trained once for all."""
        link, spec = self._link, self._spec
        given: dict[str, Any] = {"training.seed": seed}
        given |= {key: value for key, value in slip.point.items()}
        given |= {k: v for k, v in (("data.source", link.data), ("model.weights", link.weights)) if v}
        given |= {k: v for k, v in spec.settings.items() if k not in given}
        *before, last = plan(spec.preset, [], given)
        if last.experiment.digest != step.experiment.digest:
            raise UsageError(
                f"the preset {spec.preset} is not the one that the sweep {spec.name} was started with: it "
                "was changed since, or is another one on this machine"
            )
        if not before:
            step.parent = last.parent
            return
        for parent in before:
            known = self._parents.get(parent.experiment.digest)
            if known is None or not known.folder.is_dir():
                (known,) = clients.enqueue([parent])
                self._parents[parent.experiment.digest] = known
            parent.run = known
        step.parent = before[-1].run

    def _enqueue(self, steps: Iterable[tuple[Slip, int, PlannedRun | None, Run | None]]) -> None:
        tags = [
            (planned, Tag(self._spec.name, self._link.worker, slip.place, slip.attempt, seed))
            for slip, seed, planned, _ in steps
            if planned is not None
        ]
        if tags:
            clients.enqueue([_Tagged(planned, tag) for planned, tag in tags])
            clients.go_on()

    def look(self, one: SeedRun) -> SeedRun:
        """Return how it stands with a run that this machine trains; one that was interrupted goes on."""
        run = Run(paths.runs() / one.run)
        if not run.folder.is_dir():
            return one.model_copy(update={"state": "failed", "problem": "its folder is gone"})
        marks = _marks(run)
        before = self._seen.get(one.run)
        if before is not None and before[0] == marks and before[1].state != "running":
            return before[1]
        try:
            summary = summarize(run)
        except TuilabError as error:
            return one.model_copy(update={"state": "failed", "problem": error.sentence})
        if summary.state == "interrupted":
            self._restarts[run.id] = self._restarts.get(run.id, 0) + 1
            if self._restarts[run.id] > MOST_RESTARTS:
                died = f"its worker died {MOST_RESTARTS + 1} times: {summary.reason}"
                return one.model_copy(update={"state": "failed", "problem": died[:500]})
            _go_on_with(run)
        found = _noted(one, summary)
        self._seen[one.run] = marks, found
        return found

    def facts(self, one: SeedRun) -> dict[str, Any]:
        """Return what a run says of its images and weights; empty before it has read them."""
        summary = summarize(Run(paths.runs() / one.run))
        dataset = summary.dataset
        if dataset is None or (summary.weights is None and self._spec.experiment.weights is not None):
            return {}
        weights = summary.weights
        named = weights is not None and weights.name != "random" and not weights.name.startswith("run ")
        return {
            "dataset": dataset.digest,
            "weights": weights.digest if weights is not None and named else "",
            "validation_images": dataset.validation_images,
            "test_images": dataset.test_images,
        }


def _noted(one: SeedRun, summary: Summary) -> SeedRun:
    match summary.state:
        case "queued" | "waiting":
            state = "waiting"
        case "running" | "interrupted" | "unreachable":
            state = "running"
        case "done" | "stopped" | "failed":
            state = summary.state
        case _:
            assert_never(summary.state)
    tested = summary.evaluated
    return one.model_copy(
        update={
            "state": state,
            "validation": _validation(summary),
            "accuracy": tested.test_accuracy if tested is not None else None,
            "cross_entropy": tested.test_cross_entropy if tested is not None else None,
            "seconds": round(summary.seconds, 3),
            "problem": summary.reason[:500] if state in ("failed", "stopped") else "",
        }
    )


def _validation(summary: Summary) -> tuple[float, ...]:
    """Return the validation accuracy of each epoch; of a run that has none to train that with its test."""
    if summary.epochs or summary.evaluated is None:
        return tuple(epoch.val_accuracy for epoch in summary.epochs)
    measured = summary.evaluated.value(ACCURACY.val)
    return () if measured is None else (measured,)


def _go_on_with(run: Run) -> None:
    """Queue a run again that ended early, or release one that is held; leave all others alone."""
    with contextlib.suppress(TuilabError):  # a worker took it just now, or its folder is damaged: told later
        if is_queued(run):
            clients.release(run)
        elif summarize(run).resumable:
            clients.enqueue_again(run)
        clients.go_on()


def _marks(run: Run) -> tuple[int, ...]:
    """Return what tells whether anything changed of a run."""
    found: list[int] = []
    for path in (run.journal, run.folder / "queue.json", run.lease):
        try:
            status = path.stat()
            found += [status.st_size, status.st_mtime_ns]
        except OSError:
            found += [-1, -1]
    return tuple(found)


def _tag_of(run: Run) -> Tag | None:
    try:
        table = json.loads(read_regular(run.folder / TAG, 4096))
        return Tag(**{name: table[name] for name in ("study", "worker", "place", "attempt", "seed")})
    except (OSError, ValueError, KeyError, TypeError):
        return None
