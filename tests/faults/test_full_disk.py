"""A full disk: the checkpoint before stays whole, the run trains on, and what was measured is told later."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_runs import CNN, small_run
from workers import PATIENCE, Nursery, numbers

from tuilab.runs.checkpoints import newest, whole_epochs
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.summary import summarize
from tuilab.runs.worker.death import DISK_FULL

pytestmark = pytest.mark.faults


@pytest.fixture
def disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A disk of 2 MiB that holds the home."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk needs the right to mount one")
    monkeypatch.setenv("TUILAB_HOME", str(place / "home"))
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)  # a worker may still be at work there


def fill(disk: Path) -> Path:
    """Take the last byte that there is."""
    filling = disk / "filling"
    with filling.open("wb", buffering=0) as file:
        for size in (1 << 16, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue
    return filling


def test_a_run_trains_on_while_the_disk_is_full_and_tells_all_of_it_once_there_is_room(
    nursery: Nursery, disk: Path
) -> None:
    expected = numbers(nursery.finish(small_run(CNN, epochs=150, limit=64)))
    run = small_run(CNN, epochs=150, limit=64)
    pid = nursery.start_halted(run, "epoch", 3, log=(log := disk.with_suffix(".log")))
    filling = fill(disk)
    before = whole_epochs(run.checkpoints)[-1]
    os.kill(pid, signal.SIGCONT)
    deadline = time.monotonic() + PATIENCE
    while log.read_text().count("No space left") < 5:  # checkpoints of some epochs
        assert time.monotonic() < deadline
        time.sleep(0.01)
    saved, damaged = newest(run.checkpoints)
    assert saved is not None and damaged == []
    assert saved.manifest.position.epoch in (before, before + 1)
    drafts = list(run.checkpoints.glob(".draft-*"))
    assert len(drafts) <= 1, "each half that was written was given back; one may be in the writing"
    filling.unlink()
    assert nursery.wait(pid) == 0
    assert not list(run.checkpoints.glob(".draft-*"))
    summary = summarize(run)
    assert numbers(summary) == expected
    assert [n for n in summary.notes if "the disk was full for a while" in n or "the disk is full" in n]
    assert [epoch.epoch for epoch in summary.epochs] == list(range(1, 151))
    assert JournalReader(run.journal).read() and JournalReader(run.journal).damage is None


def test_a_disk_that_is_full_to_the_end_costs_what_came_after_and_the_run_goes_on_later(
    nursery: Nursery, disk: Path
) -> None:
    expected = numbers(nursery.finish(small_run(CNN, epochs=12, limit=64)))
    run = small_run(CNN, epochs=12, limit=64)
    pid = nursery.start_halted(run, "epoch", 2)
    filling = fill(disk)
    os.kill(pid, signal.SIGCONT)
    assert nursery.wait(pid) == DISK_FULL
    assert summarize(run).state in {"interrupted", "failed"}
    filling.unlink()
    assert numbers(nursery.finish(run)) == expected


def test_a_file_size_limit_is_a_full_disk(nursery: Nursery) -> None:
    expected = numbers(nursery.finish(small_run(CNN)))
    run = small_run(CNN)
    code = nursery.wait(nursery.start(run, most_bytes=4096))
    assert code in (0, DISK_FULL)
    assert newest(run.checkpoints)[1] == []
    if code == 0:
        assert any("could not be written: the disk is full" in note for note in summarize(run).notes)
    else:
        assert numbers(nursery.finish(run)) == expected
