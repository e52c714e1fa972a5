"""Whatever lies in the place of a file of a run is told or passed over, and waited for by nobody."""

from collections.abc import Callable

import pytest
from checkpoint_folders import written
from finished_runs import finished_run
from obstacles import OBSTACLES, no_waiting, put
from records import DONE, STOPPED

from tuilab.errors import MissingError, RunError
from tuilab.runs import checkpoints
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.worker.commands import CommandReader, ask
from tuilab.runs.worker.lease import liveness, lock_of, read_lease
from tuilab.runs.worker.lease_holder import take_lease

every_obstacle = pytest.mark.parametrize("obstacle", OBSTACLES)


@pytest.fixture
def run() -> Run:
    return finished_run("bn", last=STOPPED)


@every_obstacle
@pytest.mark.parametrize("opened", [JournalReader, JournalWriter])
def test_a_journal_is_not_read_and_not_written(
    opened: Callable[..., JournalReader | JournalWriter], obstacle: str, run: Run
) -> None:
    put(obstacle, run.journal)
    with no_waiting(), pytest.raises(OSError):
        journal = opened(run.journal)
        assert isinstance(journal, JournalReader)
        journal.read()


@every_obstacle
def test_commands_are_none_and_cannot_be_given(obstacle: str, run: Run) -> None:
    put(obstacle, run.commands)
    with no_waiting():
        assert CommandReader(run.commands).read() == []
        with pytest.raises(RunError, match=r"cannot be asked to stop: (It is a|Is a dir)"):
            ask(run, "stop")


@every_obstacle
def test_a_lease_is_that_of_nobody_who_still_works(obstacle: str, run: Run) -> None:
    put(obstacle, run.lease)
    with no_waiting():
        assert (read_lease(run.lease), liveness(run.lease)) == (None, "dead")
        if obstacle == "a folder":
            with pytest.raises(OSError, match="Is a directory"):
                take_lease(run.lease)
            return
        held = take_lease(run.lease)
        held.release()
    assert liveness(run.lease) == "dead" and run.lease.is_file() and not run.lease.is_symlink()


@every_obstacle
def test_the_lock_of_a_lease_is_waited_for_by_nobody_who_only_looks(obstacle: str, run: Run) -> None:
    take_lease(run.lease).release()
    lock_of(run.lease).unlink()
    put(obstacle, lock_of(run.lease))
    with no_waiting():
        assert liveness(run.lease) == "dead"


@every_obstacle
@pytest.mark.parametrize("name", [checkpoints.MANIFEST, checkpoints.TRAINED, checkpoints.OPTIMIZER])
def test_a_checkpoint_is_passed_over_for_the_one_before(name: str, obstacle: str, run: Run) -> None:
    before, newest = written(run.checkpoints, 1), written(run.checkpoints, 2)
    put(obstacle, newest.folder / name)
    with no_waiting():
        assert checkpoints.newest(run.checkpoints)[0] == before
        with pytest.raises(MissingError, match=r"epoch-00002 cannot be read: (It is a|Is a dir)"):
            checkpoints.read(newest.folder)


@every_obstacle
def test_a_run_can_be_written_once_the_obstacle_is_gone(obstacle: str, run: Run) -> None:
    content = run.journal.read_bytes()
    put(obstacle, run.journal)
    with no_waiting(), pytest.raises(OSError):
        JournalWriter(run.journal)
    run.journal.rmdir() if obstacle == "a folder" else run.journal.unlink()
    run.journal.write_bytes(content)
    journal = JournalWriter(run.journal)
    journal.append(DONE)
    journal.close()
    assert JournalReader(run.journal).read()[-1].record == DONE
