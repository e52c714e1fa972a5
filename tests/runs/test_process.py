"""A run's worker as seen from outside: followed to its last word, and its death explained."""

import os
import signal
import stat
import sys
import time
from pathlib import Path

import pytest
from finished_runs import experiment_of

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.process import DISK_FULL, WorkerProcess
from tuilab.runs.records import Done, Note
from tuilab.runs.store import Run

HEAD = """\
import os, signal, sys, time
from pathlib import Path
from tuilab.runs.journal import JournalWriter
from tuilab.runs.records import Done, Note, Stopped
from tuilab.runs.store import Run
run = Run(Path(sys.argv[-1]))
print("on stdout"); print("on stderr", file=sys.stderr)
say = JournalWriter(run.journal).append
"""


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


def started(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> WorkerProcess:
    """Start a worker that is a script of ours: a Python whose arguments ``-m module`` are not looked at."""
    script = tmp_path / "worker.py"
    script.write_text(HEAD + body)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))
    return WorkerProcess(run)


def test_every_record_is_yielded_and_the_last_one_ends_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "for n in range(20): say(Note(text=str(n))); time.sleep(0.01)\nsay(Done(seconds=1))"
    entries = list(started(run, tmp_path, monkeypatch, body).follow())
    notes = [entry.record.text for entry in entries if isinstance(entry.record, Note)]
    assert notes == [str(n) for n in range(20)]
    assert isinstance(entries[-1].record, Done) and [e.seq for e in entries] == list(range(21))


def test_what_it_prints_goes_to_its_log(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    list(started(run, tmp_path, monkeypatch, "say(Done(seconds=1))").follow())
    assert run.log.read_text().splitlines() == ["on stdout", "on stderr"]
    assert stat.S_IMODE(run.log.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("end", "how"),
    [
        ("sys.exit(3)", "ended with code 3 before it could say why"),
        ("sys.exit(0)", "ended with code 0 before it could say why"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", f"was killed by signal {int(signal.SIGSEGV)} before"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the system may have run out of memory"),
    ],
)
def test_a_worker_that_dies_without_a_last_word_is_named_with_its_log(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, how: str
) -> None:
    worker = started(run, tmp_path, monkeypatch, f"say(Note(text='so far'))\n{end}")
    seen = []
    with pytest.raises(RunError) as caught:
        for entry in worker.follow():
            seen.append(entry.record)
    assert seen == [Note(text="so far")]
    assert how in caught.value.sentence and run.id in caught.value.sentence
    assert caught.value.remedies == (f"what it printed is in {run.log}",)
    assert caught.value.exit_code == 4


def test_a_worker_whose_disk_is_full_says_so_by_its_code(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError, match=r"the disk of .* is full, so the run cannot go on"):
        list(started(run, tmp_path, monkeypatch, f"sys.exit({DISK_FULL})").follow())


def test_a_damaged_journal_ends_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "say(Note(text='good')); run.journal.open('ab').write(b'rubbish\\n')"
    with pytest.raises(RunError, match=r"damaged at byte \d+: .*journal\.jsonl"):
        list(started(run, tmp_path, monkeypatch, body).follow())


def test_it_lives_in_a_session_of_its_own(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = started(
        run, tmp_path, monkeypatch, "say(Note(text=f'{os.getsid(0)} {os.getpid()}')); time.sleep(30)"
    )
    try:
        first = next(worker.follow()).record
        assert isinstance(first, Note)
        session, pid = map(int, first.text.split())
        assert session != os.getsid(0) and os.getsid(pid) == session
    finally:
        worker.kill()


def test_the_folder_a_person_stands_in_shadows_no_module(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = started(
        run, tmp_path, monkeypatch, "say(Note(text=os.environ['PYTHONSAFEPATH'])); say(Done(seconds=0))"
    )
    assert next(worker.follow()).record == Note(text="1")


def test_stop_asks_and_the_worker_has_the_last_word(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = """
def stop(*_):
    say(Stopped(epoch=0, reason="asked", seconds=1)); os._exit(130)
signal.signal(signal.SIGTERM, stop)
say(Note(text="ready"))
time.sleep(30)
"""
    worker = started(run, tmp_path, monkeypatch, body)
    began, kinds = time.monotonic(), []
    for entry in worker.follow():
        kinds.append(entry.record.kind)
        worker.stop()
    assert kinds == ["note", "stopped"] and time.monotonic() - began < 10
    worker.stop()  # of one that is gone: nothing happens
    worker.kill()


def test_a_worker_that_cannot_be_started_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(RunError, match=f"the worker of {run.id} cannot be started: No such file"):
        WorkerProcess(run)
