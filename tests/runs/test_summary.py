"""A run as one value: what its records come to, however far it got."""

import itertools
import os
import platform
from pathlib import Path

import psutil
import pytest
from journals import (
    BATCH,
    DATASET,
    DEVICE,
    EVALUATED,
    EVERY_KIND,
    NETWORK,
    STARTED,
    WEIGHTS,
    checkpoint,
    epoch,
    line,
)

from tuilab.errors import UsageError
from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.runs import store
from tuilab.runs.journal.reader import Entry, JournalReader
from tuilab.runs.journal.records import AnyRecord, Batch, Done, Failed, Note, Phase, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease, boot_id
from tuilab.runs.worker.lease_holder import take_lease

EXPERIMENT = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd"))
TRAINED: list[AnyRecord] = [STARTED, DEVICE, DATASET, WEIGHTS, NETWORK, BATCH, epoch(1), epoch(2), EVALUATED]


@pytest.fixture
def run() -> Run:
    return store.create(EXPERIMENT, preset="bn", name="mine")


def write(run: Run, *records: AnyRecord) -> None:
    """One record a second."""
    writer = JournalWriter(run.journal, clock=itertools.count(1000.0).__next__)
    for record in records:
        writer.append(record)
    writer.close()


def dead_lease(run: Run) -> None:
    """The lease of a worker that is gone."""
    started = psutil.Process().create_time() - 100
    lease = Lease(host=platform.node(), boot=boot_id(), pid=os.getpid(), started=started)
    run.lease.write_text(lease.model_dump_json())


def summarized(run: Run, *records: AnyRecord) -> Summary:
    write(run, *records)
    return summarize(run)


def test_a_run_without_records_waits(run: Run) -> None:
    summary = summarize(run)
    assert (summary.state, summary.reason, summary.seconds, summary.epochs) == ("waiting", "", 0.0, [])
    assert summary.manifest.name == "mine"


def test_a_run_whose_worker_lives_is_running(run: Run) -> None:
    take_lease(run.lease)
    phase = Phase(name="training", done=2, total=10, unit="epochs")
    summary = summarized(run, *TRAINED[:-1], phase)
    assert (summary.state, summary.reason, summary.exit_code) == ("running", "", 0)
    assert summary.seconds == 8.0
    assert (summary.started, summary.device, summary.dataset) == (STARTED, DEVICE, DATASET)
    assert (summary.weights, summary.network, summary.batch) == (WEIGHTS, NETWORK, BATCH)
    assert (summary.phase, summary.evaluated) == (phase, None)
    assert summary.epochs == [epoch(1), epoch(2)]


def test_a_run_on_another_host_is_taken_at_its_word(run: Run) -> None:
    lease = Lease(host=platform.node() + "-else", boot="", pid=1, started=0)
    run.lease.write_text(lease.model_dump_json())
    assert summarized(run, STARTED).state == "running"


@pytest.mark.parametrize("records", [[], [STARTED], TRAINED])
def test_a_run_whose_host_is_not_heard_from_is_unreachable_not_interrupted(
    run: Run, records: list[AnyRecord]
) -> None:
    lease = Lease(host=platform.node() + "-else", boot="", pid=1, started=0)
    run.lease.write_text(lease.model_dump_json())
    then = run.lease.stat().st_mtime - FRESH_SECONDS - 9
    os.utime(run.lease, (then, then))
    summary = summarized(run, *records)
    assert (summary.state, summary.reason) == (
        "unreachable",
        f"its worker runs on {lease.host}, which has not reported for a while",
    )
    write(run, Done(seconds=9.0))
    assert summarize(run).state == "done", "what it said last holds"


def test_a_run_that_is_done(run: Run) -> None:
    dead_lease(run)
    note = Note(text="a choice that was made")
    summary = summarized(run, *TRAINED, note, checkpoint(2, "final"), Done(seconds=77.5))
    assert (summary.state, summary.seconds, summary.exit_code, summary.reason) == ("done", 77.5, 0, "")
    assert summary.evaluated == EVALUATED
    assert (summary.notes, summary.checkpoints) == (["a choice that was made"], ["final"])


def test_a_run_that_was_stopped(run: Run) -> None:
    dead_lease(run)
    summary = summarized(run, STARTED, epoch(1), Stopped(epoch=1, reason="asked to", seconds=5.0))
    assert (summary.state, summary.reason, summary.exit_code) == ("stopped", "asked to", 130)
    assert summary.seconds == 5.0


def test_a_run_that_failed(run: Run) -> None:
    dead_lease(run)
    failed = Failed(reason="no images", remedies=["fetch them", "or digits"], exit_code=3, seconds=0.5)
    summary = summarized(run, STARTED, failed)
    assert (summary.state, summary.reason, summary.exit_code) == ("failed", "no images", 3)
    assert summary.remedies == ("fetch them", "or digits")


@pytest.mark.parametrize("records", [[], [STARTED], TRAINED])
def test_a_run_whose_worker_is_gone_without_a_last_word_was_interrupted(
    run: Run, records: list[AnyRecord]
) -> None:
    dead_lease(run)
    summary = summarized(run, *records)
    assert (summary.state, summary.reason) == ("interrupted", "its worker ended without saying why")


def test_a_worker_that_ends_while_it_is_looked_at_was_not_interrupted(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it lives is asked before its journal is read, not after."""
    write(run, STARTED)
    dead_lease(run)

    def ends_meanwhile(_: Path) -> tuple[None, str]:
        write(run, Done(seconds=1))
        return None, "dead"

    monkeypatch.setattr("tuilab.runs.summary.look", ends_meanwhile)
    assert summarize(run).state == "done"


def test_a_run_that_goes_on_after_it_stopped_forgets_that_it_stopped(run: Run) -> None:
    take_lease(run.lease)
    stopped = Stopped(epoch=2, reason="asked to", seconds=5.0)
    summary = summarized(run, STARTED, epoch(1), epoch(2), stopped, STARTED, epoch(3))
    assert (summary.state, summary.reason, summary.exit_code) == ("running", "", 0)
    write(run, Done(seconds=9.0))
    summary = summarize(run)
    assert (summary.state, summary.reason, summary.exit_code) == ("done", "", 0)
    assert [e.epoch for e in summary.epochs] == [1, 2, 3]


def test_epochs_trained_again_from_a_checkpoint_replace_those_before(run: Run) -> None:
    again = [
        checkpoint(2, "epoch-2"),
        epoch(3, 0.3),
        STARTED,
        epoch(3, 0.3),
        checkpoint(2, "epoch-2"),
        epoch(4),
    ]
    summary = summarized(run, STARTED, epoch(1), epoch(2), *again)
    assert [e.epoch for e in summary.epochs] == [1, 2, 3, 4]
    assert summary.checkpoints == ["epoch-2"]


def test_a_remark_after_the_last_word_does_not_wake_a_run(run: Run) -> None:
    summary = summarized(run, STARTED, Done(seconds=3.0), Note(text="by the way"))
    assert (summary.state, summary.notes) == ("done", ["by the way"])


def test_what_every_worker_of_a_run_notes_is_told_once(run: Run) -> None:
    same, other = Note(text="no image of a class"), Note(text="the disk was full for a while")
    notes = summarized(run, STARTED, same, other, STARTED, same, Done(seconds=3.0)).notes
    assert notes == ["no image of a class", "the disk was full for a while"]


def test_a_damaged_journal_is_told_with_what_could_be_read(run: Run) -> None:
    dead_lease(run)
    write(run, *TRAINED, Done(seconds=1))
    content = run.journal.read_bytes()
    place = content.index(b'"epoch":2')
    run.journal.write_bytes(content[:place] + b"X" + content[place + 1 :])
    summary = summarize(run)
    assert [e.epoch for e in summary.epochs] == [1]
    assert summary.state == "interrupted"
    assert "the journal is damaged at byte" in summary.reason
    assert summary.notes == [summary.reason]


def test_records_of_a_later_version_are_counted(run: Run) -> None:
    later = {"kind": "telepathy", "depth": 3}
    run.journal.write_bytes(
        line(0, STARTED.model_dump()) + line(1, later) + line(2, {"kind": "done", "seconds": 1})
    )
    summary = summarize(run)
    assert (summary.state, summary.notes) == (
        "done",
        ["1 records of a later version of tuilab were skipped"],
    )


def test_no_kind_of_record_is_left_out_unseen(run: Run) -> None:
    """Each kind but Started and Done changes something that a person can see."""
    for record in EVERY_KIND:
        fresh = Summary(run, run.manifest())
        before = repr(fresh)
        fresh._take(record)
        assert repr(fresh) != before, record.kind


def test_a_folder_without_its_manifest_is_told(run: Run) -> None:
    (run.folder / "run.json").unlink()
    with pytest.raises(UsageError, match=r"run\.json cannot be read"):
        summarize(run)


def test_a_journal_that_cannot_be_read_is_told(run: Run) -> None:
    run.journal.mkdir()
    with pytest.raises(UsageError) as caught:
        summarize(run)
    assert caught.value.sentence == f"{run.journal} cannot be read: Is a directory"


def test_a_clock_that_is_set_back_makes_no_negative_time(run: Run) -> None:
    writer = JournalWriter(run.journal, clock=iter([1000.0, 1010.0, 400.0]).__next__)
    for record in (STARTED, BATCH, epoch(1)):
        writer.append(record)
    writer.close()
    assert summarize(run).seconds == 10.0


def test_nothing_of_a_run_is_written_by_looking_at_it(run: Run) -> None:
    write(run, STARTED)
    before = {path: path.read_bytes() for path in Path(run.folder).rglob("*") if path.is_file()}
    summarize(run)
    assert {path: path.read_bytes() for path in Path(run.folder).rglob("*") if path.is_file()} == before


def test_a_summary_says_what_all_records_together_say(run: Run) -> None:
    """Batches and phases are passed over but for the last: the outcome is that of adding every one."""
    take_lease(run.lease)
    phases: list[AnyRecord] = [Phase(name="training", done=n, total=3, unit="epochs") for n in range(3)]
    batches: list[AnyRecord] = [BATCH.model_copy(update={"step": n}) for n in range(20)]
    write(run, *TRAINED, *batches, phases[0], epoch(3), *batches[:7], phases[1], *batches[:3])
    slow = Summary(run, run.manifest())
    for entry in JournalReader(run.journal).read():
        slow.add(entry)
    assert summarize(run) == slow


def worked(record: Batch | Phase, seconds: float) -> Batch | Phase:
    return record.model_copy(update={"worked": seconds})


def test_seconds_are_the_workers_own_whatever_the_wall_says(run: Run) -> None:
    """A run whose process stood still for an hour between two batches."""
    take_lease(run.lease)
    times = iter([1000.0, 1001.0, 1005.0, 4605.0, 4605.5])
    writer = JournalWriter(run.journal, clock=lambda: next(times))
    training = Phase(name="training", worked=1.0)
    for record in (STARTED, training, worked(BATCH, 5.0), worked(BATCH, 5.25), epoch(1)):
        writer.append(record)
    writer.close()
    summary, grown = summarize(run), Summary(run, run.manifest())
    for entry in JournalReader(run.journal).read():
        grown.add(entry)
    assert (summary.seconds, grown.seconds) == (5.25, 5.25)


def test_the_time_between_two_workers_of_a_run_is_no_work(run: Run) -> None:
    """In a journal of an earlier version, whose workers did not tell their seconds."""
    times = iter([1000.0, 1010.0, 90000.0, 90007.0])
    writer = JournalWriter(run.journal, clock=lambda: next(times))
    for record in (STARTED, epoch(1), STARTED, BATCH):
        writer.append(record)
    writer.close()
    assert summarize(run).seconds == 17.0


def test_the_epoch_under_way_is_the_one_after_those_that_are_done(run: Run) -> None:
    grown = Summary(run, run.manifest())
    last, first = (BATCH.model_copy(update={"epoch": n, "step": s, "steps": 5}) for n, s in ((1, 5), (2, 1)))
    told = []
    validation = Phase(name="training", what="validation", done=1, total=9)
    for seq, record in enumerate((STARTED, Phase(name="training"), last, validation, epoch(1), first)):
        grown.add(Entry(seq, 1000.0 + seq, record))
        told.append((grown.trains, grown.under_way, grown.validates))
    assert told == [
        (False, 1, False),
        (True, 1, False),
        (True, 1, True),
        (True, 1, True),
        (True, 2, False),
        (True, 2, False),
    ]


def test_the_time_left_goes_down_while_a_validation_runs(run: Run) -> None:
    grown = Summary(run, run.manifest())
    last = BATCH.model_copy(update={"step": 625, "worked": 30.0})
    grown.add(Entry(0, 1.0, STARTED))
    grown.add(Entry(1, 2.0, last))
    assert grown.seconds_left == 42.0
    grown.add(Entry(2, 99.0, Phase(name="training", what="validation", done=5, total=9, worked=37.0)))
    assert grown.seconds_left == 35.0
