"""The coordinator of a sweep in one store: claims trials, has them trained, and tells the study.

What it knows stands in the study and in the runs' folders: it may be killed at any moment, the runs that it
queued go on, and the next one takes up where it was. One works on a sweep in a store; several stores, on as
many machines, share a study.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from tuilab.errors import RunError, TuilabError, UsageError
from tuilab.files import paths
from tuilab.lab.preflight import check_inputs
from tuilab.lab.queue import clients
from tuilab.lab.queue.locking import scheduler_here
from tuilab.lab.sweeps.folders import Link, SweepFolder
from tuilab.lab.sweeps.ledger import Ended, Ledger
from tuilab.lab.sweeps.making import complete
from tuilab.lab.sweeps.slips import Slip
from tuilab.lab.sweeps.storage import StorageLostError
from tuilab.lab.sweeps.trial_runs import TrialRuns
from tuilab.lab.sweeps.writing import BoardWriter
from tuilab.machine.gpus import list_gpus
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.worker import process
from tuilab.sweeps.board import SeedRun
from tuilab.sweeps.points import own_point
from tuilab.sweeps.spec import SweepSpec

LOOK_SECONDS = 0.3
"""From one look to the next."""
BEAT_SECONDS = 10.0
"""How often a worker says that it is there."""
STALE_SECONDS = 60.0
"""After how long without a beat a worker counts as gone, and its trials are given back."""
LOST_SECONDS = 3600.0
"""How long a storage may be away before a coordinator gives up."""


def lanes() -> int:
    """Return how many runs can train at once on this machine: one a GPU, or one on the CPU."""
    return max(len(list_gpus()), 1)


@dataclass
class _Others:
    """The other workers of the study: when each was last heard of, by this process's clock.

    Attributes:
        heard: for each the number of its last beat and when that was first seen.
    """

    heard: dict[str, tuple[int, float]] = field(default_factory=dict)

    def gone(self, worker: str, beats: int, now: float) -> bool:
        """Return whether a worker has not been heard of for too long."""
        number, since = self.heard.get(worker, (-1, now))
        if number != beats:
            since = now
        self.heard[worker] = beats, since
        return now - since > STALE_SECONDS


class Coordinator:
    """Works on one sweep."""

    def __init__(
        self,
        sweep: SweepFolder,
        ledger: Ledger,
        link: Link,
        *,
        log: Callable[[str], None] = lambda text: None,
    ) -> None:
        """Prepare; whoever does so holds the sweep's lock in this store."""
        self._ledger, self._link, self._log = ledger, link, log
        self._me = link.worker
        self._runs = TrialRuns(ledger.spec, link)
        self._writer = BoardWriter(sweep, ledger, self._me)
        self._mine: dict[str, tuple[SeedRun, ...]] = {}
        """Runs of the trials that are trained here, by their places."""
        self._pruned: set[str] = set()
        self._told: dict[str, int] = {}
        """Epochs that were told of a trial, by its place."""
        self._identified: set[str] = set()
        """Runs whose images and weights are known to be the sweep's."""
        self._asked: set[str] = set()
        """Runs that were asked to stop."""
        self._others = _Others()
        self._beats, self._beat_at = 0, float("-inf")
        self._checked = False

    @property
    def spec(self) -> SweepSpec:
        """The sweep."""
        return self._ledger.spec

    def work(self, asked: Callable[[], bool] = lambda: False) -> bool:
        """Go on until the sweep is over or stopped.

        Args:
            asked: whether this process is asked to end; looked at between two looks at the study.

        Returns:
            False if it was asked to end before.

        Raises:
            TuilabError: it cannot go on: images or weights are missing here, or the storage stays away.
        """
        lost_at: float | None = None
        while not asked():
            try:
                if not self.look():
                    return True
                lost_at = None
            except StorageLostError as error:
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > LOST_SECONDS:
                    raise
                self._log(error.sentence)
                time.sleep(min(1 + (time.monotonic() - lost_at) / 10, 10))
            time.sleep(LOOK_SECONDS)
        return False

    def look(self) -> bool:
        """Look at everything once; return whether there is anything left to do.

        Raises:
            TuilabError: as ``work``; StorageLostError where the next look may succeed.
        """
        self._beat()
        slips = self._ledger.slips()
        stopped = self._ledger.stopped
        if not stopped and complete(self._ledger, slips):
            slips = self._ledger.slips()
        for slip in slips:
            if slip.state == "running" and slip.worker == self._me:
                self._follow(slip, stopped=stopped)
        slips = self._ledger.slips()
        mine = [slip for slip in slips if slip.state == "running" and slip.worker == self._me]
        if stopped:
            going = any(one.state == "running" for slip in mine for one in self._mine[slip.place])
        else:
            self._keep_scheduled()
            self._give_back_stale(slips)
            if self._start_more(slips, mine):
                slips = self._ledger.slips()
            going = any(slip.state in ("waiting", "running") for slip in slips) or self._chooses_more(slips)
        self._writer.write(slips, self._mine, stopped=stopped)
        return going

    def give_all_back(self) -> None:
        """Stop what is trained here and have other machines do it."""
        for slip in self._ledger.slips():
            if slip.state == "running" and slip.worker == self._me:
                for one in self._mine.get(slip.place, slip.runs):
                    self._stop(one)
                    _drop(one)
                self._ledger.give_back(slip)

    def _beat(self) -> None:
        if time.monotonic() - self._beat_at >= BEAT_SECONDS:
            self._beats = max(self._beats, self._ledger.beats().get(self._me, 0)) + 1
            self._ledger.beat(self._me, self._beats)
            self._beat_at = time.monotonic()

    def _keep_scheduled(self) -> None:
        """Make sure that what this process queued is started, whoever killed the scheduler."""
        waiting = any(one.state == "waiting" and one.run for runs in self._mine.values() for one in runs)
        if waiting and scheduler_here() is None:
            clients.go_on()

    def _chooses_more(self, slips: Sequence[Slip]) -> bool:
        tried = sum(slip.origin == "search" for slip in slips)
        return self.spec.search == "tpe" and tried < self.spec.points

    def _start_more(self, slips: Sequence[Slip], mine: Sequence[Slip]) -> bool:
        """Claim trials while there is room for their trainings; return whether any were."""
        any_claimed = False
        # one more than there are devices: none waits for this process. A search that learns chooses late
        room = lanes() + (self.spec.search != "tpe") - sum(self._trains(slip) for slip in mine)
        while room > 0:
            group = self._claim(slips)
            if not group:
                break
            any_claimed = True
            self._begin(group)
            room -= len(group[0].seeds)
            slips = self._ledger.slips()
        return any_claimed

    def _trains(self, slip: Slip) -> int:
        return sum(
            one.state in ("waiting", "running") and not one.shares for one in self._mine.get(slip.place, ())
        )

    def _claim(self, slips: Sequence[Slip]) -> list[Slip]:
        """Claim the next trial that waits, and those that can share its training."""
        waiting = [slip for slip in slips if slip.state == "waiting"]
        if not waiting and not self._chooses_more(slips):
            return []
        if not self._checked:  # before anything is claimed: who lacks images takes no trial
            own = replace(slips[0], point=own_point(self.spec), seeds=self.spec.seeds) if slips else None
            if own is not None:
                check_inputs(self._runs.experiment(own, self.spec.seeds[0]))
            self._checked = True
        if not waiting:
            trial_id = self._ledger.ask(self._me)
            asked = [slip for slip in self._ledger.slips() if slip.trial_id == trial_id]
            if not asked:  # another machine asked for the last point in the same moment
                self._ledger.discard(trial_id)
            return asked
        first, group = waiting[0], [waiting[0]]
        if self.spec.pruning is None and not first.runs:
            key = self._runs.training_of(first)
            alike = [s for s in waiting[1:] if s.seeds == first.seeds and not s.runs]
            group += [slip for slip in alike if self._runs.training_of(slip) == key]
        return [
            replace(s, state="running", worker=self._me) for s in group if self._ledger.claim(s, self._me)
        ]

    def _begin(self, group: Sequence[Slip]) -> None:
        """Queue the runs of claimed trials; one whose runs cannot be made has failed."""
        try:
            begun = self._runs.begin(group, seeds=1 if self.spec.pruning else None)
        except TuilabError as error:
            if len(group) > 1:  # find out which of them it is
                for slip in group:
                    self._begin([slip])
                return
            self._log(f"trial {group[0].first}: {error.sentence}")
            self._mine[group[0].place] = ()
            self._ledger.finish(group[0], "failed", problem=error.sentence)
            return
        for slip in group:
            self._mine[slip.place] = begun[slip.place]
            self._ledger.note_runs(slip, begun[slip.place])
            self._log(f"trial {slip.first}: {', '.join(one.run for one in begun[slip.place])}")

    def _follow(self, slip: Slip, *, stopped: bool) -> None:
        """Look at a trial's runs; end it once they are over."""
        if slip.place not in self._mine:
            if stopped:
                self._mine[slip.place] = slip.runs
            else:
                self._begin([slip])  # claimed before this process began
        runs = self._mine[slip.place] = tuple(map(self._runs.look, self._mine[slip.place]))
        if not runs:
            return
        if stopped:
            for one in runs:
                self._stop(one)
            return
        self._check_facts(slip, runs)
        self._prune(slip, runs[0])
        if any(one.state in ("waiting", "running") for one in runs):
            return
        if slip.place in self._pruned and runs[0].state == "stopped":
            self._end(slip, runs, "pruned")
        elif any(one.state != "done" for one in runs):
            failed = next(one for one in runs if one.state != "done")
            why = failed.problem or failed.state
            self._end(slip, runs, "failed", f"{failed.run} {failed.state}: {why}")
        elif len(runs) < len(slip.seeds):  # the first seed decided whether the others are worth it
            rest = self._runs.begin([replace(slip, runs=runs)])[slip.place]
            self._mine[slip.place] = rest
            self._ledger.note_runs(slip, rest)
        else:
            self._end(slip, runs, "done")

    def _end(self, slip: Slip, runs: Sequence[SeedRun], state: Ended, problem: str = "") -> None:
        self._ledger.note_runs(slip, runs)
        value = sum(one.validation[-1] for one in runs) / len(runs) if state == "done" else None
        self._ledger.finish(slip, state, value, problem)
        self._log(f"trial {slip.first} is {state}{': ' if problem else ''}{problem}")

    def _prune(self, slip: Slip, first: SeedRun) -> None:
        """Tell the validation of the first seed's run; stop it where the sweep's rule says so."""
        if self.spec.pruning is None or slip.place in self._pruned:
            return
        for epoch in range(self._told.get(slip.place, len(slip.reported)) + 1, len(first.validation) + 1):
            self._ledger.report(slip, epoch, first.validation[epoch - 1])
            self._told[slip.place] = epoch
            last = epoch == self.spec.experiment.training.epochs
            if first.state == "running" and not last and self._ledger.should_prune(slip):
                self._log(f"trial {slip.first} is pruned after epoch {epoch}")
                self._pruned.add(slip.place)
                self._stop(first)
                return

    def _check_facts(self, slip: Slip, runs: Sequence[SeedRun]) -> None:
        """Note which images and weights the first run had; refuse to go on with others."""
        known = self._ledger.facts
        for one in runs:
            if one.run in self._identified or one.state == "waiting":
                continue
            facts = self._runs.facts(one)
            if not facts:
                continue
            self._identified.add(one.run)
            if not known:
                self._ledger.facts = facts
                known = facts
            for what, name in (("dataset", "images"), ("weights", "weights")):
                if known.get(what) and facts.get(what) and known[what] != facts[what]:
                    self.give_all_back()
                    raise UsageError(
                        f"the {name} of this machine are not those of the sweep {self.spec.name}: "
                        f"{facts[what][:16]} here, {known[what][:16]} there; it takes no trial",
                        [f"--data and --weights of tuilab sweep work name where this machine has the {name}"],
                    )

    def _give_back_stale(self, slips: Sequence[Slip]) -> None:
        """Have trials done again whose worker is gone, or that a killed worker left half given back."""
        beats, now = self._ledger.beats(), time.monotonic()
        for slip in slips:
            match slip.state:
                case "failed" if slip.given_back:
                    self._ledger.try_again(slip)
                case "running" if slip.worker != self._me:
                    # without a name: its worker died before it gave it; known by the trial then
                    name = slip.worker or f"trial {slip.number}"
                    if self._others.gone(name, beats.get(slip.worker, 0), now):
                        self._log(f"trial {slip.first}: {name} has not been heard of; it is done again")
                        self._ledger.give_back(slip)
                case "waiting" | "running" | "done" | "pruned" | "failed":
                    pass
                case _:
                    assert_never(slip.state)
        for slip in self._ledger.surplus():
            self._ledger.discard(slip.trial_id)

    def _stop(self, one: SeedRun) -> None:
        """Ask a run to stop, once, or keep it from starting: it goes on when the sweep does."""
        run = Run(paths.runs() / one.run)
        with contextlib.suppress(UsageError, RunError):
            if is_queued(run):
                clients.hold(run)
            elif one.run not in self._asked and process.ask_to_stop(run):
                self._asked.add(one.run)


def _drop(one: SeedRun) -> None:
    """Take a run out of the queue."""
    with contextlib.suppress(UsageError, RunError):
        changes.drop(Run(paths.runs() / one.run))
