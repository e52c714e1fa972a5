"""Two runs compared: what differs, what was measured, and what chance makes of it."""

import math

import pytest
from finished_runs import finished_run
from records import DIGITS, FAILED, RANDOM, epoch
from result_rows import row_of

from tuilab.results.comparison import Comparison, Side, compare, standard_error, value_text
from tuilab.results.formats.markdown import compared as compared_page
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def side(run: Run) -> Side:
    """Return a run as one side of a comparison."""
    return Side(row_of(run), summarize(run).epochs)


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
    assert "7.5 points" in small and small.endswith("this difference is no larger, so it shows nothing yet.")
    large = compared(first, finished_run("bn", {"training.seed": 2}, accuracy=0.4)).verdict
    assert large.startswith("B is 10.0 points worse than A.") and "this difference is larger" in large
    assert compared(first, first).verdict == "Both classified the same share of 355 test images correctly."


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
    assert found.verdict.startswith(f"Not comparable: different {word}.")
    told = differences(found)
    assert not any(told[name] for name in ("test accuracy", "validation accuracy", "test cross-entropy"))
    assert told["seconds"] == "the same"


def test_one_thing_that_differs_confounds_nothing() -> None:
    first = finished_run("bn", accuracy=0.5)
    alone: tuple[dict, ...] = (
        {"model.bn_momentum": 0.5},
        {"training.seed": 2},
        {"training.features": "on"},
        {"training.xla": "on", "training.deterministic": False},
        {},
    )
    for settings in alone:
        assert compared(first, finished_run("bn", settings)).confounded == ""
    both = finished_run("bn", {"model.bn_momentum": 0.5, "training.seed": 2, "training.device": "cpu"})
    assert compared(first, both).confounded == "", "seed and device are no setting whose effect is looked for"
    longer = finished_run("bn", {"training.epochs": 3}, epochs=[epoch(1), epoch(2), epoch(3)])
    assert compared(first, longer).confounded == "", "epochs alone are what is compared"


def test_several_things_that_differ_are_named_before_any_difference() -> None:
    first = finished_run("bn", accuracy=0.2)
    second = finished_run("bn", {"model.bn_momentum": 0.5, "model.l2": 0.1, "training.seed": 2}, accuracy=0.9)
    found = compared(first, second)
    assert found.confounded.startswith("Confounded: model.bn_momentum and model.l2 differ.")
    page = compared_page(side(first), side(second))
    assert page.index("Confounded: ") < page.index("B is 70.0 points better")
    longer = finished_run("bn", {"model.l2": 0.1}, epochs=[epoch(n) for n in (1, 2, 3)])
    told = compared(first, longer).confounded
    assert told.startswith("Confounded: model.l2 and the number of epochs (2 and 3) differ.")
    others = compared(first, finished_run("iteration-i", weights=None))
    assert others.apart or "more" in others.confounded
    other_kind = compared(first, finished_run("baseline", {"optimizer.kind": "adam", "model.dense": 64}))
    assert "model.dense" in other_kind.confounded and other_kind.verdict


def test_what_a_run_starts_from_is_one_of_the_things_that_differ() -> None:
    parent, other = finished_run("iteration-i"), finished_run("iteration-i")
    child, cousin = (finished_run("iteration-ii", parent=run) for run in (parent, other))
    told = compared(parent, child).confounded
    assert "model.unfreeze" in told and "the model training starts from" in told
    assert compared(child, cousin).confounded == "", "their parents are one thing"
    cousin = finished_run("iteration-ii", {"model.l2": 0.1}, parent=other)
    assert "model.l2 and the run training starts from differ" in compared(child, cousin).confounded


def test_runs_of_other_lengths_are_compared_after_as_many_epochs_too() -> None:
    curve = [epoch(n, val_accuracy=0.1 * n, val_cross_entropy=2 - 0.25 * n) for n in range(1, 6)]
    short = [epoch(n, val_accuracy=0.2 * n, val_cross_entropy=2 - 0.375 * n) for n in range(1, 4)]
    found = compared(finished_run(epochs=curve), finished_run(epochs=short))
    first, second, *_ = found.measures
    assert (first.name, first.first, first.second) == (
        "validation accuracy after epoch 3",
        "0.3000",
        "0.6000",
    )
    assert (first.difference, second.difference) == ("+30.0 points", "−0.375")
    assert "after epoch" not in compared(finished_run(), finished_run()).measures[0].name


def test_differences_have_their_sign() -> None:
    first = finished_run("bn", accuracy=0.5, cross_entropy=1.25, epochs=[epoch(1, penalty=0.5)])
    second = finished_run("bn", accuracy=0.6, cross_entropy=1.0, epochs=[epoch(1, penalty=0.25), epoch(2)])
    told = differences(compared(first, second))
    assert (told["test accuracy"], told["test cross-entropy"]) == ("+10.0 points", "−0.250")
    assert (told["weight penalty"], told["epochs"], told["training images"]) == ("−0.500", "+1", "the same")


def test_what_was_not_measured_has_no_difference() -> None:
    found = compared(finished_run("bn"), finished_run("bn", epochs=[], last=FAILED))
    assert found.verdict == "B has not been tested."
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
    page = compared_page(side(first), side(second))
    assert page.startswith("# bn (a|b) and bn-l2 (") and page.endswith(f"- B is run {second.id}\n")
    assert "| test accuracy | 0.2000 | 0.6000 | +40.0 points |" in page
    assert "| model.l2 | 0.0 | 0.001 |" in page
    assert "| measured | A: bn (a\\|b) |" in page, "a bar in a name is escaped in heads too"
