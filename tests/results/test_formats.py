"""Export formats: each one file, and what they write parses back, whatever stands in it."""

import csv
import io
import json
from pathlib import Path

import pytest
from finished_runs import finished_run
from records import CIFAR10, FAILED
from result_rows import row_of

from tuilab.results import formats
from tuilab.results.formats import find
from tuilab.results.rows import FIELDS, Row


def test_every_file_of_the_package_is_a_format_of_its_name() -> None:
    files = {path.stem for path in Path(formats.__file__).parent.glob("*.py")} - {"__init__"}
    assert set(formats.names()) == files and {"csv", "json", "markdown"} <= files
    assert [one.name for one in formats.formats()] == list(formats.names())
    for told in ("title", "suffix"):
        assert len({getattr(one, told) for one in formats.formats()}) == len(files)


@pytest.mark.parametrize("name", formats.names())
def test_no_format_lets_a_control_character_through(name: str) -> None:
    evil = "\x1b[31m\x9b\u202e\nnext"
    text = find(name).text([row_of(finished_run("bn", name=evil))])
    assert not {"\x1b", "\x9b", "\u202e"} & set(text) and "\nnext" not in text and text.endswith("\n")


def test_only_formats_for_programs_say_that_there_are_no_runs() -> None:
    assert (find("json").text([]), find("csv").text([])) == ("[]\n", ",".join(FIELDS) + "\n")
    told = {one.name: one.for_programs for one in formats.formats()}
    assert told["csv"] and told["json"] and not told["markdown"] and not told["latex"]


@pytest.fixture
def rows() -> list[Row]:
    """Return a failed run, and a parent and its child with a difficult name, of another group."""
    parent = finished_run("iteration-i", accuracy=0.5)
    child = finished_run("iteration-ii", parent=parent, accuracy=0.75, name='a "b", | \x1b[1m [red]\nnext')
    failed = finished_run("bn", last=FAILED)
    return [row_of(failed), row_of(parent), row_of(child, parent)]


def test_csv_holds_every_column_of_every_run(rows: list[Row]) -> None:
    failed, parent, child = csv.DictReader(io.StringIO(find("csv").text(rows)))
    assert tuple(parent)[: len(FIELDS)] == FIELDS and parent["optimizer.learning_rate"]
    assert (parent["accuracy"], child["against_parent"], child["parent"]) == ("0.5", "25.0", parent["run"])
    assert (failed["state"], failed["reason"], failed["accuracy"]) == (
        "failed",
        "the loss is not a number",
        "",
    )
    assert child["name"] == 'a "b", | \\e[1m [red]\\nnext', "control characters are visible"


def test_json_is_what_every_reader_takes() -> None:
    row = row_of(finished_run("bn", accuracy=0.25, cross_entropy=float("nan"), name="[red]\x1b"))
    (record,) = json.loads(find("json").text([row]), parse_constant=pytest.fail)
    assert (record["accuracy"], record["test_cross_entropy"], record["name"]) == (0.25, None, "[red]\x1b")
    assert list(record) == [*FIELDS, "settings"]


def test_markdown_has_a_table_for_each_group_of_like_runs(rows: list[Row]) -> None:
    parts = find("markdown").text(rows).strip().split("\n\n")
    assert [part for part in parts if part.startswith("**")] == [
        "**digits; pixels: unit**",
        "**digits; weights: imagenet; pixels: unit**",
    ]
    for table in parts[1::2]:
        widths = {len(line.replace("\\|", "").split("|")) for line in table.splitlines()}
        assert len(widths) == 1
    assert "+25.0" in parts[3] and "\\| \\e[1m [red]\\nnext" in parts[3]
    assert [table.splitlines()[0].split()[1] for table in parts[1::2]] == ["preset"] * 2
    assert ["state" in table.splitlines()[0].split() for table in parts[1::2]] == [True, False]


def test_a_mark_beside_the_courses_number_is_explained_below_the_table() -> None:
    part = CIFAR10.model_copy(update={"training_images": 8_000, "validation_images": 2_000})
    run = finished_run("recorded-i", {"training.limit": 10_000}, dataset=part)
    _, table, note = find("markdown").text([row_of(run)]).strip().split("\n\n")
    assert "0.8415*" in table
    assert note == "\\* with all images; the run had 10,000 of 50,000 training images"
