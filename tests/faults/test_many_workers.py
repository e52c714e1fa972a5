"""Several workers at once: one run is one worker's, and runs do not get in each other's way."""

import os
import signal
import subprocess
import sys
import time

import pytest
from small_runs import CNN, small_run
from workers import Nursery, numbers

from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Started
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import BEAT_SECONDS, liveness, read_lease

pytestmark = pytest.mark.faults


def test_of_workers_told_to_take_one_run_one_trains_it(nursery: Nursery) -> None:
    expected = numbers(nursery.finish(small_run(CNN)))
    run = small_run(CNN)
    codes = sorted(nursery.wait(pid) for pid in [nursery.start(run) for _ in range(4)])
    assert codes == [0, 4, 4, 4]
    started = [entry.record for entry in JournalReader(run.journal).read() if entry.record.kind == "started"]
    assert len(started) == 1 and isinstance(started[0], Started)
    assert f"is already being trained by process {started[0].pid}" in run.log.read_text()
    assert numbers(summarize(run)) == expected


def test_four_runs_that_train_at_once_end_as_if_each_were_alone(nursery: Nursery) -> None:
    expected = numbers(nursery.finish(small_run(CNN)))
    runs = [small_run(CNN) for _ in range(4)]
    assert len({run.id for run in runs}) == 4
    pids = [nursery.start(run) for run in runs]
    assert [nursery.wait(pid) for pid in pids] == [0] * 4
    assert [numbers(summarize(run)) for run in runs] == [expected] * 4


def test_a_run_that_is_over_is_not_trained_again(nursery: Nursery) -> None:
    run = small_run(CNN)
    nursery.finish(run)
    before = run.journal.read_bytes()
    assert nursery.wait(nursery.start(run)) == 0
    assert run.journal.read_bytes() == before


def test_a_worker_whose_run_was_taken_writes_no_more_into_it(nursery: Nursery) -> None:
    """It was stopped for a while, as by a machine that slept, and another host took the run meanwhile."""
    run = small_run(CNN, epochs=100_000)
    pid = nursery.start_halted(run, "epoch")
    time.sleep(2.5 * BEAT_SECONDS)
    lease = read_lease(run.lease)
    assert lease is not None and lease.pid == pid
    run.lease.write_text(lease.model_copy(update={"host": "another", "pid": 1}).text())
    before = run.journal.read_bytes()
    os.kill(pid, signal.SIGCONT)
    assert nursery.wait(pid) == 4
    after = run.journal.read_bytes()
    assert after.startswith(before) and after.count(b"\n") - before.count(b"\n") <= 3, "a step or two at most"
    assert b'"kind":"stopped"' not in after[len(before) :]
    assert "was taken over by another process" in run.log.read_text()
    kept = read_lease(run.lease)
    assert kept is not None and kept.host == "another"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["batch", "epoch"])
def test_a_signal_ends_a_worker_with_a_checkpoint_of_that_step_and_it_goes_on(
    kind: str, number: int, nursery: Nursery
) -> None:
    expected = numbers(nursery.finish(small_run(CNN)))
    run = small_run(CNN)
    pid = nursery.start_halted(run, kind)
    os.kill(pid, number)
    os.kill(pid, signal.SIGCONT)
    assert nursery.wait(pid) == 130
    summary = summarize(run)
    assert (summary.state, liveness(run.lease)) == ("stopped", "dead")
    assert summary.reason == f"asked to stop ({signal.Signals(number).name})"
    assert numbers(nursery.finish(run)) == expected


def test_a_second_sigint_ends_it_at_once_and_nothing_is_lost(nursery: Nursery) -> None:
    expected = numbers(nursery.finish(small_run(CNN)))
    run = small_run(CNN)
    pid = nursery.start_halted(run, "batch")
    os.kill(pid, signal.SIGINT)
    os.kill(pid, signal.SIGCONT)
    os.kill(pid, signal.SIGINT)
    assert nursery.wait(pid) in {-signal.SIGINT, 130}
    assert numbers(nursery.finish(run)) == expected


def test_a_command_from_anywhere_stops_it(nursery: Nursery) -> None:
    run = small_run(CNN, epochs=100_000)
    pid = nursery.start(run)
    nursery.until(run, lambda record: record.kind == "epoch")
    code = "import sys; from pathlib import Path; from tuilab.runs.worker.commands import ask\n"
    code += "from tuilab.runs.run import Run; ask(Run(Path(sys.argv[1])), 'stop')"
    subprocess.run([sys.executable, "-c", code, str(run.folder)], check=True)
    assert nursery.wait(pid) == 130
    assert summarize(run).reason.startswith("asked to stop (from ")
