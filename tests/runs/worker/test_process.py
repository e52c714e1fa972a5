"""A run's worker as seen from outside: followed to its last record, and its death explained."""

import os
import platform
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from finished_runs import experiment_of
from records import STARTED

from tuilab.errors import RunError
from tuilab.processes.children import let_libraries_warn
from tuilab.runs import store
from tuilab.runs.journal.records import Done, Note, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.worker.death import DISK_FULL
from tuilab.runs.worker.lease import FRESH_SECONDS, Lease, liveness
from tuilab.runs.worker.process import WorkerProcess, ask_to_stop, ended_within, kill

HEAD = """\
import os, signal, sys, time
from pathlib import Path
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.journal.records import Done, Note, Stopped
from tuilab.runs.run import Run
run = Run(Path(sys.argv[3]))  # after -m and the module
print("on stdout"); print("on stderr", file=sys.stderr)
say = JournalWriter(run.journal).append
"""


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


def started(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, *, take_over: bool = False
) -> WorkerProcess:
    """Start a worker that is a script of ours: a Python whose arguments ``-m module`` are not looked at."""
    script = tmp_path / "worker.py"
    script.write_text(HEAD + body)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(python))
    return WorkerProcess(run, take_over=take_over)


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
        ("sys.exit(3)", "exited with code 3 and gave no reason; its last line of output: on std"),
        ("sys.exit(0)", "exited with code 0 and gave no reason"),
        ("raise ValueError('torn')", "could not continue: ValueError: torn"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed (SIGSEGV)"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "the system, which may have run out of memory"),
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
    assert caught.value.remedies[-1] == f"its output is in {run.log}"
    assert caught.value.exit_code == 4


def test_the_last_words_of_an_earlier_worker_are_not_this_ones(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = (
        "from tuilab.runs.worker import last_words; "
        "last_words.say('the images are gone', ['bring them back'])"
    )
    with pytest.raises(RunError) as caught:
        list(started(run, tmp_path, monkeypatch, f"{words}\nsys.exit(3)").follow())
    assert (caught.value.sentence, caught.value.exit_code) == ("the images are gone", 3)
    assert caught.value.remedies == ("bring them back",)
    (tmp_path / "worker.py").write_text(HEAD + "sys.exit(4)")
    with pytest.raises(RunError, match="exited with code 4 and gave no reason"):
        list(WorkerProcess(run).follow())


def test_a_worker_whose_disk_is_full_says_so_by_its_code(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RunError, match=r"the disk of .* is full, so the run cannot continue"):
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


def test_no_warning_of_a_library_ends_a_run(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONWARNINGS", "error::DeprecationWarning,err,ignore::UserWarning")
    body = "import warnings; warnings.warn('old', DeprecationWarning); warnings.warn('x', FutureWarning)"
    worker = started(run, tmp_path, monkeypatch, f"{body}; say(Done(seconds=0))")
    assert next(worker.follow()).record == Done(seconds=0)
    assert "DeprecationWarning: old" in run.log.read_text()


@pytest.mark.parametrize(
    ("wished", "given"),
    [
        ("error", "default"),
        ("error::DeprecationWarning:keras.src", "default::DeprecationWarning:keras.src"),
        ("ignore, e:x,always,ignore:an error", "ignore,default:x,always,ignore:an error"),
    ],
)
def test_only_what_makes_errors_of_warnings_is_changed(wished: str, given: str) -> None:
    environment = {"PYTHONWARNINGS": wished}
    let_libraries_warn(environment)
    assert environment == {"PYTHONWARNINGS": given}


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


# ---- runs that continue

LEASED = """
from tuilab.runs.worker import lease_holder
from tuilab.runs.journal.records import Started
held = lease_holder.take_lease(run.lease)
"""


def earlier(run: Run) -> None:
    """What a worker before left: it was stopped."""
    writer = JournalWriter(run.journal)
    writer.append(STARTED)
    writer.append(Stopped(epoch=1, reason="asked to", seconds=1.0))
    writer.close()


def elsewhere(run: Run, age: float) -> None:
    lease = Lease.own().model_copy(update={"host": platform.node() + "-else"})
    run.lease.write_text(lease.text())
    then = run.lease.stat().st_mtime - age
    os.utime(run.lease, (then, then))


def test_a_run_that_goes_on_is_followed_through_what_was_before(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(run)
    run.log.write_text("before\n")
    body = LEASED + "say(Started(pid=2, host='b', versions={})); say(Done(seconds=1)); held.release()"
    kinds = [entry.record.kind for entry in started(run, tmp_path, monkeypatch, body).follow()]
    assert kinds == ["started", "stopped", "started", "done"]
    assert run.log.read_text().splitlines() == ["before", "on stdout", "on stderr"], "the log is appended to"


def test_a_worker_that_dies_before_its_first_word_is_not_excused_by_an_earlier_last_one(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(run)
    with pytest.raises(RunError, match="exited with code 3 and gave no reason"):
        list(started(run, tmp_path, monkeypatch, "sys.exit(3)").follow())


def test_a_journal_that_the_worker_repairs_is_followed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier(run)
    with run.journal.open("ab") as file:
        file.write(b"rubbish\n" * 50)
    worker = started(run, tmp_path, monkeypatch, "say(Done(seconds=1))")
    assert [entry.record.kind for entry in worker.follow()] == ["started", "stopped", "done"]


def test_an_unreachable_workers_run_is_started_only_to_take_it_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere(run, FRESH_SECONDS + 9)
    body = "say(Note(text=' '.join(sys.argv[1:]))); say(Done(seconds=1))"
    with pytest.raises(RunError, match=r"take the run over with tuilab resume .* --take-over"):
        WorkerProcess(run)
    assert not run.log.exists(), "no process was started"
    entries = list(started(run, tmp_path, monkeypatch, body, take_over=True).follow())
    assert entries[0].record == Note(text=f"-m tuilab.engine.worker {run.folder} --take-over")


# ---- workers that another process started


def test_a_worker_is_asked_to_stop_and_ended_by_whoever_finds_it(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = (
        LEASED
        + """
signal.signal(signal.SIGTERM, lambda *_: say(Note(text="asked")))
say(Note(text="ready"))
while True: time.sleep(0.05)
"""
    )
    assert (ask_to_stop(run), kill(run), ended_within(run, 0)) == (False, False, True)
    worker = started(run, tmp_path, monkeypatch, body)
    texts = []
    with pytest.raises(RunError, match=r"was killed from outside \(SIGKILL\)"):
        for entry in worker.follow():
            assert isinstance(entry.record, Note)
            texts.append(entry.record.text)
            if entry.record.text == "ready":
                assert ask_to_stop(run) is True
                assert ended_within(run, 0) is False
            else:
                assert kill(run) is True
    assert texts == ["ready", "asked"]
    assert ended_within(run, 60) is True and liveness(run.lease) == "dead"
    assert (ask_to_stop(run), kill(run)) == (False, False)


def test_a_stranger_that_got_the_workers_number_gets_no_signal(run: Run) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        run.lease.write_text(Lease.own().model_copy(update={"pid": stranger.pid}).text())
        assert (ask_to_stop(run), kill(run)) == (False, False)
        assert stranger.poll() is None
        stranger.kill()


def test_a_worker_elsewhere_is_asked_through_its_commands_and_cannot_be_killed(run: Run) -> None:
    elsewhere(run, 0)
    assert ask_to_stop(run) is True
    assert '"command": "stop"' in run.commands.read_text()
    assert kill(run) is False
    elsewhere(run, FRESH_SECONDS + 9)
    assert ask_to_stop(run) is False


@pytest.mark.parametrize("umask", [0o000, 0o777])
def test_its_log_is_private_whatever_the_umask(run: Run, umask: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(umask)
    try:
        monkeypatch.setattr(sys, "executable", "/bin/true")
        WorkerProcess(run)._process.wait()
    finally:
        os.umask(before)
    assert stat.S_IMODE(run.log.stat().st_mode) == 0o600
