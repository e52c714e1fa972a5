"""Two runs compared: what differs, what was measured, and what chance makes of it."""

import math

import pytest
from finished_runs import DIGITS, FAILED, RANDOM, epoch, finished_run
from test_table_rows import row_of

from tuilab.runs.comparison import Comparison, Side, as_markdown, compare, standard_error, value_text
from tuilab.runs.store import Run
from tuilab.runs.summary import summarize


def side(run: Run) -> Side:
    """Return a run as one side of a comparison."""
    epochs = summarize(run).epochs
    return Side(row_of(run), epochs[-1].penalty if epochs else None)


def compared(first: Run, second: Run) -> Comparison:
    """Compare two runs."""
    return compare(side(first), side(second))


def differences(found: Comparison) -> dict[str, str]:
    """Return the differences of what was measured, by its name."""
    return {measure.name: measure.difference for measure in found.measures}


def test_only_settings_that_differ_are_told_and_the_others_counted() -> None:
    found = compared(finished_run("bn"), finished_run("bn-momentum", {"training.epochs": 7}))
    assert [(d.key, d.before, d.after) for d in found.settings] == [
        ("model.bn_momentum", 0.99, 0.8),
        ("training.epochs", 5, 7),
    ]
    whole = finished_run("bn").experiment().model_dump(mode="json")
    count = sum(len(value) if isinstance(value, dict) else 1 for value in whole.values())
    assert found.same == count - 2


def test_the_courses_columns_are_told_where_they_differ() -> None:
    found = compared(finished_run("iteration-i"), finished_run("iteration-ii"))
    assert found.course == (("fine_tuning_performed", "No", "Yes"), ("unfreezed_layers", "-", "Last 3"))


def test_the_standard_error_is_that_of_two_shares() -> None:
    # simulated: the deviation of the difference of two binomials
    import numpy as np

    draws = np.random.default_rng(1).binomial(355, [0.6, 0.7], size=(200_000, 2)) / 355
    assert standard_error(0.6, 0.7, 355) == pytest.approx(np.std(draws[:, 1] - draws[:, 0]), rel=0.01)
    assert standard_error(1.0, 1.0, 100) == 0.0


def test_a_difference_that_chance_makes_is_said_to_say_nothing() -> None:
    # 355 test images: 2 * sqrt(0.5 * 0.5 / 355 * 2) is 7.5 points
    first = finished_run("bn", accuracy=0.5)
    small = compared(first, finished_run("bn", {"training.seed": 2}, accuracy=0.55)).verdict
    assert small.startswith("B is 5.0 points better than A. With 355 test images")
    assert "7.5 points" in small and small.endswith("no more than that: it says nothing yet.")
    large = compared(first, finished_run("bn", {"training.seed": 2}, accuracy=0.4)).verdict
    assert large.startswith("B is 10.0 points worse than A.") and "this is more than that" in large
    assert compared(first, first).verdict == "Both got the same share of 355 test images right."


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"dataset": DIGITS.model_copy(update={"digest": "d2"})}, "images"),
        ({"weights": RANDOM}, "weights"),
        ({"settings": {"data.pixels": "imagenet"}}, "pixels"),
    ],
)
def test_runs_that_are_not_alike_are_not_compared(changed: dict, word: str) -> None:
    found = compared(finished_run("iteration-i"), finished_run("iteration-i", accuracy=0.9, **changed))
    assert found.apart == (word,)
    assert found.verdict.startswith(f"Not comparable: other {word}.")
    told = differences(found)
    assert not any(told[name] for name in ("test accuracy", "validation accuracy", "test cross-entropy"))
    assert told["seconds"] == "the same"


def test_differences_have_their_sign() -> None:
    first = finished_run("bn", accuracy=0.5, cross_entropy=1.25, epochs=[epoch(1, penalty=0.5)])
    second = finished_run("bn", accuracy=0.6, cross_entropy=1.0, epochs=[epoch(1, penalty=0.25), epoch(2)])
    told = differences(compared(first, second))
    assert (told["test accuracy"], told["test cross-entropy"]) == ("+10.0 points", "−0.250")
    assert (told["weight penalty"], told["epochs"], told["training images"]) == ("−0.500", "+1", "the same")


def test_what_was_not_measured_has_no_difference() -> None:
    found = compared(finished_run("bn"), finished_run("bn", epochs=[], last=FAILED))
    assert found.verdict == "B was not tested (yet)."
    assert differences(found)["validation accuracy"] == ""
    nan = compared(finished_run("bn"), finished_run("bn", accuracy=math.nan))
    assert nan.verdict == "An accuracy is not a number, so there is no difference."


def test_values_are_written_as_a_person_writes_them() -> None:
    assert [value_text(value) for value in (None, True, False, [32, 64], 0.001, "a\x1bb")] == [
        "not set",
        "on",
        "off",
        "32, 64",
        "0.001",
        "a\\eb",
    ]


def test_the_markdown_page_says_it_all() -> None:
    first, second = finished_run("bn", accuracy=0.2, name="a|b"), finished_run("bn-l2", accuracy=0.6)
    page = as_markdown(side(first), side(second))
    assert page.startswith("# bn (a|b) and bn-l2 (") and page.endswith(f"- B is run {second.id}\n")
    assert "| test accuracy | 0.2000 | 0.6000 | +40.0 points |" in page
    assert "| model.l2 | 0.0 | 0.001 |" in page
    assert "| measured | A: bn (a\\|b) |" in page, "a bar in a name is escaped in heads too"
