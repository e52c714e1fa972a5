"""The best settings of a sweep as a preset of one's own: ``--save-preset``, and the app's key."""

from dataclasses import dataclass
from pathlib import Path

from tuilab.experiment.experiment import Experiment
from tuilab.lab.preset_saving import LONGEST_TITLE, save_own
from tuilab.presets import Preset, find
from tuilab.sweeps.best import best_experiment, best_settings, origin_words
from tuilab.sweeps.board import Board
from tuilab.sweeps.wording import point_words
from tuilab.terminal import clean


@dataclass(frozen=True)
class BestPreset:
    """What is saved.

    Attributes:
        base: the preset that the sweep started from.
        experiment: what the best trial trains, with the preset's own seed.
        title: a line for lists: the preset's and the values.
        origin: where the values come from, in a line.
    """

    base: Preset
    experiment: Experiment
    title: str
    origin: str


def best_preset(board: Board) -> BestPreset:
    """Return what the best trial of a sweep makes as a preset.

    Raises:
        UsageError: no trial is done, or the sweep's preset is gone.
    """
    experiment, base = best_experiment(board), find(board.spec.preset)
    title = clean(f"{base.title}: {point_words(best_settings(board))}", limit=LONGEST_TITLE)
    return BestPreset(base, experiment, title, origin_words(board))


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
    best = best_preset(board)
    title = title or best.title
    return save_own(name, title, best.base, best.experiment, overwrite=overwrite, comment=best.origin)
