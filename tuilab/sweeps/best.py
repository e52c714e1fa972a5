"""The best settings of a sweep: what a preset is made of."""

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.sweeps.board import Board
from tuilab.sweeps.points import experiment_of
from tuilab.sweeps.spec import Value
from tuilab.sweeps.verdict import Winner, verdict
from tuilab.sweeps.wording import accuracy_words, counted, point_words
from tuilab.terminal import clean


def best_settings(board: Board) -> dict[str, Value]:
    """Return the best values of the settings that differ, by their dotted keys; of equal ones the preset's.

    Raises:
        UsageError: no trial is done.
    """
    return dict(_winner(board).point)


def best_experiment(board: Board) -> Experiment:
    """Return what the best trial trains, with the preset's own seed.

    Raises:
        UsageError: no trial is done.
    """
    base = board.spec.experiment
    return experiment_of(base, best_settings(board), base.training.seed)


def origin_words(board: Board) -> str:
    """Return in one line where the best settings come from."""
    best, found = _winner(board), verdict(board)
    mean = f", mean of {best.seeds} seeds" if best.seeds > 1 else ""
    fresh = found.confirmation
    again = ""
    if fresh is not None:
        again = f"; {accuracy_words(fresh.validation)} with {counted(fresh.seeds, 'fresh seed')}"
    return (
        f"{point_words(best.point)}: best of {counted(found.done, 'trial')} of the sweep "
        f"{clean(board.spec.name)} of {clean(board.spec.preset)}, validation accuracy "
        f"{accuracy_words(best.validation)}{mean}{again}"
    )


def _winner(board: Board) -> Winner:
    best = verdict(board).best
    if best is None:
        name = clean(board.spec.name)
        raise UsageError(
            f"the sweep {name} has no best settings yet: none of its trials is done",
            [f"tuilab sweep show {name}"],
        )
    return best
