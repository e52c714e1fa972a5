"""A run whose steps XLA compiles continues with the same numbers, killed or stopped within an epoch."""

import os
import signal
from typing import Literal, assert_never

import pytest
from small_runs import CNN, small_run
from workers import Nursery, numbers

from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import DeviceRecord
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize

pytestmark = pytest.mark.faults


def compiled_run() -> Run:
    return small_run(CNN, xla="on", epochs=2)


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery) -> Summary:
    return nursery.finish(compiled_run())


def test_its_record_says_so_and_it_learns_what_a_plain_run_learns(
    nursery: Nursery, undisturbed: Summary
) -> None:
    plain = nursery.finish(small_run(CNN, xla="auto", epochs=2))
    assert undisturbed.device is not None and undisturbed.device.xla
    assert plain.device is not None and not plain.device.xla, "on a CPU nothing is compiled unasked"
    ours, theirs = ([epoch.cross_entropy for epoch in summary.epochs] for summary in (undisturbed, plain))
    assert ours == pytest.approx(theirs, rel=1e-3)


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_it_loses_nothing(how: Literal["killed", "stopped"], nursery: Nursery, undisturbed: Summary) -> None:
    run = compiled_run()
    pid = nursery.start_halted(run, "batch", 3)  # the second epoch has begun
    match how:
        case "killed":
            os.kill(pid, signal.SIGKILL)
        case "stopped":
            os.kill(pid, signal.SIGTERM)
            os.kill(pid, signal.SIGCONT)
        case _:
            assert_never(how)
    assert nursery.wait(pid) in (-signal.SIGKILL, 130)
    assert summarize(run).state == {"killed": "interrupted", "stopped": "stopped"}[how]
    continued = nursery.finish(run)
    assert numbers(continued) == numbers(undisturbed)
    records = [entry.record for entry in JournalReader(run.journal).read()]
    assert [record.xla for record in records if isinstance(record, DeviceRecord)] == [True, True]
    assert continued.notes == []
