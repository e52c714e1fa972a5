"""What front ends ask for: start a sweep, stop it, have it go on, try a trial again, confirm the best."""

import contextlib
import time
from collections.abc import Mapping, Sequence

from tuilab.errors import RunError, UsageError
from tuilab.lab.sweeps import folders, process
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.opening import ledger_of
from tuilab.lab.sweeps.slips import Slip
from tuilab.lab.sweeps.starting import create
from tuilab.lab.sweeps.writing import board_of
from tuilab.sweeps.best import best_settings
from tuilab.sweeps.board import Board, same_point
from tuilab.sweeps.points import own_point
from tuilab.sweeps.spec import SweepSpec, Value

LEAST_FRESH_SEEDS = 3
"""Fresh seeds of a confirmation, at least."""


def start(spec: SweepSpec, storage: str = "") -> SweepFolder:
    """Make a sweep and have a process in the background work on it; raises as ``create`` and ``start`` do."""
    sweep = create(spec, storage)
    process.start(sweep)
    return sweep


def resume(name: str) -> SweepFolder:
    """Have a sweep go on that was stopped, or whose coordinator is gone.

    Raises:
        UsageError: there is no such sweep, or it is over.
        TuilabError: its study cannot be opened, or no process can be started.
    """
    sweep = folders.find(name)
    ledger = ledger_of(sweep)
    board = board_of(ledger, ledger.slips(), sweep.link().worker)
    if board.over:
        raise UsageError(
            f"the sweep {sweep.name} is over: there is nothing left to train",
            [f"tuilab sweep show {sweep.name} shows what came of it"],
        )
    ledger.stopped = False
    _go_on(sweep, ledger)
    return sweep


def stop(name: str, *, wait: float = 60.0) -> bool:
    """Stop a sweep: nothing more starts, and its runs stop with a checkpoint.

    Returns:
        Whether its runs on this machine have stopped within ``wait`` seconds.

    Raises:
        UsageError: there is no such sweep.
        TuilabError: its study cannot be opened.
    """
    sweep = folders.find(name)
    ledger = ledger_of(sweep)
    ledger.stopped = True
    if sweep.worker() is None and _runs_here(sweep, ledger):
        process.start(sweep)  # somebody has to stop what a killed coordinator left at work
    deadline = time.monotonic() + wait
    while sweep.worker() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    slips = ledger.slips()
    sweep.write_board(board_of(ledger, slips, sweep.link().worker, stopped=True))
    return True


def requeue(name: str, number: int) -> None:
    """Try a trial again that has failed or was pruned; its runs go on from their last checkpoints.

    Raises:
        UsageError: there is no such sweep or trial, or it neither failed nor was pruned.
        TuilabError: its study cannot be opened, or no process can be started.
    """
    sweep = folders.find(name)
    ledger = ledger_of(sweep)
    slip = next((slip for slip in ledger.slips() if slip.first == number), None)
    if slip is None:
        raise UsageError(
            f"the sweep {sweep.name} has no trial {number}; tuilab sweep show {sweep.name} lists them"
        )
    if slip.state not in ("failed", "pruned"):
        raise UsageError(
            f"trial {number} of the sweep {sweep.name} is {slip.state}; only one that has failed or was "
            "pruned can be tried again"
        )
    here = slip.worker == sweep.link().worker
    ledger.try_again(slip, [run for run in slip.runs if run.run] if here else ())
    _go_on(sweep, ledger)


def confirm(name: str, seeds: int | None = None) -> tuple[int, ...]:
    """Train the best point so far and the preset's own again, with seeds that no trial has had.

    Args:
        seeds: how many; None: as many as each point had, and at least ``LEAST_FRESH_SEEDS``.

    Returns:
        The seeds.

    Raises:
        UsageError: there is no such sweep, it is not over, or nothing of it is done.
        TuilabError: its study cannot be opened, or no process can be started.
    """
    sweep = folders.find(name)
    ledger = ledger_of(sweep)
    slips = ledger.slips()
    board = board_of(ledger, slips, sweep.link().worker)
    if not board.ranked:
        raise UsageError(f"no trial of the sweep {sweep.name} is done, so there is no best one to confirm")
    if not board.over:
        raise UsageError(
            f"the sweep {sweep.name} is not over, so the best point may change",
            [
                f"tuilab sweep show {sweep.name} says how far it is",
                f"tuilab sweep resume {sweep.name} goes on",
            ],
        )
    count = seeds if seeds is not None else max(len(ledger.spec.seeds), LEAST_FRESH_SEEDS)
    if not 1 <= count <= 100:
        raise UsageError(f"--seeds {count} is not allowed: it must be 1 to 100")
    return _confirm(sweep, ledger, slips, board, count)


def _confirm(
    sweep: SweepFolder, ledger: Ledger, slips: Sequence[Slip], board: Board, count: int
) -> tuple[int, ...]:
    first = max(seed for slip in slips for seed in slip.seeds) + 1
    fresh = tuple(range(first, first + count))
    best, own = best_settings(board), own_point(ledger.spec)
    points: list[Mapping[str, Value]] = [best] if same_point(best, own) else [best, own]
    for n, point in enumerate(points):
        ledger.add(f"c{first}-{n}", point, "confirm", fresh)
    ledger.stopped = False
    _go_on(sweep, ledger)
    return fresh


def delete(name: str) -> None:
    """Take a sweep away; its runs stay, and so does a study that is kept elsewhere.

    Raises:
        UsageError: there is no such sweep.
        RunError: a process works on it, or it cannot be deleted.
    """
    sweep = folders.find(name)
    if sweep.worker() is not None:
        raise RunError(f"the sweep {sweep.name} is at work", [f"tuilab sweep stop {sweep.name} stops it"])
    folders.remove(sweep)


def _go_on(sweep: SweepFolder, ledger: Ledger) -> None:
    """Have a process work on what was changed; whoever looks before that has begun sees it as well."""
    with contextlib.suppress(OSError):  # a full disk: what counts is the study
        board = board_of(ledger, ledger.slips(), sweep.link().worker, stopped=ledger.stopped)
        sweep.write_board(board)
    process.start(sweep)


def _runs_here(sweep: SweepFolder, ledger: Ledger) -> bool:
    me = sweep.link().worker
    return any(slip.state == "running" and slip.worker == me for slip in ledger.slips())
