"""What front ends ask of sweeps to show them: their names, their boards, whether somebody works on them."""

import time

from tuilab.errors import UsageError
from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.opening import ledger_of
from tuilab.lab.sweeps.writing import BoardWriter, board_of
from tuilab.sweeps.board import Board
from tuilab.sweeps.summary import SweepSummary

_FRESH_SECONDS = 5.0
"""How old a board may be of a study that other machines may work on."""


def sweeps() -> list[str]:
    """Return what the sweeps of this store are called, newest first; raises RunError."""
    return folders.names()


def board(name: str) -> Board:
    """Return all that is known of a sweep; ``latest`` is the newest one. Reads one file, and no study.

    Raises:
        UsageError: there is no such sweep, or what is known of it cannot be read.
    """
    return folders.find(name).board()


def summary(name: str) -> SweepSummary:
    """Return a sweep in a few numbers; raises as ``board``. Reads its trials only where they changed."""
    return folders.find(name).summary()


def fresh_board(name: str) -> Board:
    """Return a board, read again from a study that other machines work on where this one does not.

    Raises:
        UsageError: there is no such sweep, or it is damaged.
        TuilabError: its storage cannot be reached, or Optuna is not installed.
    """
    sweep = folders.find(name)
    link = sweep.link()
    try:
        age = time.time() - sweep.board_file.stat().st_mtime
        if not link.storage or sweep.worker() is not None or age < _FRESH_SECONDS:
            return sweep.board()
    except (OSError, UsageError):
        pass  # written again
    ledger = ledger_of(sweep)
    slips = ledger.slips()
    BoardWriter(sweep, ledger, link.worker).write(slips, {}, stopped=ledger.stopped)
    return board_of(ledger, slips, link.worker, stopped=ledger.stopped)


def alive(name: str) -> bool:
    """Return whether a coordinator works on a sweep on this machine; raises UsageError."""
    return folders.find(name).worker() is not None
