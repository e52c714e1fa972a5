"""The points of a sweep, best first, with what chance makes of each and how far it is from the preset."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.chance import Difference, Interval, around, difference, seeds_error, wilson
from tuilab.sweeps.measured import Pool, measured, pool_of
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
    ranks = Ranks(board)
    return Ranking(tuple(map(ranks.at, board.ranked[:most])), ranks.words())


_Kind = Literal["pooled", "own", "images"]
"""What an interval is made of: seeds of all points, those of the point itself, or the number of images."""


class Ranks:
    """Works out of one trial after the other what a ranking says of it: of thousands few are looked at."""

    def __init__(self, board: Board) -> None:
        """Prepare; takes a moment."""
        preset = board.preset_trial
        self._board, self._pool, self._known = board, pool_of(board), measured(board)
        self._preset = preset if preset is not None and preset.number in board.values else None
        self._places = {trial.number: place for place, trial in enumerate(board.ranked, 1)}
        self._kinds: set[_Kind] = set()

    def at(self, trial: Trial) -> Ranked:
        """Return what is said of one of the board's ranked trials."""
        board, pool, preset = self._board, self._pool, self._preset
        values, tested, training = self._known[trial.number]
        value = fmean(values.values())
        interval = None
        belongs = pool.whole or trial.number in pool.numbers
        seeds = seeds_error(
            list(values.values()), pool.validation.one if belongs and pool.validation else None
        )
        if seeds is not None:
            interval = around(value, seeds[0])
            self._kinds.add("pooled" if seeds[1] else "own")
        elif board.validation_images:
            interval = wilson(value, board.validation_images)
            self._kinds.add("images")
        against = test_against = None
        if preset is not None and trial.number != preset.number:
            of_preset = self._known[preset.number]
            alike = training == of_preset.training
            # images are the same for both: between seeds alone, unless there is one
            images = board.validation_images if len(values) < 2 else None
            spread = pool.validation if belongs else None
            against = difference(values, of_preset.validation, images, spread, alike=alike)
            if tested and of_preset.tests:
                images = board.test_images if len(tested) < 2 else None
                spread = pool.tests if belongs else None
                test_against = difference(tested, of_preset.tests, images, spread, alike=alike)
        return Ranked(
            self._places[trial.number],
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

    def words(self) -> str:
        """Return a sentence that says what the intervals are of all that were looked at."""
        return _words(self._board, self._pool, self._kinds)


def _words(board: Board, pool: Pool, kinds: set[_Kind]) -> str:
    images = f"of {counted(board.validation_images or 0, 'validation image')} (Wilson)"
    if not kinds:
        return ""
    if kinds == {"images"}:
        return f"Intervals are of 95 %, {images}; what another seed would change is not in them."
    if kinds == {"own"}:
        parts = ["over each point's own seeds (t)"]
    else:
        parts = [f"seeds' spread pooled over {'all points' if pool.whole else 'the better half'} (t)"]
        if "own" in kinds:
            parts.append("of its own where seeds of a point differ more")
    if "images" in kinds:
        parts.append(f"{images} where there is one seed")
    return f"Intervals are of 95 %, {'; '.join(parts)}."
