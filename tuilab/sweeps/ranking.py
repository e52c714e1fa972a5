"""The points of a sweep, best first, with what chance makes of each and how far it is from the preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.chance import (
    Difference,
    Interval,
    Spread,
    measured_difference,
    over_seeds,
    wilson,
)
from tuilab.sweeps.measured import seed_spread, tests, typical, validation
from tuilab.sweeps.spec import Value
from tuilab.sweeps.wording import counted


@dataclass(frozen=True)
class Ranked:
    """A point among all that are done.

    Attributes:
        place: 1 for the best.
        trial: its number.
        point: its values.
        value: validation accuracy after the last epoch, mean over seeds.
        seeds: how many are done.
        interval: where another mean would lie with 95 %; ``Ranking.intervals`` says how it was made. None if
            there is one seed and it is not known how many images there were.
        test: accuracy of the test images, mean over seeds; None if there is none.
        against: by how much the validation accuracy is better than the preset's, seed by seed where both have
            the same ones; None for the preset itself, and where that is not done.
        test_against: the same of the test images.
        preset: whether it is the preset.
    """

    place: int
    trial: int
    point: Mapping[str, Value]
    value: float
    seeds: int
    interval: Interval | None
    test: float | None
    against: Difference | None
    test_against: Difference | None
    preset: bool = False


@dataclass(frozen=True)
class Ranking:
    """Points, best first.

    Attributes:
        points: those that are done, or as many of them as were asked for.
        intervals: a sentence that says what the intervals are.
    """

    points: tuple[Ranked, ...]
    intervals: str


def ranking(board: Board, most: int | None = None) -> Ranking:
    """Return the points that are done, best first; at most so many."""
    ranked = board.ranked
    preset = board.preset_trial
    if preset is not None and preset.value is None:
        preset = None
    among = typical(board, ranked)
    spreads = seed_spread(among, validation), seed_spread(among, tests)
    points = [_ranked(board, place, trial, preset, spreads) for place, trial in enumerate(ranked[:most], 1)]
    return Ranking(tuple(points), _words(board, points))


def _ranked(
    board: Board,
    place: int,
    trial: Trial,
    preset: Trial | None,
    spreads: tuple[Spread | None, Spread | None],
) -> Ranked:
    values, tested = validation(trial), tests(trial)
    value = fmean(values.values())
    interval = over_seeds(list(values.values()))
    if interval is None and board.validation_images:
        interval = wilson(value, board.validation_images)
    against = test_against = None
    if preset is not None and trial.number != preset.number:
        # images are the same for both: between seeds alone, unless there is one
        images = board.validation_images if len(values) < 2 else None
        against = measured_difference(values, validation(preset), images, spreads[0])
        if tested and (own := tests(preset)):
            images = board.test_images if len(tested) < 2 else None
            test_against = measured_difference(tested, own, images, spreads[1])
    return Ranked(
        place,
        trial.number,
        trial.point,
        value,
        len(values),
        interval and Interval(max(interval.low, 0.0), min(interval.high, 1.0)),
        fmean(tested.values()) if tested else None,
        against,
        test_against,
        preset is not None and trial.number == preset.number,
    )


def _words(board: Board, points: list[Ranked]) -> str:
    seeds = {point.seeds for point in points if point.interval is not None}
    if not seeds:
        return ""
    if min(seeds) > 1:
        return "Intervals are of 95 %, over seeds (t)."
    images = counted(board.validation_images or 0, "validation image")
    if max(seeds) == 1:
        return f"Intervals are of 95 %, of {images} (Wilson); what another seed would change is not in them."
    return f"Intervals are of 95 %: over seeds (t), and of {images} (Wilson) where there is one seed."
