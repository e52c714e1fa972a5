"""``tuilab ps``: what trains, wherever, and what was interrupted."""

import json
import os
import platform
import sys
import time

import pytest
from command_line import call
from finished_runs import finished_run, write
from leases import elsewhere, gone
from records import BATCH as RUNNING
from records import CPU, FAILED, STARTED, epoch
from stand_in import StandIn

from tuilab.results.live import duration_text
from tuilab.runs.journal.records import Phase, Stopped
from tuilab.runs.worker.lease import FRESH_SECONDS

BATCH = RUNNING.model_copy(update={"epoch": 2, "seconds_left": 250.0})


def test_where_nothing_trains_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run()
    ended = call(capsys, "ps")
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.startswith("nothing is training or queued and nothing was interrupted; ")
    assert json.loads(call(capsys, "ps", "--json").out) == []


def test_a_training_tells_its_epoch_and_the_time_left(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished_run("bn", {"training.epochs": 9}, name="my words", last=None, epochs=[])
    write(run, [Phase(name="training", total=9, unit="epochs"), epoch(1), BATCH])
    worker = stand_in.start(run)
    ended = call(capsys, "ps")
    for words in (run.id, "my words", "running", "epoch 2/9", "4 min left", "cpu", platform.node()):
        assert words in ended.out
    (told,) = json.loads(call(capsys, "ps", "--json").out)
    assert (told["state"], told["epoch"], told["epochs"], told["seconds_left"]) == ("running", 2, 9, 250.0)
    assert (told["pid"], told["resumable"], told["device"]) == (worker.pid, False, "cpu")


def test_before_the_first_batch_it_tells_the_phase(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finished_run(last=None, epochs=[])
    write(run, [STARTED, Phase(name="downloading", what="CIFAR-10 \x1b[2J")])
    stand_in.start(run)
    ended = call(capsys, "ps")
    assert "downloading CIFAR-10 \\e[2J" in ended.out and "\x1b" not in ended.out


def test_the_interrupted_can_be_resumed_and_the_unreachable_are_told_apart(
    capsys: pytest.CaptureFixture[str],
) -> None:
    dead, cut_off, far = (finished_run(name=name, last=None) for name in ("dead", "cut off", "far"))
    gone(dead)
    elsewhere(cut_off, age=FRESH_SECONDS + 5)
    elsewhere(far)
    ended = call(capsys, "ps")
    states = {line.split()[0]: line for line in ended.out.splitlines() if line.strip()}
    assert "interrupted, resumable" in states[dead.id] and "epoch 2/5" in states[dead.id]
    assert "unreachable" in states[cut_off.id] and "gpu\\e[31mbox" in states[cut_off.id]
    assert "running" in states[far.id] and "\x1b" not in ended.out
    told = {row["run"]: row for row in json.loads(call(capsys, "ps", "--json").out)}
    assert [told[run.id]["resumable"] for run in (dead, cut_off, far)] == [True, False, False]


def test_all_lists_what_stopped_or_failed_at_any_time_and_what_finished_within_a_day(
    capsys: pytest.CaptureFixture[str],
) -> None:
    done, failed, old = finished_run(), finished_run(last=FAILED), finished_run()
    stopped = finished_run(last=Stopped(epoch=2, reason="asked", seconds=1))
    long_ago = time.time() - 25 * 3600
    for ended in (old, failed):
        os.utime(ended.journal, (long_ago, long_ago))
    told = {row["run"]: row for row in json.loads(call(capsys, "ps", "--all", "--json").out)}
    assert {run: row["state"] for run, row in told.items()} == {
        done.id: "done",
        failed.id: "failed",
        stopped.id: "stopped",
    }
    assert told[stopped.id]["resumable"] and not told[done.id]["resumable"]


def test_a_damaged_run_is_named_and_the_others_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    broken, dead = finished_run(last=None), finished_run(last=None)
    gone(dead)
    (broken.folder / "run.json").write_text("{")
    ended = call(capsys, "ps")
    assert dead.id in ended.out and "left out: " in ended.err and broken.id in ended.err


@pytest.mark.parametrize("columns", [40, 80, 160])
def test_no_run_id_is_broken_whatever_the_terminals_width(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """``tuilab stop`` takes the id: one that is broken over two lines cannot be copied."""
    runs = [finished_run("iteration-iv", name="a name of some length, as people give", last=None)]
    runs.append(finished_run("bn", last=None))
    for run in runs:
        gone(run)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)
    lines = call(capsys, "ps").out.splitlines()
    assert max(map(len, lines)) <= columns
    for run in runs:
        assert any(run.id in line.split() for line in lines)
    shown = " ".join(word for line in lines for word in line.split())
    for words in ("a name of some length, as people give", "interrupted, resumable", "epoch 2/5", "ago"):
        assert words in shown, "what has no room beside the id stands below it"


def test_a_device_of_another_host_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run(last=None)
    write(run, [CPU.model_copy(update={"device": "gpu:3"})])
    elsewhere(run)
    assert "gpu:3" in call(capsys, "ps").out


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min"),
        (3599, "1 h 00 min"),
        (11_000, "3 h 03 min"),
        (200_000, "2 days"),
    ],
)
def test_a_duration_in_words(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text
