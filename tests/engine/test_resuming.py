"""What a worker finds of an earlier one: nothing, or all up to the newest whole checkpoint."""

import shutil

import pytest
from checkpoint_folders import written
from finished_runs import finished_run
from records import INITIAL, STARTED, epoch

from tuilab.engine.resuming import find_resume_point
from tuilab.errors import MissingError
from tuilab.lab.fork import fork
from tuilab.runs import store
from tuilab.runs.journal.records import AnyRecord, Epoch, Note, Resumed
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run


def new_run(*records: AnyRecord, forked_at: int | None = None) -> Run:
    origin = finished_run("bn")
    run = store.create(origin.experiment(), preset="bn", parent=origin.id, forked_at=forked_at)
    if records:
        journal = JournalWriter(run.journal)
        for record in records:
            journal.append(record)
        journal.close()
    return run


def told(run: Run) -> list[AnyRecord]:
    return list(find_resume_point(run).first_records())


def test_a_run_that_begins_has_nothing_to_tell() -> None:
    run = new_run()
    assert find_resume_point(run).epochs == () and told(run) == []


def test_one_that_left_no_checkpoint_begins_again_and_says_so() -> None:
    run = new_run(STARTED, INITIAL, epoch(1))
    assert find_resume_point(run).epochs == ()
    assert told(run) == [Resumed(epoch=0, step=0, checkpoint="")]


def test_one_with_a_checkpoint_goes_on_from_it() -> None:
    run = new_run(STARTED, epoch(1), epoch(2))
    written(run.checkpoints, 1)
    written(run.checkpoints, 2, 40)
    assert told(run) == [Resumed(epoch=2, step=40, checkpoint="epoch-00002-step-000040")]


def test_epochs_that_the_journal_lost_are_told_again_from_the_checkpoint() -> None:
    run = new_run(STARTED, epoch(1))
    written(run.checkpoints, 3)
    resumed, *epochs = told(run)
    assert isinstance(resumed, Resumed) and epochs == [epoch(2), epoch(3)]


def test_an_epoch_that_the_journal_tells_otherwise_is_told_again() -> None:
    run = new_run(STARTED, epoch(1), epoch(2, accuracy=0.99), epoch(3))
    written(run.checkpoints, 3)
    assert [r.epoch for r in told(run) if isinstance(r, Epoch)] == [2, 3]


def test_epochs_after_the_checkpoint_are_trained_again_and_not_told() -> None:
    run = new_run(STARTED, epoch(1), epoch(2), epoch(3))
    written(run.checkpoints, 2)
    assert told(run) == [Resumed(epoch=2, step=0, checkpoint="epoch-00002")]


def test_a_fork_tells_the_epochs_that_its_parent_trained() -> None:
    run = new_run(forked_at=2)
    written(run.checkpoints, 2)
    assert told(run) == [Resumed(epoch=2, step=0, checkpoint="epoch-00002"), epoch(1), epoch(2)]


def test_a_damaged_checkpoint_is_noted_and_the_one_before_is_taken() -> None:
    run = new_run(STARTED, epoch(1), epoch(2))
    written(run.checkpoints, 1)
    (written(run.checkpoints, 2).folder / "trained.npz").write_bytes(b"")
    note, resumed = told(run)
    assert isinstance(note, Note) and "epoch-00002 is damaged" in note.text
    assert resumed == Resumed(epoch=1, step=0, checkpoint="epoch-00001")


def test_a_fork_without_a_whole_checkpoint_cannot_begin() -> None:
    run = new_run(forked_at=2)
    with pytest.raises(MissingError, match="cannot start: it has no checkpoint"):
        find_resume_point(run)
    (written(run.checkpoints, 2).folder / "optimizer.npz").unlink()
    with pytest.raises(MissingError, match=r"cannot start: the checkpoint .* cannot be read"):
        find_resume_point(run)


def test_a_run_that_is_over_is_done() -> None:
    assert find_resume_point(finished_run("bn")).done


def test_what_a_forks_parent_worked_is_not_the_forks() -> None:
    run = new_run(forked_at=2)
    written(run.checkpoints, 2, seconds=400.0)
    assert find_resume_point(run).seconds == 0.0
    written(run.checkpoints, 2, 40, seconds=3.0)
    assert find_resume_point(run).seconds == 3.0
    written(run.checkpoints, 3, seconds=9.0)
    assert find_resume_point(run).seconds == 9.0


def test_a_run_that_goes_on_counts_from_what_it_had_worked() -> None:
    run = new_run(STARTED, epoch(1))
    assert find_resume_point(run).seconds == 0.0
    written(run.checkpoints, 1, seconds=7.5)
    assert find_resume_point(run).seconds == 7.5


def test_a_fork_whose_checkpoint_was_exchanged_cannot_begin() -> None:
    origin = finished_run("bn")
    saved = written(origin.checkpoints, 2)
    run = fork(origin, "2", ["training.epochs=9"]).start()
    assert find_resume_point(run).saved is not None
    shutil.rmtree(run.checkpoints / saved.folder.name)
    written(run.checkpoints, 2, history=(epoch(1), epoch(2, accuracy=0.9)))
    with pytest.raises(MissingError, match=r"cannot start: .* is not the one recorded in the journal"):
        find_resume_point(run)
