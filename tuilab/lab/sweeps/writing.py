"""The board of a sweep, made from its study and from what this machine trains; written when it changed."""

import contextlib
import time
from collections.abc import Mapping, Sequence

from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.slips import Slip
from tuilab.sweeps.board import Board, SeedRun, Trial
from tuilab.terminal import clean

SHARE_OF_TIME = 0.05
"""How much of a coordinator's time the writing takes at most, whatever the number of trials."""


def board_of(
    ledger: Ledger,
    slips: Sequence[Slip],
    me: str,
    mine: Mapping[str, tuple[SeedRun, ...]] | None = None,
    *,
    stopped: bool = False,
) -> Board:
    """Return all that is known of a sweep.

    Args:
        me: what this store is called in the study.
        mine: what is newer than the study of trials that are trained here, by their places.
    """
    facts = ledger.facts
    return Board(
        spec=ledger.spec,
        trials=tuple(_trial(slip, (mine or {}).get(slip.place), me) for slip in slips),
        stopped=stopped,
        validation_images=facts.get("validation_images"),
        test_images=facts.get("test_images"),
    )


def _trial(slip: Slip, newer: tuple[SeedRun, ...] | None, me: str) -> Trial:
    runs = newer if newer and slip.state == "running" else slip.runs
    host = "" if slip.worker == me else clean(slip.worker.rpartition(":")[0])
    named = [run if run.host == host else run.model_copy(update={"host": host}) for run in runs]
    begun = {run.seed for run in runs}
    named += [SeedRun(seed=seed) for seed in slip.seeds if seed not in begun]
    return Trial(
        number=slip.first,
        point=dict(slip.point),
        origin=slip.origin,
        state=slip.state,
        runs=tuple(named),
        worker=slip.worker,
        problem=slip.problem,
    )


class BoardWriter:
    """Writes a sweep's board where anything of it changed."""

    def __init__(self, sweep: SweepFolder, ledger: Ledger, me: str) -> None:
        self._sweep, self._ledger, self._me = sweep, ledger, me
        self._last: Board | None = None
        self._not_before = 0.0

    def write(
        self, slips: Sequence[Slip], mine: Mapping[str, tuple[SeedRun, ...]], *, stopped: bool = False
    ) -> None:
        """Write it now if it changed; a big one not so soon again, unless nothing more comes."""
        began = time.monotonic()
        going = any(slip.state in ("waiting", "running") for slip in slips)
        if began < self._not_before and going and not stopped:
            return
        board = board_of(self._ledger, slips, self._me, mine, stopped=stopped)
        if board != self._last:
            with contextlib.suppress(OSError):  # a full disk: what counts is the study
                self._sweep.write_board(board)
                self._last = board
        took = time.monotonic() - began
        self._not_before = time.monotonic() + took / SHARE_OF_TIME
