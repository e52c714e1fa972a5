"""Two runs compared, in every format: the same numbers and sentences, whatever stands in names."""

import csv
import io
import json

import pytest
from finished_runs import finished_run
from records import RANDOM
from result_rows import row_of

from tuilab.results import formats
from tuilab.results.comparison import Side, compare
from tuilab.results.rows import FIELDS
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

EVIL = 'a "b", | \x1b[31m\x9b\u202e \\input{x} & [red]\nnext'


def sides(first: Run, second: Run) -> tuple[Side, Side]:
    return Side(row_of(first), summarize(first).epochs), Side(row_of(second), summarize(second).epochs)


@pytest.fixture
def both() -> tuple[Side, Side]:
    """Two runs that may be compared, one with a hostile name."""
    first = finished_run("bn", accuracy=0.5, cross_entropy=1.23456789)
    return sides(first, finished_run("bn-l2", accuracy=0.75, cross_entropy=float("nan"), name=EVIL))


@pytest.mark.parametrize("name", formats.names())
def test_every_format_says_the_verdict_and_lets_no_control_character_through(
    name: str, both: tuple[Side, Side]
) -> None:
    text = formats.find(name).compared(*both)
    assert "B is 25.0 points better than A" in text and "Confounded" in text
    assert not {"\x1b", "\x9b", "\u202e"} & set(text) and "\nnext" not in text and text.endswith("\n")
    assert all(side.row.id in text for side in both)


def test_json_has_both_runs_and_numbers_that_are_not_rounded(both: tuple[Side, Side]) -> None:
    told = json.loads(formats.find("json").compared(*both), parse_constant=pytest.fail)
    assert [list(run) for run in told["runs"]] == [[*FIELDS, "settings"]] * 2
    measures = {one["name"]: one for one in told["measures"]}
    assert measures["test accuracy"] == {
        "name": "test accuracy",
        "first": 0.5,
        "second": 0.75,
        "difference": 0.25,
    }
    assert measures["test cross-entropy"] == {
        "name": "test cross-entropy",
        "first": 1.23456789,
        "second": None,
        "difference": None,
    }
    assert {"name": "model.l2", "first": 0.0, "second": 0.001} in told["settings"]
    assert told["same_settings"] == compare(*both).same and told["not_alike"] == []


def test_csv_has_a_line_for_each_thing_that_differs(both: tuple[Side, Side]) -> None:
    rows = list(csv.DictReader(io.StringIO(formats.find("csv").compared(*both))))
    assert rows[0] == {
        "kind": "run",
        "name": "run",
        "first": both[0].row.id,
        "second": both[1].row.id,
        "difference": "",
    }
    told = {(row["kind"], row["name"]): row for row in rows}
    assert told["measure", "test accuracy"]["difference"] == "0.25"
    assert told["measure", "test cross-entropy"]["first"] == "1.23456789"
    assert told["measure", "test cross-entropy"]["second"] == "nan"
    assert (told["setting", "model.l2"]["first"], told["setting", "model.l2"]["second"]) == ("0.0", "0.001")


def test_latex_keeps_every_name_in_its_cell(both: tuple[Side, Side]) -> None:
    text = formats.find("latex").compared(*both)
    assert r"\input{" not in text and r"\textbackslash{}input" in text
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 2
    assert r"model.l2 & 0.0 & 0.001 \\" in text


@pytest.mark.parametrize("name", formats.names())
def test_runs_that_are_not_alike_have_no_difference_in_accuracy(name: str) -> None:
    first, second = finished_run("iteration-i"), finished_run("iteration-i", weights=RANDOM)
    text = formats.find(name).compared(*sides(first, second))
    assert "Not comparable: different weights" in text and " points" not in text
