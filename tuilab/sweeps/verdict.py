"""What comes of a sweep: which values are best, by how much, and whether that is more than chance.

The best is compared with the preset on the test images, which did not choose it. Its luck with seeds is in
that comparison all the same: a network that came out well by chance does well on all images. How much of
the luck on the validation images is there on the test images too is told by seeds: the regression of one on
the other, over seeds of the same point. That much is taken off before the difference is judged.

Points that share a training share its luck, which is no choice among them: what is taken off is reckoned with
as many lucks as there are. Two points are compared seed by seed, so that what a seed brings to both cancels.

Trained again with fresh seeds, the best has no luck of its choice any more; then that comparison counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.chance import Difference, difference
from tuilab.sweeps.flattery import excess_of_best
from tuilab.sweeps.measured import Measured, Pool, luck, measured, pool_of, together
from tuilab.sweeps.spec import Value
from tuilab.sweeps.spread import Spread, Values

Judged = Literal["better", "worse", "chance", "unknown"]
"""Whether the best is better or worse than the preset by more than chance, no more than chance, or there is
nothing to judge by."""

PresetState = Literal["best", "done", "not done", "failed", "absent"]


@dataclass(frozen=True)
class Winner:
    """The best point.

    Attributes:
        trial: its number.
        point: its values.
        validation: validation accuracy, mean over seeds.
        test: accuracy of the test images, mean over seeds; None if there is none.
        seeds: how many are done.
    """

    trial: int
    point: Mapping[str, Value]
    validation: float
    test: float | None
    seeds: int


@dataclass(frozen=True)
class Flattery:
    """By how much the best is expected to look better on the validation images than it is.

    Attributes:
        points: of how many it is the best.
        seeds: by the luck of its seeds, which fresh ones would not repeat; None with one seed.
        images: by that and its luck with the validation images, at most, as points share most of the latter;
            with one seed by the luck with images alone. None if it is not known how many there were.
        test: how much of it is expected on the test images as well.
    """

    points: int
    seeds: float | None
    images: float | None
    test: float


@dataclass(frozen=True)
class Confirmation:
    """What fresh seeds said.

    Attributes:
        seeds: how many fresh ones the best was trained with.
        validation: their mean validation accuracy.
        test: their mean accuracy of the test images; None if there is none.
        shrinkage: by how much the search's validation accuracy was better.
        preset_seeds: fresh ones of the preset; 0: it is compared with its seeds of the search.
        validation_against, test_against: by how much it is better than the preset; None where there is no
            preset, or the best is the preset.
    """

    seeds: int
    validation: float
    test: float | None
    shrinkage: float
    preset_seeds: int
    validation_against: Difference | None
    test_against: Difference | None


@dataclass(frozen=True)
class Verdict:
    """What comes of a sweep, or of what is done of it so far.

    Attributes:
        over: whether all its points were tried.
        planned: how many points it tries, the preset's own among them.
        done: points that are done and compared, the preset's among them.
        counts: the search's and the preset's trials by their state.
        best: the best point; None before one is done.
        equal: other points with the same validation accuracy to the last digit.
        all_equal: whether every point that is done has it.
        preset: the preset's own values, where they were trained.
        preset_state: what became of them.
        deviation: standard deviation of validation accuracy over seeds, pooled; None with one seed.
        test_deviation: the same of the test images.
        against_validation, against_test: by how much the best is better than the preset, as measured.
        fair: ``against_test`` without what the choice of the best adds to it: what is judged.
        flattery: how much better the best looks than it is; None where nothing was chosen.
        confirmation: what fresh seeds said; None before there are some.
        judged: the conclusion, from fresh seeds where there are some.
        validation_is_test: whether the points were compared on the test images themselves.
        problems: why trials failed, the most frequent first; text from outside.
    """

    over: bool
    planned: int
    done: int
    counts: Mapping[str, int]
    best: Winner | None = None
    equal: tuple[Winner, ...] = ()
    all_equal: bool = False
    preset: Winner | None = None
    preset_state: PresetState = "absent"
    deviation: float | None = None
    test_deviation: float | None = None
    against_validation: Difference | None = None
    against_test: Difference | None = None
    fair: Difference | None = None
    flattery: Flattery | None = None
    confirmation: Confirmation | None = None
    judged: Judged = "unknown"
    validation_is_test: bool = False
    problems: tuple[tuple[str, int], ...] = ()


def verdict(board: Board) -> Verdict:
    """Return what comes of a sweep."""
    ranked = board.ranked
    tried = [trial for trial in board.trials if trial.origin != "confirm"]
    told = Counter(trial.problem for trial in tried if trial.state == "failed" and trial.problem)
    preset = board.preset_trial
    base = Verdict(
        board.over,
        board.spec.points + sum(trial.origin == "preset" for trial in tried),
        len(ranked),
        dict(Counter(trial.state for trial in tried)),
        preset_state=_preset_state(board, preset),
        validation_is_test=board.spec.experiment.training.validation == "test",
        problems=tuple(told.most_common()),
    )
    return _with_best(base, board, ranked, preset) if ranked else base


def _preset_state(board: Board, preset: Trial | None) -> PresetState:
    if preset is None:
        return "absent"
    if (value := board.values.get(preset.number)) is not None:
        return "best" if value == board.values[board.ranked[0].number] else "done"
    return "failed" if preset.state in ("failed", "done", "pruned") else "not done"


def _with_best(base: Verdict, board: Board, ranked: Sequence[Trial], preset: Trial | None) -> Verdict:
    values, known = board.values, measured(board)
    equal = [trial for trial in ranked if values[trial.number] == values[ranked[0].number]]
    own = preset if preset is not None and preset.number in values else None
    # of equal points the preset is the one that needs no change
    best = own if own is not None and base.preset_state == "best" else ranked[0]
    pool = pool_of(board)
    flattery = _flattery(board, ranked, pool, base.validation_is_test)
    against = against_test = fair = None
    if own is not None and best is not own:
        ours, theirs = known[best.number], known[own.number]
        alike = ours.training == theirs.training
        against = difference(
            ours.validation, theirs.validation, board.validation_images, pool.validation, alike=alike
        )
        if ours.tests and theirs.tests:
            against_test = difference(ours.tests, theirs.tests, board.test_images, pool.tests, alike=alike)
            fair = against_test.less(flattery.test if flattery else 0.0)
    confirmation = _confirmation(board, best, None if best is own else own, pool)
    return replace(
        base,
        best=_winner(best, known),
        equal=tuple(_winner(trial, known) for trial in equal if trial is not best),
        all_equal=len(equal) == len(ranked) > 1,
        preset=None if own is None else _winner(own, known),
        deviation=None if pool.validation is None else pool.validation.deviation,
        test_deviation=None if pool.tests is None else pool.tests.deviation,
        against_validation=against,
        against_test=against_test,
        fair=fair,
        flattery=flattery,
        confirmation=confirmation,
        judged=_judged(confirmation.test_against if confirmation else fair),
    )


def _winner(trial: Trial, known: Mapping[int, Measured]) -> Winner:
    values, tested, _ = known[trial.number]
    test = fmean(tested.values()) if tested else None
    return Winner(trial.number, trial.point, fmean(values.values()), test, len(values))


def _judged(found: Difference | None) -> Judged:
    if found is None or found.interval is None:
        return "unknown"
    if found.interval.low > 0:
        return "better"
    return "worse" if found.interval.high < 0 else "chance"


def _flattery(board: Board, ranked: Sequence[Trial], pool: Pool, same_images: bool) -> Flattery | None:
    """Return how much better the best looks than it is; None for a single point."""
    if len(ranked) < 2:
        return None
    known = measured(board)
    each = [known[trial.number] for trial in ranked]
    means = [fmean(one.validation.values()) for one in each]
    trainings = [one.training for one in each]
    of_trial, of_training = _lucks(pool.validation)
    own = [of_trial / len(one.validation) for one in each]
    common = [of_training / len(one.validation) for one in each]
    by_seeds = None if pool.validation is None else excess_of_best(means, own, common, trainings)
    by_images = None
    if images := board.validation_images:
        both = [one + mean * (1 - mean) / images for one, mean in zip(own, means, strict=True)]
        by_images = excess_of_best(means, both, common, trainings)
    if same_images:
        test = (by_images if by_images is not None else by_seeds) or 0.0
    else:
        test = (by_seeds or 0.0) * _carried_over([known[trial.number] for trial in pool.trials])
    return Flattery(len(ranked), by_seeds, by_images, test)


def _lucks(spread: Spread | None) -> tuple[float, float]:
    """Return the variance of a seed's luck at one point alone, and of that at all points of a training."""
    if spread is None:
        return 0.0, 0.0
    whole = (spread.apart or spread.alike or spread.one).value
    if spread.alike is None:
        return whole, 0.0
    alone = min(spread.alike.value, whole)
    return alone, whole - alone


def _carried_over(trials: Sequence[Measured]) -> float:
    """Return how much of a seed's luck on the validation images it has on the test images, from 0 to 1."""
    validated, tested = luck(trials)
    alone = float(validated @ validated)
    return min(max(float(validated @ tested) / alone, 0.0), 1.0) if alone else 0.0


def _confirmation(board: Board, best: Trial, preset: Trial | None, pool: Pool) -> Confirmation | None:
    """Return what fresh seeds said of the best; None if there are none."""
    known = measured(board)
    again = [known[trial.number] for trial in board.confirmations(best.point)]
    fresh, tested = _pooled(again)
    if not fresh:
        return None
    others = [known[t.number] for t in board.confirmations(preset.point)] if preset is not None else []
    preset_seeds = len(_pooled(others)[0])
    # nobody chose the preset for what it measured: without fresh seeds those of the search are as good
    compared = others if preset_seeds or preset is None else [known[preset.number]]
    of_validation, of_tests = _pooled(compared)
    alike = not {one.training for one in again}.isdisjoint(one.training for one in compared)

    def against(ours: Values, theirs: Values, images: int | None, spread: Spread | None) -> Difference | None:
        return difference(ours, theirs, images, spread, alike=alike) if ours and theirs else None

    return Confirmation(
        len(fresh),
        fmean(fresh.values()),
        fmean(tested.values()) if tested else None,
        fmean(known[best.number].validation.values()) - fmean(fresh.values()),
        preset_seeds,
        against(fresh, of_validation, board.validation_images, pool.validation),
        against(tested, of_tests, board.test_images, pool.tests),
    )


def _pooled(each: Sequence[Measured]) -> tuple[Values, Values]:
    """Return the validation accuracies of several trials of one point by seed, and their tests'."""
    return together([one.validation for one in each]), together([one.tests for one in each])
