"""Why a worker died: in words for each way there is, and resume offered only if it can help."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from finished_runs import experiment_of

from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.worker.death import DISK_FULL, UNWRITABLE, WorkerDied, death, oom_kills
from tuilab.runs.worker.last_words import LastWords, Printed

FATAL = (
    "2026-11-26 12:00:00.123456: F external/local_tsl/tsl/platform/default/env.cc:74] "
    "Check failed: ret == 0 (22 vs. 0)Thread tf_Compute creation via pthread_create() failed.\n"
)


@pytest.fixture
def run() -> Run:
    return store.create(experiment_of("bn", {}), preset="bn")


def died(run: Run, code: int, text: str = "", *, out_of_memory: bool = False) -> WorkerDied:
    return death(run, 7, code, Printed(text), out_of_memory=out_of_memory)


def test_its_own_last_words_say_why_with_its_exit_code(run: Run) -> None:
    text = "noise\n\ntuilab[7]: the images are gone\n  - bring them back\n  - or others\nmore noise\n"
    told = died(run, 3, text)
    assert (told.sentence, told.remedies) == ("the images are gone", ("bring them back", "or others"))
    assert told.exit_code == 3 and told.resume_helps
    assert died(run, DISK_FULL, text).exit_code == 4, "codes between the worker and us are no exit codes"


def test_the_last_words_of_another_worker_are_not_its_own(run: Run) -> None:
    assert Printed("\ntuilab[8]: something else\n").last_words(7) is None
    told = died(run, 4, "\ntuilab[7]: old\n\ntuilab[8]: other\n\ntuilab[7]: new\n")
    assert told.sentence == "new"


def test_last_words_are_found_in_the_log_and_are_clean(run: Run) -> None:
    code = (
        "import os; from tuilab.runs.worker import last_words; print(os.getpid(), flush=True);"
        "print('library noise, without an end', end='', file=__import__('sys').stderr);"
        "assert last_words.say('it is \\x1b[31mred\\nand torn', ['mend it'])"
    )
    with run.log.open("wb") as log:
        done = subprocess.run(
            [sys.executable, "-c", code], stderr=log, stdout=subprocess.PIPE, text=True, check=True
        )
    words = Printed.of(run.log).last_words(int(done.stdout))
    assert words is not None and words.remedies == ("mend it",)
    assert words.sentence.startswith("it is ") and words.sentence.endswith("torn")
    assert "\x1b" not in words.sentence and "\n" not in words.sentence


def test_a_log_that_takes_nothing_is_told_to_the_worker() -> None:
    code = (
        "import sys; from tuilab.runs.worker import last_words; "
        "sys.exit(0 if last_words.say('a word') else 73)"
    )
    with Path("/dev/full").open("wb") as full:
        assert subprocess.run([sys.executable, "-c", code], stderr=full, check=False).returncode == UNWRITABLE
    closed = f'exec "{sys.executable}" -c "{code}" 2>&-'
    assert subprocess.run(["sh", "-c", closed], check=False).returncode == UNWRITABLE


def test_only_what_was_printed_since_it_began_is_looked_at(run: Run) -> None:
    old = "Traceback (most recent call last):\n  File x\nValueError: of an earlier worker\n"
    run.log.write_text(old + "new\n")
    assert Printed.of(run.log).error() == "ValueError: of an earlier worker"
    assert Printed.of(run.log, len(old)).text == "new\n"
    run.log.write_bytes(b"x" * 10_000_000 + b"\n\ntuilab[7]: the end\n")
    assert Printed.of(run.log).last_words(7) == LastWords("the end"), "of a long log its end"


@pytest.mark.parametrize("kind", ["missing", "pipe", "link", "folder"])
def test_a_log_that_is_no_file_holds_nothing(run: Run, kind: str, tmp_path: Path) -> None:
    match kind:
        case "pipe":
            os.mkfifo(run.log)
        case "link":
            (tmp_path / "other").write_text("text")
            run.log.symlink_to(tmp_path / "other")
        case "folder":
            run.log.mkdir()
        case _:
            assert kind == "missing"
    assert Printed.of(run.log) == Printed("")


def test_a_traceback_is_told_by_its_error(run: Run) -> None:
    text = (
        "Traceback (most recent call last):\n  File a\n    import numpy\nImportError: first\n\n"
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n  File b\n    ^^^\nImportError: libfoo.so: cannot open\nend\n"
    )
    told = died(run, 1, text)
    assert told.sentence == f"the worker of {run.id} could not continue: ImportError: libfoo.so: cannot open"
    assert told.remedies == (
        "tuilab doctor checks what is installed",
        f"its output is in {run.log}",
    )
    assert not told.resume_helps, "it would end in the same way"


def test_a_code_alone_is_told_with_the_last_line(run: Run) -> None:
    told = died(run, 1, "/usr/bin/python: No module named tuilab.engine\n\n")
    assert told.sentence == (
        f"the worker of {run.id} exited with code 1 and gave no reason; its last line of output: "
        "/usr/bin/python: No module named tuilab.engine"
    )
    assert died(run, 0).sentence.endswith("gave no reason, and printed nothing")


def test_a_disk_that_takes_nothing_is_told_by_the_code(run: Run) -> None:
    assert died(run, DISK_FULL).sentence == f"the disk of {run.folder} is full, so the run cannot continue"
    assert "its disk is now read-only" in died(run, UNWRITABLE).sentence


def test_a_folder_that_was_removed_is_told(run: Run) -> None:
    store.discard(run)
    told = died(run, 4)
    assert told.sentence == f"{run.folder} was removed while the run was training, so its worker stopped"
    assert not told.resume_helps


def test_a_crash_for_want_of_memory_is_told_as_that(run: Run) -> None:
    printed = (
        "W0000 00:00:1795698996.478458   10438 op_kernel.cc:1858] OP_REQUIRES failed at mkl_util.h:848 : "
        "RESOURCE_EXHAUSTED: OOM when allocating tensor with shape[1400,32,32,256] and type float on "
        "/job:localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu\n"
    )
    told = died(run, -signal.SIGSEGV, printed)
    assert told.sentence == f"the worker of {run.id} crashed (SIGSEGV) when the machine's memory ran out"
    assert "training.batch_size" in told.remedies[0]


@pytest.mark.parametrize(
    ("number", "said", "resume_helps"),
    [
        (signal.SIGILL, "an instruction that this processor does not have (SIGILL)", False),
        (signal.SIGABRT, "crashed (SIGABRT): a library aborted: Check failed: ret == 0", True),
        (signal.SIGSEGV, "crashed (SIGSEGV): a library accessed memory that is not its own", True),
        (signal.SIGBUS, "crashed (SIGBUS): a memory-mapped file was cut short", True),
        (signal.SIGKILL, "was killed from outside (SIGKILL)", True),
        (signal.SIGTERM, "was stopped from outside by SIGTERM", True),
        (signal.SIGXCPU, "reached its limit of processor time (SIGXCPU; ulimit -t)", True),
        (signal.SIGRTMIN + 9, f"was stopped from outside by signal {signal.SIGRTMIN + 9}", True),
    ],
)
def test_a_signal_is_told_by_what_it_means(run: Run, number: int, said: str, resume_helps: bool) -> None:
    told = died(run, -number, FATAL)
    assert said in told.sentence and run.id in told.sentence
    assert told.remedies[-1] == f"its output is in {run.log}"
    assert told.resume_helps is resume_helps and told.exit_code == 4


def test_memory_that_ran_out_is_told_where_the_system_counted_it(run: Run) -> None:
    told = died(run, -signal.SIGKILL, out_of_memory=True)
    assert told.sentence == f"the system ran out of memory and killed the worker of {run.id} (SIGKILL)"
    assert "--limit N" in told.remedies[0]
    assert oom_kills() >= 0


def test_a_crash_names_the_variables_that_change_the_libraries(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "-1")
    assert "TF_NUM_INTRAOP_THREADS=-1" in died(run, -signal.SIGABRT).remedies[0]
