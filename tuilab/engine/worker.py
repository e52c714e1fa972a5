"""The worker: a process that trains one run. ``python -m tuilab.engine.worker RUN_FOLDER``.

It reads the run's experiment, says everything in the run's journal, and ends. Whoever started
it points its output at ``worker.log`` (TensorFlow's C++ code prints whatever the log level says).
"""

import os
import platform
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tuilab import __version__
from tuilab.engine import numerics
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.failures import failure
from tuilab.engine.loaded import Loaded
from tuilab.engine.resuming import ResumePoint, find_resume_point
from tuilab.engine.stages import Stages
from tuilab.engine.stopping import LeaseLost, Stopping
from tuilab.engine.telemetry import Reporter, log_error
from tuilab.engine.work_clock import WorkClock
from tuilab.errors import RunError, TuilabError
from tuilab.machine.environment import switches
from tuilab.machine.installed import installed
from tuilab.processes.streams import open_closed
from tuilab.runs.journal.records import Failed, Note, Started, Stopped
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.queue.changes import take
from tuilab.runs.run import Run
from tuilab.runs.worker import last_words
from tuilab.runs.worker.commands import CommandReader
from tuilab.runs.worker.death import DISK_FULL, UNWRITABLE
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.worker.process import NO_SPACE
from tuilab.terminal import clean


class Worker:
    """Trains one run, from where it is to its last record."""

    def __init__(
        self, run: Run, *, take_over: bool = False, queued: bool = False, loaded: Loaded | None = None
    ) -> None:
        """Prepare.

        Args:
            run: the folder.
            take_over: whether to take the run of a worker on another host that has not reported for a while.
            queued: whether to take it out of the queue, and to leave it alone if it is not there any more.
            loaded: what this process loaded before it was given a run; None: nothing.
        """
        self._run, self._take_over, self._queued, self._loaded = run, take_over, queued, loaded
        self._clock = WorkClock()
        self._stopping = Stopping()
        self._stages: Stages | None = None

    def stop(self, number: int) -> None:
        """Take a signal: stop at the next batch boundary."""
        self._stopping.take(number)

    def listen(self) -> None:
        """Take SIGINT and SIGTERM from now on."""
        self._stopping.listen()

    def main(self) -> int:
        """Train; return the exit code, which the last record holds too."""
        self.listen()
        self._clock.start()
        try:
            lease = take_lease(self._run.lease, take_over=self._take_over)
        except TuilabError as error:  # the journal is another's: worker.log has to do
            last_words.say(error.sentence, error.remedies)
            return error.exit_code
        except OSError as error:
            return self._end_unrecorded(error)
        try:
            if self._queued and not take(self._run):
                return 0  # another worker took it before, or a person took it out of the queue
            self._stopping.watch(lease, CommandReader(self._run.commands))
            self._journal = JournalWriter(self._run.journal)
            self._report = Reporter(self._journal, self._seconds)
            self._note = lease.note
            return self._work()
        except LeaseLost:
            last_words.say(f"{self._run.id} was taken over by another process, or its folder is gone")
            return RunError.exit_code
        except OSError as error:  # the journal does not take the last word
            return self._end_unrecorded(error)
        except Exception as error:  # noqa: BLE001 - the journal does not take its reason: worker.log has to do
            log_error()
            last_words.say(failure(error, self._run).sentence)
            return RunError.exit_code
        finally:
            lease.release()

    def _work(self) -> int:
        """Train; turn whatever ends it into the journal's last record and the exit code."""
        try:
            self._train()
        except StopRequested:
            epochs = len(self._stages.epochs) if self._stages else 0
            reason = self._stopping.reason or "stopped"
            self._report(Stopped(epoch=epochs, reason=reason, seconds=self._seconds()))
            return 130
        except TuilabError as error:
            log_error()
            return self._record_failure(error.sentence, list(error.remedies), error.exit_code)
        except OSError as error:
            log_error()
            if error.errno in NO_SPACE:
                reason = f"the disk of {clean(str(self._run.folder))} is full"
                self._record_failure(reason, _SPACE, RunError.exit_code)
                return DISK_FULL
            return self._fail_with(error)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - the process's outermost frame: told in the journal, logged whole
            log_error()
            return self._fail_with(error)
        return 0

    def _train(self) -> None:
        start = find_resume_point(self._run)
        if start.done:
            return  # a second worker of a run that is over finds nothing to do
        started = self._record_start(start)
        self._stages = Stages(
            self._run,
            start,
            self._report,
            started=started,
            should_stop=self._stopping.asked,
            clock=self._clock,
            loaded=self._loaded,
        )
        self._stages.go_through()

    def _record_start(self, start: ResumePoint) -> Started:
        before = start.summary.started
        threads = numerics.settle(before)
        started = Started(
            pid=os.getpid(),
            host=platform.node(),
            versions={"tuilab": __version__, "python": platform.python_version(), **installed()},
            threads=threads,
            environment=switches(),
            manifest_seal=start.summary.manifest.seal,
        )
        self._report(started)
        if self._note:
            self._report(Note(text=self._note))
        if cut := self._journal.cut_bytes:
            self._report(
                Note(text=f"{cut:,} bytes of the journal were incomplete or damaged and have been cut off")
            )
        for record in start.first_records():
            self._report(record)
        if start.saved is not None:
            for note in numerics.differences(before, started):
                self._report(note)
        return started

    def _fail_with(self, error: Exception) -> int:
        why = failure(error, self._run)
        return self._record_failure(why.sentence, list(why.remedies), RunError.exit_code)

    def _record_failure(self, reason: str, remedies: list[str], exit_code: int) -> int:
        self._report(Failed(reason=reason, remedies=remedies, exit_code=exit_code, seconds=self._seconds()))
        return exit_code

    def _end_unrecorded(self, error: OSError) -> int:
        """Say what the disk refused, where the journal cannot be written; return the exit code."""
        log_error()
        if error.errno in NO_SPACE:
            last_words.say(f"the disk of {clean(str(self._run.folder))} is full", _SPACE)
            return DISK_FULL
        why = failure(error, self._run)
        return RunError.exit_code if last_words.say(why.sentence, why.remedies) else UNWRITABLE

    def _seconds(self) -> float:
        return self._stages.seconds if self._stages else round(self._clock(), 3)


_SPACE = ["free some space there, or put runs elsewhere: TUILAB_HOME=/a/folder tuilab run ..."]


def worker_of(arguments: Sequence[str], loaded: Loaded | None = None) -> Worker:
    """Return the worker of a folder: ``RUN_FOLDER [--take-over] [--queued]``."""
    folder, *rest = arguments
    run = Run(Path(folder).absolute())
    return Worker(run, take_over="--take-over" in rest, queued="--queued" in rest, loaded=loaded)


def main(arguments: Sequence[str]) -> int:
    """Run the worker of a folder: ``RUN_FOLDER [--take-over] [--queued]``."""
    open_closed()
    # PYTHONWARNINGS may turn into an error what a library only warns of, as h5py does at the saving
    warnings.simplefilter("default")
    return worker_of(arguments).main()


def end(code: int) -> NoReturn:
    """End this process: all is written and closed, and TensorFlow takes a second to take itself apart."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    end(main(sys.argv[1:]))
