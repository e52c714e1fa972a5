"""The page on a network under other statistics."""

import json

import pytest
from finished_runs import finished_run
from recorded_norms import EPOCHS, WIDTHS, measured, recorded

from tuilab.errors import MissingError
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import statistics
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return statistics.page(LookedAt(summarize(run), run.experiment()), Asked())


def test_it_says_what_stale_statistics_cost_and_what_dropout_shifts() -> None:
    page = page_of(measured())
    unstable, trained, shift = page.paragraphs
    assert "0.6200 of the test images are right" in unstable and "0.7100 (+9.0 points)" in unstable
    assert "Furthest behind is block1_conv1_bn, whose moving variance is 30 % off" in unstable
    assert "makes 0.6800 of 0.7100: +3.0 points of the gap. The rest, +6.0 points," in trained
    assert "in front of dense_bn" in shift and "0.800 times" in shift
    final, epochs, layers = page.tables
    assert [row[:3] for row in final.cells] == [
        ("moving", "off", "0.6200"),
        ("of the batch", "off", "0.7000"),
        ("recomputed", "off", "0.7100"),
        ("moving", "on", "0.5700"),
        ("of the batch", "on", "0.6500"),
        ("recomputed", "on", "0.6600"),
        ("recomputed, dropout on", "off", "0.6800"),
    ]
    assert list(epochs.cells)[-1] == ("4", "0.6200", "0.7000", "0.7100", "+9.0")
    assert [row[0] for row in layers.cells] == list(WIDTHS)
    assert [curve.x[-1] for curve in page.plots[0].curves] == [EPOCHS] * 3
    json.dumps(page.facts, allow_nan=False)


def test_without_dropout_and_with_fresh_statistics_there_is_little_to_say() -> None:
    page = page_of(measured(dropout=False, moving=0.709))
    (only,) = page.paragraphs
    assert only.endswith("The moving statistics cost this network nothing to speak of.")
    assert [row[1] for row in page.tables[0].cells] == ["none"] * 3
    assert {row[4] for row in page.tables[-1].cells} == {"-"}


def test_what_is_missing_is_said() -> None:
    with pytest.raises(MissingError, match="has no batch normalization"):
        page_of(finished_run("baseline"))
    with pytest.raises(MissingError, match="has no measured statistics yet"):
        page_of(recorded())
