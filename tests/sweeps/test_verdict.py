"""The verdict: against sweeps whose truth is known, and in the cases in which little can be said."""

from collections.abc import Sequence

import boards
import numpy as np
import pytest

from tuilab.experiment.overrides import with_overrides
from tuilab.sweeps.board import Board, Trial
from tuilab.sweeps.chance import Difference
from tuilab.sweeps.verdict import Verdict, verdict
from tuilab.sweeps.verdict_text import verdict_words

SPEC = boards.sweep()
POINTS = boards.grid_points(SPEC)
OWN = POINTS.index(boards.preset_point(SPEC))
FRESH = range(100, 105)


def made(
    random: np.random.Generator, truths: Sequence[float], luck: float, images: int, confirmed: bool
) -> Board:
    """Return a board of a grid of three seeds with true accuracies, luck of seeds and of images."""

    def trial(number: int, place: int, seeds: Sequence[int], *, again: bool = False) -> Trial:
        expected = truths[place] + random.normal(0, luck, len(seeds))
        shares = [list(random.binomial(images, expected) / images) for _ in range(2)]
        return boards.trial(
            number,
            POINTS[place],
            shares[0],
            tests=shares[1],
            seeds=seeds,
            origin="confirm" if again else "search",
        )

    trials = [trial(place, place, (0, 1, 2)) for place in range(16)]
    board = boards.board(SPEC, trials)
    best = board.ranked[0].number
    if confirmed:
        trials += [trial(16, best, FRESH, again=True), trial(17, OWN, FRESH, again=True)]
    counts = {"validation_images": images, "test_images": images}
    return boards.board(SPEC, trials).model_copy(update=counts)


def many_verdicts(truths: Sequence[float], luck: float, images: int) -> list[tuple[Verdict, float, float]]:
    """Return verdicts, each with its best's true accuracy and how much better than the preset that is."""
    random = np.random.default_rng(11)
    found = []
    for _ in range(50):
        one = verdict(made(random, truths, luck, images, confirmed=True))
        assert one.best is not None
        found.append((one, truths[one.best.trial], truths[one.best.trial] - truths[OWN]))
    return found


def test_with_points_that_are_all_alike_chance_is_called_chance() -> None:
    """The best of 16 equal points is 2 points ahead by luck alone, and nothing is concluded from that."""
    found = many_verdicts([0.82] * 16, 0.02, 10_000)
    ahead = np.mean([one.against_validation.value for one, *_ in found if one.against_validation])
    assert ahead > 0.015, "the luck is real"
    better = [one.judged == "better" for one, *_ in found]
    assert np.mean(better) <= 0.07, "nominally 2.5 %"
    # what is taken off is what the best gains by being chosen, on the test images as well
    gained = np.mean([one.best.test - true for one, true, _ in found if one.best and one.best.test])
    told = np.mean([one.flattery.test for one, *_ in found if one.flattery])
    assert told == pytest.approx(gained, abs=0.005)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Where seeds make nearly all of the chance; images are counted twice, so there they hold it always."""
    truths = [boards.truth(point) for point in POINTS]
    found = many_verdicts(truths, 0.02, 10_000)

    def held(differences: list[tuple[Difference | None, float]]) -> float:
        known = [(d.interval, true) for d, true in differences if d is not None and d.interval is not None]
        return float(np.mean([interval.low <= true <= interval.high for interval, true in known]))

    assert held([(one.fair, true) for one, _, true in found]) >= 0.9
    fresh = [(one.confirmation.test_against, true) for one, _, true in found if one.confirmation]
    assert held(fresh) >= 0.9


def test_fresh_seeds_lose_about_what_was_foretold() -> None:
    found = many_verdicts([0.82] * 16, 0.01, 2000)
    lost = np.mean([one.confirmation.shrinkage for one, *_ in found if one.confirmation])
    foretold = np.mean([one.flattery.seeds for one, *_ in found if one.flattery and one.flattery.seeds])
    assert foretold == pytest.approx(float(lost), abs=0.003) and lost > 0.008


def test_one_that_is_far_better_is_called_better() -> None:
    truths = [0.6] * 16
    truths[3] = 0.8
    board = made(np.random.default_rng(1), truths, 0.005, 10_000, confirmed=False)
    found = verdict(board)
    assert found.best is not None and found.best.trial == 3 and found.judged == "better"
    assert found.flattery is not None and found.flattery.seeds == pytest.approx(0, abs=1e-4)
    assert "that is more than chance" in " ".join(verdict_words(board))


def test_seeds_at_the_edge_of_diverging_do_not_drown_the_others() -> None:
    trials = [
        boards.trial(n, point, (0.2, 0.8, 0.5) if n < 6 else (0.80 + n / 1000, 0.801 + n / 1000))
        for n, point in enumerate(POINTS)
    ]
    found = verdict(boards.board(SPEC, trials))
    assert found.deviation is not None and found.deviation < 0.001


def test_points_that_share_their_trainings_are_compared_in_pairs() -> None:
    """Momentum changes no training: the luck of a training is the same for all of its values."""
    luck = (0.03, -0.02, -0.01)
    trials = []
    for n, point in enumerate(POINTS):
        value = 0.75 + 0.02 * (point[boards.MOMENTUM] == 0.9) + 0.01 * (point[boards.L2] == 1e-3)
        turned = [luck[(seed + n % 4) % 3] for seed in range(3)]  # another luck for each value of L2
        one = boards.trial(n, point, [value + part + 0.001 * (n % 3) * part for part in turned])
        trained = [f"run-{point[boards.L2]}-{run.seed}" for run in one.runs]
        shared = [run.model_copy(update={"shares": t}) for run, t in zip(one.runs, trained, strict=True)]
        trials.append(one.model_copy(update={"runs": tuple(shared)}))
    board = boards.board(SPEC, trials).model_copy(update={"test_images": None})
    found = verdict(board)
    assert found.best is not None and found.best.point == {boards.MOMENTUM: 0.9, boards.L2: 1e-3}
    assert found.against_test is not None and found.against_test.paired == 3
    assert found.against_test.reach is not None and found.against_test.reach < 0.001
    apart = [
        t.model_copy(update={"runs": tuple(r.model_copy(update={"shares": ""}) for r in t.runs)})
        for t in trials
    ]
    alone = verdict(board.model_copy(update={"trials": tuple(apart)})).against_test
    assert alone is not None and alone.reach is not None and alone.reach > 0.02


def test_a_finished_sweep_says_what_is_best_by_how_much_and_what_chance_makes() -> None:
    best, against, chance = verdict_words(boards.finished())
    assert best == (
        "The best values are bn_momentum 0.9, l2 1e-3: their validation accuracy is 0.8410, the mean of 3 "
        "seeds."
    )
    assert against.startswith(
        "That is 2.3 points better than the preset (bn_momentum 0.8, l2 1e-3), which has 0.8177. On the test "
        "images it is 2.2 points better: 0.8377 against 0.8160. The best of 16 trials looks better than it "
        "is, because its luck was chosen as well: about 0.1 points of its validation accuracy are luck of "
        "its seeds, which fresh seeds would not repeat; together with luck on these 1,000 images it is at "
        "most 2."
    )
    assert chance == (
        "Seeds and 1,000 test images together make differences of up to 3.6 points by chance (95 %). The "
        "difference on the test images, without the 0.1 points that the choice of the best adds to it, is "
        "2.1 points: no more than chance, so it shows nothing yet. tuilab sweep confirm bn-by-l2 trains "
        "both again with fresh seeds, which had no part in the choice."
    )


def test_fresh_seeds_are_the_answer() -> None:
    board = boards.confirmed()
    found = verdict(board)
    assert found.confirmation is not None and found.confirmation.test_against is not None
    assert (found.confirmation.seeds, found.confirmation.preset_seeds) == (5, 5)
    assert found.confirmation.test_against.paired == 5
    words = verdict_words(board)
    assert words[1].startswith(
        "Trained again with 5 fresh seeds, these values have a validation accuracy of 0.8418"
    )
    assert (
        "Against the preset with the same seeds they are 2.3 points better on the test images (95 % "
        in words[1]
    )
    assert not any("sweep confirm" in paragraph for paragraph in words)


def test_without_fresh_seeds_of_the_preset_those_of_the_search_are_taken() -> None:
    whole = boards.confirmed()
    board = whole.model_copy(update={"trials": whole.trials[:17]})
    found = verdict(board).confirmation
    assert found is not None and found.preset_seeds == 0
    assert found.test_against is not None and found.test_against.paired == 0
    assert "Against the preset with the search's seeds" in " ".join(verdict_words(board))


def test_while_fresh_seeds_train_it_says_so() -> None:
    whole = boards.confirmed()
    last = whole.trials[-1].model_copy(update={"state": "running", "runs": ()})
    words = verdict_words(whole.model_copy(update={"trials": (*whole.trials[:-1], last)}))
    assert words[0].startswith("The search is over; its best and the preset are still being trained")


def test_while_it_trains_the_words_say_of_how_many_trials_they_are() -> None:
    words = verdict_words(boards.half_done())
    assert words[0].startswith(
        "So far 7 of 16 trials are done. The preset's own values, bn_momentum 0.8, l2 1e-3,"
    )
    assert words[-1] == "1 trial failed and was not compared: the loss is not a number in epoch 2."
    stopped = boards.half_done().model_copy(update={"stopped": True})
    assert verdict_words(stopped)[0].startswith("The sweep is stopped; 7 of 16 trials are done.")


def test_with_one_seed_it_says_that_seeds_are_not_known() -> None:
    found = verdict(boards.pruned())
    assert found.deviation is None and found.flattery is not None and found.flattery.seeds is None
    words = " ".join(verdict_words(boards.pruned()))
    assert "With one seed it is not known how much of that seeds make" in words
    assert (
        "What another seed would change is not known with one seed: a sweep with three measures it." in words
    )
    assert "21 trials were pruned early and not compared." in words


def words_of(trials: Sequence[Trial]) -> str:
    return " ".join(verdict_words(boards.board(SPEC, trials)))


def test_before_anything_is_done_nothing_is_said() -> None:
    assert words_of([boards.waiting(n, point) for n, point in enumerate(POINTS)]) == (
        "Nothing can be said yet: none of 16 trials is done."
    )
    assert verdict(Board(spec=SPEC)).best is None


def test_where_all_are_equal_it_makes_no_difference() -> None:
    trials = [boards.trial(n, point, (0.9, 0.9)) for n, point in enumerate(POINTS)]
    assert words_of(trials) == (
        "All 16 trials have the same validation accuracy, 0.9000: which of these values are taken makes no "
        "difference."
    )


def test_several_best_ones_are_all_named() -> None:
    trials = [boards.trial(n, p, (0.9, 0.9) if n in (3, 5) else (0.8, 0.8)) for n, p in enumerate(POINTS)]
    assert (
        "2 trials share the best validation accuracy, 0.9000, the mean of 2 seeds: (bn_momentum 0.6, l2 "
        "0.01) and (bn_momentum 0.8, l2 1e-4). The first of them is 10.0 points better" in words_of(trials)
    )


def test_where_the_preset_is_the_best_it_is_not_compared_with_itself() -> None:
    trials = [boards.trial(n, p, (0.9, 0.9) if n in (OWN, 12) else (0.8, 0.8)) for n, p in enumerate(POINTS)]
    found = verdict(boards.board(SPEC, trials))
    assert found.preset_state == "best" and found.best is not None and found.best.trial == OWN
    assert found.against_test is None and found.judged == "unknown"
    words = words_of(trials)
    assert "The preset's own values, bn_momentum 0.8, l2 1e-3, are the best" in words
    assert "(bn_momentum 0.99, l2 0) is as good." in words


def test_a_preset_that_failed_and_a_sweep_that_did_are_told() -> None:
    failed = [boards.stopped_early(n, p, 0.1, state="failed", problem="a\x1bb") for n, p in enumerate(POINTS)]
    words = words_of(failed)
    assert words == "None of 16 trials gave a result. 16 trials failed and were not compared: a\\eb."
    trials = [failed[n] if n == OWN else boards.trial(n, p, (0.8 + n / 100,)) for n, p in enumerate(POINTS)]
    assert "The preset's own values gave no result, so there is nothing to compare that with." in words_of(
        trials
    )


def test_where_the_test_images_chose_the_best_they_are_no_check() -> None:
    spec = SPEC.model_copy(
        update={"experiment": with_overrides(SPEC.experiment, {"training.validation": "test"})}
    )
    board = boards.finished().model_copy(update={"spec": spec})
    found = verdict(board)
    assert found.validation_is_test and found.flattery is not None
    assert found.flattery.test == found.flattery.images, "the luck with these images is on them as well"
    assert "no images are left that did not choose the best" in " ".join(verdict_words(board))
