"""A sweep in a few numbers: what a list says of it, without its trials."""

from pydantic import BaseModel, ConfigDict

from tuilab.sweeps.board import Board
from tuilab.sweeps.spec import Value


class SweepSummary(BaseModel):
    """How far a sweep is, and its best trial."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    preset: str
    keys: tuple[str, ...]
    """The settings that differ."""
    over: bool
    stopped: bool
    ended: int
    """Trials that neither wait nor train."""
    trials: int
    """How many there will be at least."""
    best: float | None = None
    """The best trial's value; None before one is done."""
    point: dict[str, Value] | None = None
    """The best trial's values."""


def summary_of(board: Board) -> SweepSummary:
    """Return a sweep in a few numbers."""
    best = board.ranked[0] if board.ranked else None
    return SweepSummary(
        preset=board.spec.preset,
        keys=board.spec.keys,
        over=board.over,
        stopped=board.stopped,
        ended=sum(trial.state not in ("waiting", "running") for trial in board.trials),
        trials=max(board.spec.points, len(board.trials)),
        best=None if best is None else board.values[best.number],
        point=None if best is None else best.point,
    )
