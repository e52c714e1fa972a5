"""The coordinator as a process: ``python -m tuilab.lab.sweeps.process NAME``, and in the foreground.

One a sweep and store. In the background it outlives whoever started it; what it does goes into its log.
"""

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

from filelock import FileLock, Timeout

from tuilab.errors import RunError, TuilabError
from tuilab.files.atomic import write_whole
from tuilab.lab.background import start_in_background
from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.coordinator import Coordinator
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.importance import importance
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.opening import ledger_of
from tuilab.lab.sweeps.storage import StorageLostError
from tuilab.processes.streams import open_closed
from tuilab.runs.worker.lease import Lease
from tuilab.terminal import clean

PATIENCE = 20.0
"""Seconds that a server may take to answer at the start."""
START_SECONDS = 20.0
"""From the start of a process to its lock, at most; importing Optuna takes a second."""


def _taken(sweep: SweepFolder) -> FileLock:
    """Take a sweep's lock; raises RunError where another process works on it here."""
    lock = sweep.lock()
    try:
        lock.acquire(timeout=0)
    except Timeout:
        there = sweep.worker()
        who = f"process {there.pid}" if there is not None else "another process"
        raise RunError(
            f"{who} works on the sweep {sweep.name} in this store already, on all of its devices",
            [f"tuilab sweep attach {sweep.name} follows it", f"tuilab sweep stop {sweep.name} stops it"],
        ) from None
    return lock


@contextlib.contextmanager
def _working_on(sweep: SweepFolder) -> Iterator[None]:
    lock = _taken(sweep)
    try:
        with contextlib.suppress(OSError):  # the disk is full; the lock counts
            write_whole(sweep.identity, Lease.own().text(), links=False)
        yield
    finally:
        with contextlib.suppress(OSError):
            sweep.identity.unlink(missing_ok=True)
        lock.release()


def work(
    sweep: SweepFolder,
    log: Callable[[str], None],
    *,
    give_back: bool,
    asked: Callable[[], bool] = lambda: False,
) -> bool:
    """Work on a sweep in this process until it is over or stopped.

    Args:
        log: takes what it does, a line each.
        give_back: whether others do this machine's trials once it is asked to end; else its runs go on.
        asked: whether it is asked to end.

    Returns:
        False if it was asked to end before the sweep was over.

    Raises:
        RunError: another process works on it here, or its storage stays away.
        TuilabError: its study cannot be opened, or images or weights are missing here.
    """
    with _working_on(sweep):
        coordinator = Coordinator(sweep, _opened(sweep), sweep.link(), log=log)
        over = coordinator.work(asked)
        if not over and give_back:
            coordinator.give_all_back()
        return over


def _opened(sweep: SweepFolder) -> Ledger:
    """Open a sweep's study, which a server that is just being started holds a moment later."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ledger_of(sweep)
        except StorageLostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def start(sweep: SweepFolder) -> None:
    """Start a coordinator in the background, unless one works; return once it does.

    Raises:
        RunError: it cannot be started, or ended at once; the sentence says why.
    """
    if sweep.worker() is not None:
        return
    try:
        process = start_in_background("tuilab.lab.sweeps.process", sweep.name, log=sweep.log)
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise RunError(f"the sweep {sweep.name} cannot be started: {why}") from error
    deadline = time.monotonic() + START_SECONDS
    while sweep.worker() is None and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    if process.poll():
        raise RunError(f"the sweep {sweep.name} ended at once: {sweep.last_line(process.pid)}")


def _log(text: str) -> None:
    with contextlib.suppress(OSError):  # a full disk ends no sweep
        print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} [{os.getpid()}] {clean(text)}", flush=True)


def asked_by(*numbers: signal.Signals) -> Callable[[], bool]:
    """Take signals from now on; return what says whether one came."""
    came: list[int] = []
    for number in numbers:
        signal.signal(number, lambda number, frame: came.append(number))
    return lambda: bool(came)


def main(arguments: list[str]) -> int:
    """Work on the sweep of a name until it is over, stopped, or this process is asked to end."""
    open_closed()
    asked = asked_by(signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        sweep = folders.find(arguments[0])
        over = work(sweep, _log, give_back=False, asked=asked)
        if over:
            sweep.summary()
            importance(sweep.board(), sweep.importance_file)  # whoever shows the sweep need not wait for it
    except TuilabError as error:
        _log(error.sentence)
        return error.exit_code
    except OSError as error:
        _log(f"ended: {error}")
        return TuilabError.exit_code
    return 0 if over else 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
