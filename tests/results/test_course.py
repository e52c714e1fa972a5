"""What the course says of a run stands beside runs on its images, and the answer is the same everywhere."""

import csv
import io
import json

import pytest
from finished_runs import finished_run
from records import CIFAR10, DIGITS
from result_rows import in_app, row_of
from typer.testing import CliRunner

from tuilab.advice.coach import remarks
from tuilab.advice.quantities import QUANTITIES, Curves
from tuilab.cli.main import app
from tuilab.presets import Course
from tuilab.results.course import Standard, course_of, standard
from tuilab.results.formats import find
from tuilab.runs.journal.records import DatasetRecord
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

FOLDERS = CIFAR10.model_copy(update={"name": "my-images", "digest": "d3"})
"""CIFAR-10 as class folders: no checksum tells, names and counts do."""
FEWER = {"training_images": 8_000, "validation_images": 2_000}
DATASETS = {
    "the verified archive": (CIFAR10, None, "all"),
    "class folders": (FOLDERS, None, "all"),
    "the verified archive, limited": (CIFAR10.model_copy(update=FEWER), 10_000, "a part"),
    "class folders, limited": (FOLDERS.model_copy(update=FEWER), 10_000, "a part"),
    "a limit that leaves all": (FOLDERS, 50_000, "all"),
    "digits": (DIGITS, None, "none"),
    "digits with CIFAR-10's names": (
        DIGITS.model_copy(update={"classes": CIFAR10.classes}),
        None,
        "none",
    ),
    "class folders that hold fewer": (FOLDERS.model_copy(update=FEWER), None, "none"),
    "other test images": (FOLDERS.model_copy(update={"test_images": 2_000}), None, "none"),
    "other classes": (FOLDERS.model_copy(update={"classes": list("abcdefghij")}), None, "none"),
    "images not read": (None, None, "none"),
}


def said(*words: str) -> str:
    """Return what a command prints."""
    return CliRunner().invoke(app, words).stdout


def places(run: Run) -> dict[str, bool]:
    """Return in which places the course's number 0.8415 stands beside a run."""
    (record,) = json.loads(said("results", "-f", "json"))
    (row,) = csv.DictReader(io.StringIO(said("results", "-f", "csv")))
    cells, exported = in_app(row_of(run)), {name: find(name).text([row_of(run)]) for name in ("csv", "json")}
    numbers = {
        "show": "records an accuracy of 0.8415" in said("show", run.id),
        "run --json": json.loads(said("show", run.id, "--json"))["notebook_accuracy"] == 0.8415,
        "results": "0.8415" in said("results"),
        "results, JSON": record["course_recorded"] == 0.8415,
        "results, CSV": row["course_recorded"] == "0.8415",
        "results, Markdown": "0.8415" in said("results", "-f", "markdown"),
        "app": "0.8415" in cells["expected"],
        "app, CSV": ",0.8415," in exported["csv"],
        "app, JSON": json.loads(exported["json"])[0]["course_recorded"] == 0.8415,
    }
    notes = {
        "show": "this run had 10,000 of 50,000 training images" in said("show", run.id),
        "run --json": bool(json.loads(said("show", run.id, "--json"))["course_note"]),
        "results": "with all images" in said("results"),
        "results, JSON": bool(record["course_note"]),
        "results, CSV": bool(row["course_note"]),
        "results, Markdown": "with all images" in said("results", "-f", "markdown"),
        "app": "with all images" in cells["expected"],
        "app, CSV": "10,000 of 50,000" in exported["csv"],
        "app, JSON": bool(json.loads(exported["json"])[0]["course_note"]),
    }
    return {
        **numbers,
        **{f"{place}: on a part": there for place, there in notes.items()},
    }


@pytest.mark.parametrize("name", DATASETS)
def test_the_courses_numbers_stand_beside_its_images_in_every_place_or_in_none(name: str) -> None:
    dataset, limit, answer = DATASETS[name]
    run = finished_run("recorded-i", {"training.limit": limit}, accuracy=0.5, dataset=dataset)
    found = places(run)
    beside = {there for place, there in found.items() if "part" not in place}
    noted = {there for place, there in found.items() if "part" in place}
    assert beside == {answer != "none"} and noted == {answer == "a part"}, found
    assert (row_of(run).verdict is not None) == (answer == "all")


def test_the_coach_judges_by_the_course_as_the_table_does() -> None:
    whole = {"training_images": 50_000}  # the small CNN is validated on the test images
    for dataset, limit in ((CIFAR10, None), (FOLDERS.model_copy(update=whole), None)):
        run = finished_run("baseline", {"training.limit": limit}, accuracy=0.36, dataset=dataset)
        assert told_below(run) and row_of(run).verdict == "below"
    fewer = {"training_images": 10_000}
    for dataset, limit in ((DIGITS, None), (FOLDERS.model_copy(update=fewer), 10_000)):
        run = finished_run("baseline", {"training.limit": limit}, accuracy=0.36, dataset=dataset)
        assert not told_below(run) and row_of(run).verdict is None


def told_below(run: Run) -> bool:
    """Return whether the coach says that a run is below what the course expects."""
    told = remarks(summarize(run), run.experiment())
    return any("below what the course expects" in remark.text for remark in told)


def test_a_held_out_fifth_belongs_to_the_training_images_and_test_images_do_not() -> None:
    training = finished_run("baseline").experiment().training
    assert training.validation == "test"
    whole = FOLDERS.model_copy(update={"training_images": 50_000})
    course = course_of("baseline")
    assert standard(course, whole, training) == Standard(course)
    assert standard(course, FOLDERS, training) == Standard()


def test_of_a_preset_the_course_does_not_speak_of_nothing_is_said() -> None:
    training = finished_run("bn").experiment().training
    fewer: DatasetRecord = CIFAR10.model_copy(update=FEWER)
    assert standard(course_of("bn"), fewer, training.model_copy(update={"limit": 10_000})) == Standard()
    assert course_of("lost") == course_of(None) == Course()


LIMITED = CIFAR10.model_copy(update={"training_images": 1_000})
"""The course's small networks are validated on the test images, so that a limit leaves them so many."""
THREE_RUNS = {
    "on digits": (DIGITS, {}, None, None, None),
    "on CIFAR-10 as class folders": (
        FOLDERS.model_copy(update={"training_images": 50_000}),
        {"data.source": "/data/my-images"},
        "0.83-0.85",
        None,
        "below",
    ),
    "on 1,000 images of CIFAR-10": (
        LIMITED,
        {"data.source": "cifar10", "training.limit": 1_000},
        "0.83-0.85",
        "1,000 of 50,000 training images",
        None,
    ),
}
"""Runs of bn-l2: images, settings; the band, how the run differs all the same, how it is judged."""


@pytest.mark.parametrize("name", THREE_RUNS)
def test_five_places_give_one_answer(name: str) -> None:
    dataset, settings, band, note, word = THREE_RUNS[name]
    run = finished_run("bn-l2", settings, accuracy=0.5, dataset=dataset)
    mark = "*" if note else ""
    expected = [float(share) for share in band.split("-")] if band else None

    assert (f"{band}{mark}" in said("results").split()) == (band is not None)
    assert ("0.83" in said("results")) == (band is not None)
    assert ((note or "with all images") in said("results")) == (note is not None)

    shown = said("show", run.id)
    assert ("expects an accuracy of 83% to 85%" in shown) == (band is not None)
    assert ("with all images of CIFAR-10" in shown) == (note is not None)

    told = json.loads(said("show", run.id, "--json"))
    (record,) = json.loads(said("results", "-f", "json"))
    assert (told["expected"], told["course_note"]) == (expected, note)
    assert (record["course_expected"], record["course_note"], record["verdict"]) == (band, note, word)

    beside = "with all images" if note else word
    assert in_app(row_of(run))["expected"] == (f"{band.replace('-', '–')} {beside}" if band else "")

    coach = Curves.of(summarize(run), run.experiment())
    judged = (expected or [None, None]) if word else [None, None]
    assert [QUANTITIES[end].of(coach) for end in ("expected_low", "expected_high")] == judged
    assert told_below(run) == (word == "below")
