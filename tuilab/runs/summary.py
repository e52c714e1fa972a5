"""A run as one value: what its records come to so far."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from tuilab.errors import UsageError
from tuilab.runs.journal.reader import MOMENTS, Entry, JournalReader
from tuilab.runs.journal.records import (
    AnyRecord,
    Batch,
    Checkpoint,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Failed,
    Measured,
    NetworkRecord,
    Note,
    Phase,
    Resumed,
    Started,
    Stopped,
    WeightsRecord,
)
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Manifest, Run
from tuilab.runs.state import AT_WORK, RESUMABLE, UNDER_WAY, Recorded, State, Worker, state
from tuilab.runs.worker.lease import look, why_unreachable
from tuilab.terminal import clean


@dataclass(frozen=True)
class Ending:
    """How a run stopped or failed, in its worker's words.

    Attributes:
        reason: why; text from outside.
        remedies: what helps; text from outside.
        exit_code: of the worker.
    """

    reason: str = ""
    remedies: tuple[str, ...] = ()
    exit_code: int = 0


_NOT_ENDED = Ending()


@dataclass
class Summary:
    """What a run's journal says so far. Grows by ``add``.

    Attributes:
        run: the folder.
        manifest: what it was called and starts from.
        recorded: the state by its journal alone.
        ending: why it stopped or failed, by its journal.
        seconds: of work on it up to the last record, by the worker's clock: what passed while it was stopped
            or its machine slept is not counted. Journals of earlier versions tell the time of their records
            alone.
        resumed: where it last continued from; None for a run that was trained in one go.
        validation: how far the validation of the epoch under way is; None outside of one.
        checkpoints: names of checkpoints that were written, oldest first; not all are kept.
        known: what is told of each of them by which it is known again, but for those before which the run
            went on.
        seq: the number of the last entry that was taken; -1 before the first.
        worker: what is known of its worker beside its journal.
    """

    run: Run
    manifest: Manifest
    recorded: Recorded = "waiting"
    ending: Ending = _NOT_ENDED
    seconds: float = 0.0
    started: Started | None = None
    resumed: Resumed | None = None
    device: DeviceRecord | None = None
    dataset: DatasetRecord | None = None
    weights: WeightsRecord | None = None
    network: NetworkRecord | None = None
    phase: Phase | None = None
    batch: Batch | None = None
    validation: Phase | None = None
    evaluated: Evaluated | None = None
    epochs: Sequence[Epoch] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    checkpoints: list[str] = field(default_factory=list)
    known: dict[str, Checkpoint] = field(default_factory=dict)
    seq: int = -1
    worker: Worker = AT_WORK
    _mark: tuple[float, float] | None = None
    """A moment of this worker and the seconds of work up to then."""
    _tells: bool = False
    """Whether the worker tells its seconds of work."""
    _batch_at: float = 0.0
    """Seconds of work up to ``batch``."""

    @property
    def state(self) -> State:
        """Its state.

        ``queued`` while it waits in the queue, ``waiting`` before the first record, ``interrupted`` where its
        worker is gone without a last record, ``unreachable`` where that is on another host and silent.
        """
        return state(self.recorded, self._worker)

    @property
    def reason(self) -> str:
        """Why it stopped, failed, was interrupted or cannot be reached; else empty. Text from outside."""
        if self.state in ("interrupted", "unreachable"):
            return self._worker.reason
        return self._ending.reason

    @property
    def remedies(self) -> tuple[str, ...]:
        """What its worker said would help; text from outside."""
        return self._ending.remedies

    @property
    def exit_code(self) -> int:
        """Its worker's exit code by its journal; 0 if that tells none."""
        return self._ending.exit_code

    @property
    def last(self) -> Measured | None:
        """What was measured last on training and validation images: with the last epoch, or, where nothing
        is trained, with the test."""
        return self.epochs[-1] if self.epochs else self.evaluated

    @property
    def _worker(self) -> Worker:
        """What is known of its worker, unless the journal has grown since."""
        return self.worker if self.worker.seq >= self.seq else AT_WORK

    @property
    def _ending(self) -> Ending:
        return _NOT_ENDED if self._worker.restarted or self._worker.queued else self.ending

    @property
    def resumable(self) -> bool:
        """Whether it ended before it was done, so that it can continue."""
        return self.state in RESUMABLE

    @property
    def trains(self) -> bool:
        """Whether it is at its epochs: after loading and building, before the test."""
        return self.state == "running" and self.phase is not None and self.phase.name == "training"

    @property
    def under_way(self) -> int:
        """The epoch under way, from 1: the one after those that are done, whatever was heard of it yet."""
        return len(self.epochs) + 1

    @property
    def validates(self) -> bool:
        """Whether all batches of the epoch under way are trained, and it is being measured."""
        batch = self.batch
        trained = batch is not None and batch.epoch == self.under_way and batch.step == batch.steps
        return self.trains and (trained or self.validation is not None)

    @property
    def seconds_left(self) -> float:
        """How long the training will still take, as its worker last said, less what it worked since."""
        if self.batch is None:
            return math.nan
        return max(self.batch.seconds_left - (self.seconds - self._batch_at), 0.0)

    def restarted(self) -> None:
        """Note that a worker was started on it again, which has written nothing yet."""
        self.worker, self.phase = Worker(restarted=True, seq=self.seq), None

    def queued(self) -> None:
        """Note that it waits in the queue, to be trained or to continue."""
        self.worker = Worker(queued=True, seq=self.seq)

    def gone(self, reason: str) -> None:
        """Note that its worker is gone, or that nothing more can be read of it."""
        self.worker = Worker("dead", reason, seq=self.seq)

    def unreachable(self, reason: str) -> None:
        """Note that its worker works elsewhere and is not heard of."""
        self.worker = Worker("unreachable", reason, seq=self.seq)

    def reachable(self) -> None:
        """Note that its worker can be reached again, though it wrote nothing yet."""
        self.worker = AT_WORK

    def add(self, entry: Entry) -> None:
        """Take the next entry of the journal."""
        self._count_seconds(entry)
        self.seq = entry.seq
        if self.recorded == "waiting" or isinstance(entry.record, Started):
            # a run that continues after it stopped is no longer one that stopped
            self.recorded, self.ending = "running", _NOT_ENDED
        self._take(entry.record)

    def _count_seconds(self, entry: Entry) -> None:
        record = entry.record
        if self._mark is None or isinstance(record, Started):
            # between two workers of a run nobody works
            self._mark = entry.time, self.seconds
        worked = record.worked if isinstance(record, Batch | Phase) else None
        if worked is not None and math.isfinite(worked):
            self.seconds, self._mark, self._tells = worked, (entry.time, worked), True
        elif not self._tells:
            moment, before = self._mark
            self.seconds = max(self.seconds, before + entry.time - moment)

    def _take(self, record: AnyRecord) -> None:
        match record:
            case Started():
                # a run that continues goes through its phases again
                self.started, self.phase, self._tells = record, None, False
            case Resumed():
                # what came after the checkpoint is trained again
                self.epochs = [e for e in self.epochs if e.epoch <= record.epoch]
                self.known = {name: c for name, c in self.known.items() if _before(c, record)}
                self.batch = self.evaluated = self.validation = None
                self.resumed = record
            case DeviceRecord():
                self.device = record
            case DatasetRecord():
                self.dataset = record
            case WeightsRecord():
                self.weights = record
            case NetworkRecord():
                self.network = record
            case Phase():
                self.phase, self.validation = record, record if record.validates else None
            case Batch():
                self.batch, self.validation, self._batch_at = record, None, self.seconds
            case Epoch():
                # a run that continues from a checkpoint trains the epochs after it again
                self.epochs = [e for e in self.epochs if e.epoch < record.epoch] + [record]
                self.validation = None
            case Evaluated():
                self.evaluated = record
            case Note():
                if record.text not in self.notes:  # whoever continues finds the same again
                    self.notes.append(record.text)
            case Checkpoint():
                self.checkpoints = [c for c in self.checkpoints if c != record.name] + [record.name]
                self.known[record.name] = record
            case Done():
                self.recorded, self.seconds = "done", record.seconds
            case Stopped():
                self.recorded, self.seconds = "stopped", record.seconds
                self.ending = Ending(record.reason, exit_code=130)
            case Failed():
                self.recorded, self.seconds = "failed", record.seconds
                self.ending = Ending(record.reason, tuple(record.remedies), record.exit_code)


def _before(checkpoint: Checkpoint, resumed: Resumed) -> bool:
    return (checkpoint.epoch, checkpoint.step) <= (resumed.epoch, resumed.step)


def summarize(run: Run) -> Summary:
    """Read a run's journal from its beginning; of batches and phases only the last is decoded.

    Raises:
        UsageError: the run's folder is damaged so that nothing can be said of it.
    """
    summary = Summary(run, run.manifest())
    reader = JournalReader(run.journal, skip=MOMENTS)
    # asked before reading: what a worker wrote before it ended is read after
    queued = is_queued(run)  # before the lease: a worker takes that first
    lease, liveness = look(run.lease)
    try:
        entries = reader.read()
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise UsageError(f"{clean(str(run.journal))} cannot be read: {why}") from error
    last = [entry for kind in MOMENTS if (entry := reader.last_passed(kind))]
    for entry in sorted([*entries, *last], key=lambda entry: entry.seq):
        summary.add(entry)
    if summary.started and summary.started.manifest_seal not in ("", summary.manifest.seal):
        raise UsageError(
            f"{clean(str(run.folder / 'run.json'))} was changed: it does not belong to the run whose journal "
            "is beside it",
            ["put the file back as it was"],
        )
    if reader.unknown:
        summary.notes.append(f"{reader.unknown} records of a later version of tuilab were skipped")
    if reader.damage is not None:
        summary.notes.append(reader.damage.reason)
    if queued and liveness != "alive":
        summary.queued()
    elif summary.state in UNDER_WAY:
        match liveness:
            case "dead":
                summary.gone(reader.damage.reason if reader.damage else "its worker ended without saying why")
            case "unreachable":
                assert lease is not None
                summary.unreachable(why_unreachable(lease))
            case "alive" | "none":
                pass
            case _:
                assert_never(liveness)
    return summary
