"""``--save-preset``: the best settings of a sweep as a preset of one's own."""

from pathlib import Path

from tuilab.lab.preset_saving import LONGEST_TITLE, save_own
from tuilab.presets import find
from tuilab.sweeps.best import best_experiment, best_settings, origin_words
from tuilab.sweeps.board import Board
from tuilab.sweeps.wording import point_words
from tuilab.terminal import clean


def save_best(board: Board, name: str, title: str = "", *, overwrite: bool = False) -> Path:
    """Write what the best trial of a sweep trains as a preset; its first line says where it came from.

    Args:
        board: the sweep.
        name: of the preset, as ``save_own`` takes it.
        title: one line; empty: the preset's and the values.
        overwrite: replace a preset of one's own of that name.

    Raises:
        UsageError: no trial is done, the sweep's preset is gone, or the name or the title is not allowed.
        RunError: the file cannot be written.
    """
    experiment = best_experiment(board)
    base = find(board.spec.preset)
    title = title or clean(f"{base.title}: {point_words(best_settings(board))}", limit=LONGEST_TITLE)
    return save_own(name, title, base, experiment, overwrite=overwrite, comment=origin_words(board))
