"""Exports of the app's table: they parse back, whatever stands in them."""

import csv
import io
import json

import pytest
from finished_runs import FAILED, finished_run
from test_table_rows import row_of

from tuilab.results.columns import COLUMNS, Group, grouped
from tuilab.results.exports import FIELDS, export


@pytest.fixture
def groups() -> tuple[Group, ...]:
    """Return a parent, its child with a difficult name, and a failed run of another group."""
    parent = finished_run("iteration-i", accuracy=0.5)
    child = finished_run("iteration-ii", parent=parent, accuracy=0.75, name='a "b", | \x1b[1m [red]\nnext')
    failed = finished_run("bn", last=FAILED)
    rows = [row_of(parent), row_of(child, parent), row_of(failed)]
    return grouped(rows, COLUMNS[0], descending=False)


def test_csv_holds_every_column_of_every_run(groups: tuple[Group, ...]) -> None:
    failed, parent, child = csv.DictReader(io.StringIO(export(groups, "csv")))
    assert tuple(parent) == FIELDS
    assert (parent["accuracy"], child["against_parent"], child["parent"]) == ("0.5", "25.0", parent["run"])
    assert (failed["state"], failed["reason"], failed["accuracy"]) == (
        "failed",
        "the loss is not a number",
        "",
    )
    assert child["name"] == 'a "b", | \\e[1m [red]\\nnext', "control characters are visible"


def test_json_is_what_every_reader_takes() -> None:
    row = row_of(finished_run("bn", accuracy=0.25, cross_entropy=float("nan"), name="[red]\x1b"))
    (record,) = json.loads(export([Group("", (row,))], "json"), parse_constant=pytest.fail)
    assert (record["accuracy"], record["test_cross_entropy"], record["name"]) == (0.25, None, "[red]\x1b")
    assert list(record) == list(FIELDS)


def test_markdown_has_a_table_for_each_group_of_like_runs(groups: tuple[Group, ...]) -> None:
    parts = export(groups, "md").strip().split("\n\n")
    assert [part for part in parts if part.startswith("**")] == [
        "**digits; pixels: unit**",
        "**digits; weights: imagenet; pixels: unit**",
    ]
    for table in parts[1::2]:
        widths = {len(line.replace("\\|", "").split("|")) for line in table.splitlines()}
        assert len(widths) == 1
    assert "+25.0" in parts[3] and "\\| \\e[1m [red]\\nnext" in parts[3]
