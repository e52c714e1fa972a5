"""A run whose checkpoints are taken from it says so, makes room for new ones and ends with its model."""

import errno
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from typing import Any

import pytest
from small_experiments import small_cnn, small_experiment

from tuilab.engine import saving
from tuilab.engine.stopping import Stopping
from tuilab.engine.telemetry import Reporter
from tuilab.engine.worker import Worker
from tuilab.runs import checkpoints, store
from tuilab.runs.journal.records import AnyRecord, Epoch
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def new_run(**training: Any) -> Run:
    settings = {"limit": 64, "batch_size": 32, "device": "cpu", **training}
    return store.create(small_experiment(small_cnn(), **settings), preset="baseline")


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 74), (errno.EACCES, 4)])
def test_a_run_whose_model_cannot_be_saved_has_failed_and_ends_well_once_it_can(
    number: int, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    run = new_run(epochs=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(saving.trained_model, "save", refuse)
        assert Worker(run).main() == code
    measured = summarize(run).evaluated
    assert summarize(run).state == "failed"
    assert measured is not None and summarize(run).resumable
    assert ("its model cannot be saved: Perm" if code == 4 else "is full") in summarize(run).reason
    assert Worker(run).main() == 0
    assert summarize(run).evaluated == measured and summarize(run).checkpoints[-1] == "final"


@pytest.mark.parametrize("when", [1, 2])
def test_a_folder_of_checkpoints_that_is_deleted_while_it_trains_is_made_again(
    when: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, report = new_run(epochs=2), Reporter.__call__

    def hear(self: Reporter, record: AnyRecord) -> None:
        report(self, record)
        if isinstance(record, Epoch) and record.epoch == when:
            shutil.rmtree(run.checkpoints)

    monkeypatch.setattr(Reporter, "__call__", hear)
    assert Worker(run).main() == 0
    note = "the folder checkpoints was gone with everything in it; it has been made again, empty"
    summary = summarize(run)
    assert note in summary.notes and not [text for text in summary.notes if "could not be written" in text]
    kept = ["epoch-00001", "epoch-00002", "final"]
    assert sorted(path.name for path in run.checkpoints.iterdir()) == kept[when - 1 :]
    assert stat.S_IMODE(run.checkpoints.stat().st_mode) == 0o700
    assert checkpoints.newest(run.checkpoints, summary.known)[1] == []


def test_one_that_is_deleted_between_two_workers_is_made_again_and_all_is_trained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = new_run(epochs=2)
    monkeypatch.setattr(Stopping, "asked", lambda _: len(summarize(run).epochs) == 1)
    assert Worker(run).main() == 130 and list(run.checkpoints.iterdir())
    monkeypatch.undo()
    shutil.rmtree(run.checkpoints)
    assert Worker(run).main() == 0
    assert summarize(run).state == "done" and (run.checkpoints / "final").is_dir()


def test_a_file_in_its_place_is_said_and_the_checkpoint_before_is_not_said_to_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, report = new_run(epochs=2), Reporter.__call__

    def hear(self: Reporter, record: AnyRecord) -> None:
        report(self, record)
        if isinstance(record, Epoch) and record.epoch == 2:
            shutil.rmtree(run.checkpoints)
            run.checkpoints.write_text("a file")

    with monkeypatch.context() as patch:
        patch.setattr(Reporter, "__call__", hear)
        assert Worker(run).main() == 4
    note = "the checkpoint epoch-00002 could not be written: Not a directory; epoch-00001 is gone too"
    assert note in summarize(run).notes
    assert "its model cannot be saved: Not a directory" in summarize(run).reason
    assert Worker(run).main() == 3
    said = f"{run.checkpoints} is a file, but must be a folder: checkpoints belong there"
    assert summarize(run).reason == said
    run.checkpoints.unlink()
    assert Worker(run).main() == 0
    assert (run.checkpoints / "final").is_dir()
