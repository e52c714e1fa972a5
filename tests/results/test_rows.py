"""Rows of the results: every run in its state, beside the course and beside its parent."""

import pytest
from finished_runs import finished_run
from records import CIFAR10, DIGITS, DONE, FAILED, IMAGENET, RANDOM, epoch
from result_rows import row_of

from tuilab.presets import Course
from tuilab.results.alike import differing
from tuilab.results.outcome import epochs_text
from tuilab.results.record import outcome
from tuilab.results.rows import FIELDS, progress, verdict
from tuilab.runs import store
from tuilab.runs.journal.records import Evaluated
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.summary import summarize


def test_a_run_that_is_not_done_is_a_row_as_well() -> None:
    row = row_of(
        finished_run("bn", {"training.epochs": 10}, epochs=[epoch(1), epoch(2), epoch(3)], last=None)
    )
    assert (row.state, progress(row.values), row.values["accuracy"]) == ("running", "3 of 10 done", None)
    failed = row_of(finished_run("bn", last=FAILED))
    assert (failed.state, failed.values["reason"]) == ("failed", "the loss is not a number")


def test_a_fork_that_waits_has_its_parents_epochs_already() -> None:
    parent = finished_run("bn", {"training.epochs": 10}, epochs=[epoch(n) for n in range(1, 11)])
    fork = store.create(parent.experiment(), preset="bn", parent=parent.id, forked_at=7)
    assert progress(row_of(fork, parent).values) == "7 of 10 done"


@pytest.mark.parametrize(
    ("accuracy", "word"),
    [
        (0.7299, "below"),
        (0.73, "within"),
        (0.75, "within"),
        (0.76004, "within"),
        (0.7601, "above"),
        (None, None),
        (float("nan"), None),
    ],
)
def test_an_accuracy_is_below_within_or_above_the_courses_band(
    accuracy: float | None, word: str | None
) -> None:
    assert verdict(accuracy, Course(expected=(0.73, 0.76))) == word


def test_where_the_course_has_no_band_its_log_is_what_an_accuracy_is_held_against() -> None:
    course = Course(recorded=0.8415)
    assert [verdict(share, course) for share in (0.84, 0.8415, 0.85)] == ["below", "within", "above"]
    assert verdict(0.5, Course()) is None


def test_the_difference_to_the_parent_is_in_points() -> None:
    parent = finished_run("iteration-i", accuracy=0.587)
    row = row_of(finished_run("iteration-ii", parent=parent, accuracy=0.621), parent)
    assert row.against_parent == pytest.approx(3.4) and row.values["apart"] == ""


def test_a_parent_on_other_images_or_with_other_pixels_is_no_measure() -> None:
    parent = finished_run("iteration-i")
    other = DIGITS.model_copy(update={"digest": "d2"})
    assert (
        row_of(finished_run("iteration-ii", parent=parent, dataset=other), parent).values["apart"]
        == "other images"
    )
    both = finished_run("iteration-ii", {"data.pixels": "imagenet"}, parent=parent, weights=RANDOM)
    row = row_of(both, parent)
    assert (row.against_parent, row.values["apart"]) == (None, "other weights and pixels")


def test_without_a_parent_or_a_test_there_is_no_difference() -> None:
    untested = finished_run("iteration-i", last=FAILED)
    assert row_of(finished_run("iteration-i")).against_parent is None
    row = row_of(finished_run("iteration-ii", parent=untested), untested)
    assert (row.against_parent, row.values["apart"]) == (None, "not tested")
    assert row_of(finished_run("iteration-ii", parent=untested, last=None), untested).values["apart"] == ""


def test_what_does_not_say_its_images_is_alike_to_nothing() -> None:
    silent = row_of(finished_run("bn", dataset=None))
    assert differing(silent.values, silent.values) == ("images",)
    told = row_of(finished_run("iteration-i"))
    assert differing(told.values, told.values) == ()
    splits = [
        row_of(finished_run("bn", dataset=DIGITS.model_copy(update={"digest": f"d{n}", "split_seed": n})))
        for n in (1, 2)
    ]
    assert differing(splits[0].values, splits[1].values) == ("test images",), "each seed has its own"
    newer = row_of(finished_run("iteration-i", weights=IMAGENET.model_copy(update={"digest": "w2"})))
    assert differing(told.values, newer.values) == ("weights",)


def test_a_row_holds_every_field_and_why_there_is_no_difference() -> None:
    assert set(row_of(finished_run("bn")).values) == {*FIELDS, "apart"}


def test_a_run_that_trains_nothing_has_what_was_measured_with_its_test() -> None:
    run = finished_run("one-shot", epochs=[], last=None)
    also = {"accuracy": 0.5, "cross_entropy": 2.5, "val_accuracy": 0.375, "val_cross_entropy": 2.75}
    writer = JournalWriter(run.journal)
    writer.append(Evaluated(test_accuracy=0.25, test_cross_entropy=3.0, metrics=also))
    writer.append(DONE)
    writer.close()
    values = row_of(run).values
    measured = [values[name] for name in ("accuracy", "val_accuracy", "training_accuracy")]
    assert measured == [0.25, 0.375, 0.5]
    assert (values["epochs"], values["planned_epochs"], values["state"]) == (0, 0, "done")
    summary = summarize(run)
    assert (epochs_text(summary), outcome(summary)["val_accuracy"]) == ("no epochs", 0.375)


def test_a_run_that_was_not_tested_has_neither() -> None:
    values = row_of(finished_run("bn", epochs=[], last=FAILED)).values
    assert (values["accuracy"], values["val_accuracy"], values["training_accuracy"]) == (None, None, None)


def test_the_course_says_nothing_of_a_run_on_a_few_images_of_each_class() -> None:
    whole, few = (
        row_of(finished_run("iteration-i", settings, dataset=CIFAR10)).values
        for settings in ({}, {"training.shots": 5})
    )
    assert (whole["course_recorded"], few["course_recorded"]) == (0.8415, None)
