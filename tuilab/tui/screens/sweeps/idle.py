"""Which keys of the sweep's screen do nothing just now."""

from tuilab.sweeps.board import Trial
from tuilab.tui.screens.sweeps.news import News


def idle_keys(news: News | None, trial: Trial | None) -> frozenset[str]:
    """Return the ids of the keys that do nothing just now.

    Args:
        news: the sweep.
        trial: the trial under the cursor.
    """
    if news is None:
        return frozenset()
    board = news.board
    idle = {
        "sweep.stop": board.over or board.stopped,
        "sweep.resume": board.over or (news.alive and not board.stopped),
        "sweep.again": trial is None or trial.state not in ("failed", "pruned"),
        "sweep.confirm": not board.over or news.best is None,
        "sweep.save": news.best is None,
        "sweep.axes": len(board.spec.keys) < 2,
        "sweep.show": trial is None or not any(run.run for run in trial.runs),
    }
    return frozenset(key for key, nothing in idle.items() if nothing)
