"""The worker: a run told from its first record to its last, whatever ends it."""

import errno
import os
import platform
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
import tensorflow as tf
from small_experiments import small_cnn, small_experiment, values

from tuilab.engine import networks, stages, worker
from tuilab.engine.checkpoints import Checkpointer, load_weights
from tuilab.engine.worker import Worker
from tuilab.errors import RunError
from tuilab.runs import answers, checkpoints, store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import (
    AnyRecord,
    Batch,
    DatasetRecord,
    Epoch,
    Failed,
    NetworkRecord,
    Note,
    Stopped,
)
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.runs.worker.process import WorkerProcess
from tuilab.sources.digits import load_digits

HEAD = ["started", "phase loading", "dataset", "phase starting", "device", "phase compiling"]
HEAD += ["weights", "network", "phase training"]
TAIL = ["phase evaluating", "evaluated", "checkpoint", "done"]


@pytest.fixture(autouse=True)
def process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what a worker sets in its process: signal handlers and the environment."""
    for name in ("CUDA_VISIBLE_DEVICES", "KERAS_BACKEND"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def new_run(**training: Any) -> Run:
    """A run on the digits that takes a moment."""
    settings = {"limit": 64, "batch_size": 32, "epochs": 2, "device": "cpu", **training}
    return store.create(small_experiment(small_cnn(batch_norm=True, l2=0.001), **settings), preset="baseline")


def told(run: Run) -> list[AnyRecord]:
    reader = JournalReader(run.journal)
    records = [entry.record for entry in reader.read()]
    assert reader.damage is None
    return records


def outline(records: list[AnyRecord]) -> list[str]:
    """Kinds in order; a phase by its name; what repeats, once."""
    kinds = [f"phase {r.name}" if r.kind == "phase" else r.kind for r in records]
    return [kind for kind, _ in groupby(kinds)]


def test_a_run_is_told_in_order_to_its_end() -> None:
    run = new_run()
    assert Worker(run).main() == 0
    records = told(run)
    epoch = ["batch", "phase training", "epoch", "checkpoint"]
    assert outline(records) == [*HEAD, *epoch, *epoch, *TAIL]
    assert [r.epoch for r in records if isinstance(r, Epoch)] == [1, 2]
    dataset = next(r for r in records if isinstance(r, DatasetRecord))
    assert (dataset.training_images, dataset.validation_images, dataset.test_images) == (64, 355, 355)
    assert (dataset.test_digest, dataset.split_seed) == (load_digits().test_digest, None)
    network = next(r for r in records if isinstance(r, NetworkRecord))
    assert (network.trained_tensors, network.trained_base_tensors) == (10, 0)
    assert all(epoch.penalty > 0 for epoch in records if isinstance(epoch, Epoch))
    summary = summarize(run)
    assert summary.state == "done" and summary.checkpoints == ["epoch-00001", "epoch-00002", "final"]
    # validation "test": the last validation is the test itself
    assert summary.evaluated is not None
    assert summary.evaluated.test_accuracy == summary.epochs[-1].val_accuracy
    assert summary.evaluated.test_cross_entropy == summary.epochs[-1].val_cross_entropy


def test_what_is_said_of_each_image_is_recorded_and_adds_up_to_what_is_measured() -> None:
    run = new_run(validation="last-20%", epochs=3)
    assert Worker(run).main() == 0
    summary, test, held_out = summarize(run), answers.load(run, "test"), answers.load(run, "validation")
    measured = summary.evaluated
    assert measured is not None and (len(test), len(held_out)) == (355, 13)
    assert test.right.mean() == pytest.approx(measured.test_accuracy)
    picked = test.probabilities.astype(np.float64)[np.arange(355), test.labels]
    assert -np.log(picked).mean() == pytest.approx(measured.test_cross_entropy, rel=1e-5)
    by_epoch = answers.right_by_epoch(run)
    assert (by_epoch.part, by_epoch.epochs) == ("validation", (1, 2, 3))
    assert by_epoch.right.mean(axis=1) == pytest.approx([epoch.val_accuracy for epoch in summary.epochs])
    np.testing.assert_array_equal(by_epoch.right[-1], held_out.right)
    assert held_out.epoch == test.epoch == 3


def test_a_disk_that_refuses_what_is_said_of_each_image_costs_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(answers.RightWriter, "write", refuse)
    run = new_run()
    assert Worker(run).main() == 0
    notes = [r.text for r in told(run) if isinstance(r, Note)]
    assert notes == [
        "what the network says of each image is not recorded: Permission denied; the run goes on"
    ]
    assert summarize(run).state == "done" and not (run.probes / "answers" / "test.npz").exists()


def test_the_same_experiment_twice_gives_the_same_numbers() -> None:
    def numbers(run: Run) -> list[Epoch]:
        assert Worker(run).main() == 0
        return [r.model_copy(update={"seconds": 0.0}) for r in told(run) if isinstance(r, Epoch)]

    assert numbers(new_run()) == numbers(new_run())


@pytest.mark.slow
def test_a_process_of_its_own_tells_the_same_run_until_sigterm_stops_it_within_two_seconds() -> None:
    process = WorkerProcess(new_run(epochs=100_000))
    asked, entries = None, []
    for entry in process.follow():
        entries.append(entry)
        if isinstance(entry.record, Epoch) and asked is None:
            process.stop()
            asked = time.time()
    last = entries[-1].record
    assert asked is not None and entries[-1].time - asked < 2
    assert isinstance(last, Stopped)
    assert last.reason == "asked to stop (SIGTERM)" and last.epoch >= 1
    assert process._process.returncode == 130
    kinds = outline([entry.record for entry in entries])
    assert kinds[: len(HEAD)] == HEAD and set(kinds[len(HEAD) :]) == {
        "batch",
        "phase training",
        "epoch",
        "checkpoint",
        "stopped",
    }
    assert kinds[-2:] == ["checkpoint", "stopped"]
    assert summarize(process.run).state == "stopped"
    assert process.run.log.stat().st_mode & 0o777 == 0o600


def test_a_stop_that_is_asked_for_before_training_ends_the_loading() -> None:
    run = new_run()
    asked = Worker(run)
    asked.stop(signal.SIGINT)
    assert asked.main() == 130
    assert outline(told(run)) == ["started", "phase loading", "stopped"]


def stop_at(kind: str, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """A worker that is asked to stop when it writes its first record of a kind, or begins that phase."""
    asked = Worker(new_run())
    append = JournalWriter.append

    def listening(journal: JournalWriter, record: AnyRecord, **more: bool) -> None:
        append(journal, record, **more)
        if kind in {record.kind, getattr(record, "name", None)}:
            asked.stop(signal.SIGTERM)

    monkeypatch.setattr(JournalWriter, "append", listening)
    return asked


def test_a_stop_while_it_trains_keeps_what_was_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stop_at("epoch", monkeypatch)
    assert asked.main() == 130
    run = asked._run
    assert outline(told(run))[-3:] == ["epoch", "checkpoint", "stopped"]
    summary = summarize(run)
    assert (summary.state, summary.checkpoints) == ("stopped", ["epoch-00001"])
    network = networks.build(run.experiment().model, 10)
    fresh = values(network)
    load_weights(checkpoints.read(run.checkpoints / "epoch-00001"), network)
    learnt = values(network)
    assert any((learnt[path] != fresh[path]).any() for path in learnt if "moving_mean" in path)
    assert [entry.name for entry in run.checkpoints.iterdir()] == ["epoch-00001"], "and no draft"


def test_a_stop_within_an_epoch_keeps_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stop_at("batch", monkeypatch)
    assert asked.main() == 130
    assert [entry.name for entry in asked._run.checkpoints.iterdir()] == ["epoch-00000-step-000001"]


def test_a_stop_while_it_is_tested_finds_the_last_epoch_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stop_at("evaluating", monkeypatch)
    assert asked.main() == 130
    assert outline(told(asked._run))[-4:] == ["epoch", "checkpoint", "phase evaluating", "stopped"]


def test_a_stop_before_the_first_step_has_nothing_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = stop_at("compiling", monkeypatch)
    monkeypatch.setattr(stages.Stages, "_fit", lambda steps, *_: steps._pause())
    assert asked.main() == 130
    assert outline(told(asked._run))[-3:] == ["weights", "network", "stopped"]
    assert list(asked._run.checkpoints.iterdir()) == []


def test_a_stopped_network_that_cannot_be_saved_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    asked = stop_at("epoch", monkeypatch)
    monkeypatch.setattr(Checkpointer, "save", full)
    assert asked.main() == 130
    assert outline(told(asked._run))[-3:] == ["epoch", "note", "stopped"]
    note = "the checkpoint epoch-00001 could not be written: the disk is full; there is no earlier one"
    assert summarize(asked._run).notes == [note], "said once"


def test_an_error_that_nobody_foresaw_fails_the_run_with_the_logs_path(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("something \x1b[31mred\nand more")

    monkeypatch.setattr(stages, "Trainer", breaks)
    run = new_run()
    assert Worker(run).main() == RunError.exit_code
    last = told(run)[-1]
    assert isinstance(last, Failed)
    assert last.reason.startswith("the worker hit an unexpected error: ValueError: something ")
    assert "\x1b" not in last.reason and "and more" not in last.reason
    assert last.remedies == [f"full details: {run.log}"]
    assert 'raise ValueError("something' in capfd.readouterr().err


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "this experiment does not fit in the machine's memory"),
        (
            tf.errors.ResourceExhaustedError(None, None, "OOM on /job:localhost/task:0/device:GPU:0"),
            "this experiment does not fit in the GPU's memory",
        ),
        (
            tf.errors.AbortedError(
                None, None, "Operation received an exception:Status: 1, message: could not"
            ),
            "this experiment does not fit in the machine's memory",
        ),
        (
            OSError(errno.ENOMEM, "Cannot allocate memory"),
            "this experiment does not fit in the machine's memory",
        ),
    ],
    ids=["main memory", "a GPU's memory", "oneDNN's", "the system's"],
)
def test_too_little_memory_is_a_sentence_with_remedies(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stages, "Trainer", breaks)
    run = new_run()
    assert Worker(run).main() == RunError.exit_code
    last = told(run)[-1]
    assert isinstance(last, Failed)
    assert last.reason == sentence and any("batch_size" in remedy for remedy in last.remedies)


def test_a_batch_larger_than_the_data_fails_before_tensorflow_is_needed() -> None:
    run = new_run(limit=20, batch_size=21)
    assert Worker(run).main() == 2
    last = told(run)[-1]
    assert isinstance(last, Failed) and last.exit_code == 2
    assert last.reason.startswith("training.batch_size = 21 is not allowed: digits leaves 20 training")
    assert "device" not in outline(told(run))


def test_a_limit_above_what_there_is_is_noted() -> None:
    run = new_run(limit=5000, batch_size=721, epochs=1)
    assert Worker(run).main() == 0
    notes = [r.text for r in told(run) if isinstance(r, Note)]
    assert notes == ["training.limit = 5000 is more than there are: all 1442 training images are used"]


def test_a_journal_that_takes_no_last_word_leaves_the_exit_code_to_say_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    stopped, failed = Worker(new_run()), Worker(new_run(limit=2))
    stopped.stop(signal.SIGTERM)
    monkeypatch.setattr(JournalWriter, "append", full)
    assert stopped.main() == 74
    assert failed.main() == 74


def test_a_run_that_another_process_trains_is_left_alone(capfd: pytest.CaptureFixture[str]) -> None:
    run = new_run()
    other = psutil.Process(os.getppid())
    lease = Lease(host=platform.node(), boot=boot_id(), pid=other.pid, started=other.create_time())
    run.lease.write_text(lease.model_dump_json(), encoding="utf-8")
    assert worker.main([str(run.folder)]) == RunError.exit_code
    assert not run.journal.exists()
    assert f"is already being trained by process {other.pid}" in capfd.readouterr().err


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 256 KiB that holds the runs."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True, check=False
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("a small disk needs the right to mount one")
    monkeypatch.setenv("TUILAB_HOME", str(disk / "home"))
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path, leave: int) -> None:
    free = os.statvfs(disk)
    (disk / "filling").write_bytes(bytes(free.f_bavail * free.f_frsize - leave))


def ending(process: WorkerProcess) -> tuple[str, list[AnyRecord]]:
    """The sentence that a person reads at the end, and the records before it."""
    records: list[AnyRecord] = []
    try:
        for entry in process.follow():
            records.append(entry.record)
    except RunError as error:
        return error.sentence, records
    assert isinstance(records[-1], Failed)
    return records[-1].reason, records


@pytest.mark.slow
@pytest.mark.parametrize("leave", [0, 24 * 1024], ids=["from the start", "while it trains"])
def test_a_full_disk_ends_the_run_with_a_sentence_about_the_disk(leave: int, small_disk: Path) -> None:
    run = new_run(epochs=500)
    fill(small_disk, leave)
    process = WorkerProcess(run)
    sentence, records = ending(process)
    assert sentence.startswith(f"the disk of {run.folder} is full")
    assert process._process.returncode == 74
    assert any(isinstance(record, Batch) for record in records) is (leave > 0)
    assert JournalReader(run.journal).damage is None


def test_a_warning_that_a_person_made_an_error_ends_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def warned(self: Worker) -> int:
        warnings.warn("as h5py does at the saving", DeprecationWarning, stacklevel=1)
        return 0

    monkeypatch.setattr(Worker, "main", warned)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # PYTHONWARNINGS=error
        with pytest.raises(DeprecationWarning):
            warned(Worker(new_run()))
        assert worker.main([str(new_run().folder)]) == 0
