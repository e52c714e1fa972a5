"""Columns of the results: texts that are safe and short, and an order that keeps like beside like."""

import pytest
from finished_runs import finished_run
from records import CIFAR10, DIGITS, FAILED, RANDOM, epoch
from result_rows import in_app, row_of

from tuilab.results.columns import ALWAYS_IN_APP, COLUMNS, IN_APP, name_of, points, worth_showing
from tuilab.results.groups import sorted_groups
from tuilab.results.rows import Row
from tuilab.runs.run import Run


def texts(run: Run) -> dict[str, str]:
    """Return a run's cells by column."""
    return in_app(row_of(run))


def test_a_finished_run_says_what_came_of_it() -> None:
    run = finished_run("baseline", {"model.dropout": 0.5}, accuracy=0.36, cross_entropy=1.75)
    cells = texts(run)
    assert cells["expected"] == "", "the course says nothing of digits"
    again = finished_run("baseline", accuracy=0.36, dataset=CIFAR10)
    assert texts(again)["expected"] == "0.73–0.76 below"
    assert (cells["test"], cells["val"], cells["ce"]) == ("0.3600", "0.4000", "1.750")
    assert cells["state"] == "✓ done"
    assert (cells["changed"], cells["epochs"], cells["seconds"]) == ("model.dropout=0.5", "2 of 5 done", "12")
    assert (cells["data"], cells["pixels"], cells["tensors"]) == ("digits, 1,442 images", "unit", "14")


def test_states_are_words_with_signs() -> None:
    live = texts(finished_run("bn", epochs=[epoch(1)], last=None))
    assert (live["state"], live["epochs"]) == ("● running", "1 of 5 done"), "each is said once"
    assert texts(finished_run("bn", last=FAILED))["state"] == "× failed"
    diverged = FAILED.model_copy(update={"reason": "the training diverged: the penalty is inf"})
    assert texts(finished_run("bn", last=diverged))["state"] == "× diverged"


def test_a_run_is_called_by_its_name_or_by_the_minute_of_its_making() -> None:
    named, plain = finished_run("bn", name="mine"), finished_run("bn")
    assert name_of(row_of(named).values) == "mine"
    day, month, clock = name_of(row_of(plain).values).split()
    assert plain.id[6:8] == day.zfill(2) and plain.id[9:13] == clock.replace(":", "")
    assert month[0].isupper()


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m", "[red]x[/]", "\u202eabc", "x" * 300, "a\nb", "[/]"])
def test_names_from_outside_are_shown_verbatim_and_harmless(name: str) -> None:
    shown = name_of(row_of(finished_run("bn", name=name)).values)
    assert shown.isprintable() and "\u202e" not in shown
    if name.isprintable():
        assert shown == name


def test_differences_have_a_sign_unless_they_round_to_nothing() -> None:
    assert [points(value) for value in (3.44, -0.26, 0.04, -0.04)] == ["+3.4", "−0.3", "0.0", "0.0"]


def test_columns_with_nothing_to_say_are_left_out_and_the_courses_four_come_together() -> None:
    cnn = [tuple(texts(finished_run("bn")).values())]
    keys = [column.key for column in worth_showing(IN_APP, cnn, ALWAYS_IN_APP)]
    assert not {"iteration", "blocks", "tuned", "unfrozen", "changed", "parent"} & set(keys)
    both = [*cnn, tuple(texts(finished_run("iteration-i")).values())]
    keys = [column.key for column in worth_showing(IN_APP, both, ALWAYS_IN_APP)]
    assert [key for key in keys if key in ("iteration", "blocks", "tuned", "unfrozen")] == [
        "iteration",
        "blocks",
        "tuned",
        "unfrozen",
    ]
    assert {column.key for column in worth_showing(IN_APP, [], ALWAYS_IN_APP)} == ALWAYS_IN_APP


def ids(rows: tuple[Row, ...]) -> list[str]:
    """Return the runs' ids."""
    return [row.id for row in rows]


def test_only_like_runs_are_sorted_among_each_other() -> None:
    bad, good = finished_run("bn", accuracy=0.2), finished_run("bn", accuracy=0.8)
    other = finished_run("bn", accuracy=0.5, dataset=DIGITS.model_copy(update={"digest": "d2"}))
    rows = [row_of(run) for run in (bad, good, other)]
    groups = sorted_groups(rows, COLUMNS["test"], descending=True)
    assert [ids(group.rows) for group in groups] == [[other.id], [good.id, bad.id]]
    upwards = sorted_groups(rows, COLUMNS["test"], descending=False)
    assert [ids(group.rows) for group in upwards] == [[other.id], [bad.id, good.id]]


def test_what_has_no_value_comes_last_either_way() -> None:
    untested, tested = finished_run("bn", last=None), finished_run("bn", accuracy=0.3)
    nan = finished_run("bn", accuracy=float("nan"))
    rows = [row_of(run) for run in (untested, tested, nan)]
    for descending in (True, False):
        (group,) = sorted_groups(rows, COLUMNS["test"], descending=descending)
        assert ids(group.rows) == [tested.id, nan.id, untested.id]


def test_a_group_says_what_its_runs_share() -> None:
    settings = {"model.weights": "random"}
    rows = [row_of(finished_run("iteration-i", settings, weights=RANDOM))]
    rows += [row_of(finished_run("bn", dataset=None))]
    captions = [group.caption for group in sorted_groups(rows, COLUMNS["run"], descending=True)]
    assert captions == [
        "images not read, so not compared",
        "digits; weights: random (RANDOM: nothing learned from ImageNet); pixels: unit",
    ]
