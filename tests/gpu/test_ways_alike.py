"""On a real card: whichever way a step is computed, the run learns as much.

Rounding differs between the ways, and training enlarges every difference; so what is compared are the right
answers to validation images in the second half of the epochs and to test images, of two seeds together.
"""

from typing import Any

import pytest
from card import ON_CARD, Lab, numbers, until, until_given_back

from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.gpu

SEEDS = (1, 2)
EPOCHS = 20 if ON_CARD else 8
LAST = EPOCHS // 2
"""Epochs at the end whose validation accuracies are averaged."""
WAYS = {
    "plain": ("training.xla=off",),
    "mixed_bfloat16": ("training.xla=off", "training.precision=mixed_bfloat16"),
}
if (
    ON_CARD
):  # on a CPU XLA compiles for minutes; that its numbers are those of the plain graph is tested apart
    WAYS["XLA"] = ("training.xla=on",)
    WAYS["XLA, mixed_bfloat16"] = ("training.xla=on", "training.precision=mixed_bfloat16")
POINT = 0.01


@pytest.fixture(scope="module")
def by_way(lab: Lab) -> dict[str, list[dict[str, Any]]]:
    """What each way measured with each seed: runs that share the card, all at the same time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUILAB_HOME", str(lab.home))
        started = {way: [_begin(lab, settings, seed) for seed in SEEDS] for way, settings in WAYS.items()}
        runs = [run for runs in started.values() for run in runs]
        until(lambda: all(map(_over, runs)), "all ways have trained", lambda: str(list(map(_state, runs))))
        return {way: [lab.measured(run) for run in runs] for way, runs in started.items()}


def test_ways_that_share_the_card_all_finish_and_give_it_back(
    lab: Lab, by_way: dict[str, list[dict[str, Any]]]
) -> None:
    ended = {way: [one["state"] for one in measured] for way, measured in by_way.items()}
    assert ended == {way: ["done"] * len(SEEDS) for way in WAYS}
    until_given_back(lab)


@pytest.mark.parametrize("way", [way for way in WAYS if way != "plain"])
def test_it_learns_as_much_as_float32_in_the_plain_graph(
    way: str, by_way: dict[str, list[dict[str, Any]]]
) -> None:
    shares = {name: [share_right(one) for one in measured] for name, measured in by_way.items()}
    means = {name: sum(values) / len(values) for name, values in shares.items()}
    assert abs(means[way] - means["plain"]) < POINT, shares
    assert means["plain"] > 0.9, shares


@pytest.mark.parametrize("way", [next(iter(WAYS)), next(reversed(WAYS))])
def test_a_run_that_had_the_card_for_itself_has_the_same_numbers(
    way: str, lab: Lab, by_way: dict[str, list[dict[str, Any]]]
) -> None:
    alone = lab.train(*_words(WAYS[way], SEEDS[0]))
    assert numbers(alone) == numbers(by_way[way][0])


def share_right(measured: dict[str, Any]) -> float:
    """Return the share of right answers, validation images and test images taken together."""
    validation = sum(measured["history"]["val_accuracy"][-LAST:]) / LAST
    return (256 * validation + 355 * measured["test_accuracy"]) / (256 + 355)


def _begin(lab: Lab, settings: tuple[str, ...], seed: int) -> Run:
    return lab.begin(*_words(settings, seed))


def _words(settings: tuple[str, ...], seed: int) -> list[str]:
    changes = [word for setting in settings for word in ("--set", setting)]
    return ["--epochs", str(EPOCHS), "--seed", str(seed), *changes]


def _over(run: Run) -> bool:
    return _state(run) not in ("queued", "waiting", "running")


def _state(run: Run) -> str:
    return summarize(run).state
