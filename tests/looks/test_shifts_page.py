"""Accuracy on shifted images, as a page tells it."""

import json

import pytest
from finished_runs import finished_run
from tuned_runs import SHIFTED, finished, measured, shifts

from tuilab.errors import MissingError
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import shifts as shifts_page
from tuilab.runs import measurements
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return shifts_page.page(LookedAt(summarize(run), run.experiment()), Asked())


def test_it_says_what_shifts_cost_in_the_mean_and_which_costs_most() -> None:
    mean = 100 * (0.69 + 0.62 + 0.52 + 0.55 + 0.4 + 0.335 + 0.68 + 0.5 + 0.25) / 9
    first, second = page_of(measured()).paragraphs
    assert f"{mean:.1f} % in the mean: −{70 - mean:.1f} points" in first
    assert "Of 2,000 test images as they are it gets 70.0 % right" in first and "in 9 ways" in first
    assert second == "A contrast of 0.15 costs most: 25.0 % are right, −45.0 points."


def test_the_table_begins_with_the_images_as_they_are() -> None:
    (table,) = page_of(measured()).tables
    assert table.cells[0][:5] == ("none", "-", "0.7000", "-", "0.950")
    assert table.cells[6] == ("noise", "0.10", "0.3350", "−36.5", "-", "#######")
    assert len(table.cells) == 1 + len(SHIFTED)


def test_how_sure_the_accuracy_is_stands_below() -> None:
    # 1.96 standard deviations of a share of 0.7 of 2,000
    assert "changes 70.0 % by 2.0 points or" in page_of(measured()).notes[2]


def test_a_network_that_loses_nothing_is_told_of_without_a_cost() -> None:
    run = finished()
    even = tuple(one.model_copy(update={"accuracy": 0.7}) for one in SHIFTED)
    measurements.save(run, "shifts", shifts().model_copy(update={"shifted": even}))
    assert page_of(run).paragraphs[1] == "No shift costs anything."


def test_facts_hold_every_number() -> None:
    facts = json.loads(json.dumps(page_of(measured()).facts, allow_nan=False))
    assert (facts["accuracy"], facts["images"]) == (0.7, 2000)
    assert facts["shifted"][5] == {
        "shift": "noise", "strength": 0.1, "accuracy": 0.335, "cross_entropy": None
    }  # fmt: skip


def test_a_run_that_was_not_measured_says_how_it_can_be() -> None:
    run = finished_run("bn")
    with pytest.raises(MissingError, match=f"{run.id} has no measured shifts yet"):
        page_of(run)
