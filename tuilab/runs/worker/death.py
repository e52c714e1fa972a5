"""Why a worker died that left no last record: told by its own last words, its exit code, or its signal."""

import os
import signal
from pathlib import Path

from tuilab.errors import RunError
from tuilab.runs.run import Run
from tuilab.runs.worker.last_words import Printed
from tuilab.runs.worker.out_of_memory import SMALLER, says_out_of_memory, whose_memory
from tuilab.terminal import clean

DISK_FULL = 74
"""Exit code of a worker whose disk is full, and which may not have been able to say so (EX_IOERR)."""
UNWRITABLE = 73
"""Exit code of one whose folder takes nothing any more, not even its last words (EX_CANTCREAT)."""
_LAST = 2000
"""Characters of what a crashed worker printed last that are searched for its cause."""
_SAID = frozenset({2, 3, 4})
"""Exit codes that a worker chose, as those of the command line."""
_VARIABLES = ("TF_", "XLA_", "OMP_", "KMP_", "MKL_", "ONEDNN_", "DNNL_", "LD_PRELOAD")


class WorkerDied(RunError):
    """A worker that ended without a last record.

    Attributes:
        resume_helps: whether the run can continue without a change to this machine.
    """

    resume_helps = True


def death(run: Run, pid: int, code: int, printed: Printed, *, out_of_memory: bool = False) -> WorkerDied:
    """Return the error that says why a worker died.

    Args:
        pid: its number.
        code: its exit code; below 0: the signal that ended it.
        printed: what it printed.
        out_of_memory: whether the system ended processes for want of memory while it worked.
    """
    log = f"its output is in {clean(str(run.log))}"
    if words := printed.last_words(pid):
        return _died(words.sentence, words.remedies, code=code)
    folder = clean(str(run.folder))
    if not run.folder.is_dir():
        died = _died(f"{folder} was removed while the run was training, so its worker stopped", [])
        died.resume_helps = False
        return died
    if code == DISK_FULL:
        return _died(f"the disk of {folder} is full, so the run cannot continue", _ROOM)
    if code == UNWRITABLE:
        return _died(
            f"{folder} could no longer be written to: its disk is now read-only, or gone",
            ["check that disk (df, dmesg), or put runs elsewhere: TUILAB_HOME=/a/folder tuilab run ..."],
        )
    if code < 0:
        return _by_signal(run, -code, printed, log, out_of_memory=out_of_memory)
    if error := printed.error():
        remedies = [log]
        if error.startswith(("ImportError", "ModuleNotFoundError", "AttributeError")):
            remedies = ["tuilab doctor checks what is installed", log]
        died = _died(f"the worker of {run.id} could not continue: {error}", remedies)
        died.resume_helps = False
        return died
    last = printed.last_line()
    saying = f"; its last line of output: {last}" if last else ", and printed nothing"
    died = _died(f"the worker of {run.id} exited with code {code} and gave no reason{saying}", [log])
    died.resume_helps = False
    return died


_ROOM = ["make room there, or put runs elsewhere: TUILAB_HOME=/a/folder tuilab run ..."]


def _by_signal(run: Run, number: int, printed: Printed, log: str, *, out_of_memory: bool) -> WorkerDied:
    worker, name = f"the worker of {run.id}", _name(number)
    if number == signal.SIGILL:
        died = _died(
            f"{worker} used an instruction that this processor does not have ({name}): this TensorFlow "
            "was built for a newer processor, usually one with AVX",
            [
                "train on a machine whose processor has AVX (Linux: grep -c avx /proc/cpuinfo), or install a "
                "TensorFlow that was built for this one",
                log,
            ],
        )
        died.resume_helps = False
        return died
    if number == signal.SIGKILL:
        if out_of_memory:
            return _died(
                f"the system ran out of memory and killed {worker} ({name})",
                ["close other programs, or train with less: --set training.batch_size=..., --limit N", log],
            )
        return _died(
            f"{worker} was killed from outside ({name}): by a person, by a job scheduler, or by the system, "
            "which may have run out of memory",
            [log],
        )
    if number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE):
        if says_out_of_memory(printed.text[-_LAST:]):
            return _died(
                f"{worker} crashed ({name}) when {whose_memory(printed.text[-_LAST:])} ran out",
                [*SMALLER, log],
            )
        fatal = printed.fatal()
        why = _CRASHES[number] + (f": {fatal}" if fatal else "")
        return _died(f"{worker} crashed ({name}): {why}", [*_environment(), log])
    if number == signal.SIGXCPU:
        return _died(f"{worker} reached its limit of processor time ({name}; ulimit -t)", [log])
    return _died(f"{worker} was stopped from outside by {name}", [log])


_CRASHES = {
    signal.SIGABRT: "a library aborted",
    signal.SIGSEGV: "a library accessed memory that is not its own",
    signal.SIGBUS: "a memory-mapped file was cut short, or its disk failed",
    signal.SIGFPE: "a library divided by zero",
}


def _environment() -> list[str]:
    """Return a remedy that names the variables that change how the libraries work; nothing without any."""
    found = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith(_VARIABLES)]
    return [f"try again without {clean(' '.join(found), limit=300)}"] if found else []


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _died(
    sentence: str, remedies: list[str] | tuple[str, ...], *, code: int = RunError.exit_code
) -> WorkerDied:
    died = WorkerDied(sentence, remedies)
    died.exit_code = code if code in _SAID else RunError.exit_code
    return died


def oom_kills() -> int:
    """Return how many processes this system has killed for want of memory; 0 if it does not count them."""
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii").splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
    except (OSError, ValueError, IndexError):
        return 0
