"""A worker that trains nothing: it holds a run's lease, and writes what it is told, until it is stopped.

It takes the place of the engine's: a process in a session of its own that takes SIGTERM and commands.
"""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from warm_python import PYTHON, popen

from tuilab.runs.journal.records import AnyRecord
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, liveness, read_lease

SCRIPT = """\
import signal, sys, time
from pathlib import Path
from tuilab.runs.worker.commands import CommandReader
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.journal.records import Stopped, adapter
from tuilab.runs.queue.changes import take
from tuilab.runs.run import Run

told, folder = Path(sys.argv[1]), Path([word for word in sys.argv[2:] if word.startswith("/")][0])
reason = ""

def ask(number, frame):
    global reason
    reason = "asked to stop (SIGTERM)"

signal.signal(signal.SIGTERM, ask)
run = Run(folder)
stubborn = "stubborn" in told.read_text().split("\\n")
held = take_lease(run.lease, take_over="--take-over" in sys.argv)
if "--queued" in sys.argv and not take(run):
    held.release()
    sys.exit(0)
commands, journal = CommandReader(run.commands), JournalWriter(run.journal)
said = 0
while not reason or stubborn:
    lines = told.read_text().split("\\n")[:-1]
    for line in lines[said:]:
        if line == "end":
            held.release()
            sys.exit(0)
        if line != "stubborn":
            journal.append(adapter.validate_json(line))
    said = len(lines)
    if commands.read():
        reason = "asked to stop (from a host)"
    time.sleep(0.02)
journal.append(Stopped(epoch=0, reason=reason, seconds=1.0))
held.release()
sys.exit(130)
"""


class StandIn:
    """Writes the script, and what the workers of it are to say: all say the same."""

    def __init__(self, place: Path) -> None:
        self._told = place / "told"
        self._told.touch()
        script = place / "stand_in.py"
        script.write_text(SCRIPT)
        self.python = place / "python"
        """Put in the place of Python, it starts the script, whatever module it is told to run."""
        scheduler = place / "scheduler.py"
        scheduler.write_text(
            f"import sys; sys.executable = {str(self.python)!r}\n"
            "from tuilab.lab.queue.scheduler import main; sys.exit(main())\n"
        )
        self.python.write_text(
            "#!/bin/sh\n"
            f'case "$*" in *lab.queue.scheduler*) exec "{PYTHON}" "{scheduler}";; esac\n'
            'case "$*" in *engine.standby*) exit 0;; esac\n'  # none stands by
            f'exec "{PYTHON}" "{script}" "{self._told}" "$@"\n'
        )
        self.python.chmod(self.python.stat().st_mode | stat.S_IXUSR)

    def tell(self, *records: AnyRecord | str) -> None:
        """Have them written into the journal.

        ``end`` ends the worker; ``stubborn``, said before it starts, makes it deaf to wishes that it stop.
        """
        with self._told.open("a") as file:
            file.writelines(
                f"{record if isinstance(record, str) else record.model_dump_json()}\n" for record in records
            )

    def first_dies(self, died: Path) -> None:
        """Have the first process from now on be killed before it does anything; then that file is there."""
        shebang, script = self.python.read_text().split("\n", 1)
        dies = f"[ -e '{died}' ] || {{ touch '{died}'; kill -9 $$; }}"
        self.python.write_text(f"{shebang}\n{dies}\n{script}")

    def start(self, run: Run) -> "subprocess.Popen[str]":
        """Start one for a run and wait until it is at work."""
        lease = read_lease(run.lease)
        if lease is not None and lease.same_holder(Lease.own()):  # of a run that this process made up
            run.lease.unlink()
        command = [PYTHON, "-c", SCRIPT, self._told, run.folder]
        process = popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
        until(lambda: liveness(run.lease) == "alive")
        return process

    def command(self, *words: str) -> list[str]:
        """Return the command of a tuilab whose workers are stand-ins."""
        code = f"import sys; sys.executable = {str(self.python)!r}\nfrom tuilab.cli.main import main; main()"
        return [PYTHON, "-c", code, *words]


def until(true: Callable[[], object], seconds: float = 60.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.02)


def has_ended(pid: int) -> bool:
    """Whether a process that is no child of this one is gone."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"


class Running:
    """A command that runs, with pipes for its output."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self.process = popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        self.err: list[str] = []

    def until_err(self, beginning: str) -> None:
        """Read stderr up to a line that begins so."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.err.append(line)
            if line.startswith(beginning):
                return
        raise AssertionError(f"no line began with {beginning!r}:\n{''.join(self.err)}")

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def end(self, seconds: float = 60.0) -> tuple[int, str, str]:
        """Wait for its end; return its exit code and all that it wrote to stdout and stderr."""
        out, rest = self.process.communicate(timeout=seconds)
        return self.process.returncode, out, "".join(self.err) + rest
