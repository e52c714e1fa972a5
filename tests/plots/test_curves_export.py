import csv
import io
import math
from xml.etree import ElementTree

from curve_entries import batch, entries, epoch
from hypothesis import given
from hypothesis import strategies as st
from records import STARTED

from tuilab.plots.cells import Role
from tuilab.plots.charts import Charts, Subject
from tuilab.plots.drawing import draw_figure
from tuilab.plots.export import HEAD, csv_text, plot_text
from tuilab.plots.series import History
from tuilab.plots.svg import svg
from tuilab.plots.view import View

COLORS = {role: "#0b62b8" for role in Role}
PAPER = {"paper": "white", "ink": "black", "quiet": "gray"}
SVG = "{http://www.w3.org/2000/svg}"


def subject(name: str = "bn", **changed: float) -> Subject:
    records = [STARTED, batch(1, 2), epoch(1, **changed), batch(2, 1), epoch(2)]
    return Subject(name, History.of(entries(records)), 3)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@given(st.floats())
def test_a_number_that_is_read_back_is_the_number_that_was_measured(value: float) -> None:
    rows = read(csv_text(View("accuracy"), subject(val_accuracy=value), []))
    got = next(float(r["value"]) for r in rows if r["series"] == "val_accuracy" and float(r["epoch"]) == 1)
    assert got == value or (math.isnan(got) and math.isnan(value))


def test_every_value_is_written_whatever_the_zoom() -> None:
    rows = read(csv_text(View("accuracy", window=(0.5, 0.6)), subject(), []))
    assert tuple(rows[0]) == HEAD
    assert [float(r["epoch"]) for r in rows if r["series"] == "accuracy"] == [0.5, 1.0, 1.25, 2.0]
    assert [float(r["seconds"]) for r in rows if r["series"] == "accuracy"] == [1.0, 2.0, 3.0, 4.0]
    assert [float(r["value"]) for r in rows if r["series"] == "val_accuracy"] == [0.1, 0.2]
    assert all(r["smoothed"] == "" for r in rows)


def test_smoothed_values_stand_beside_the_measured_ones() -> None:
    one = subject()
    rows = read(csv_text(View("accuracy", smoothing=0.6), one, []))
    got = [float(r["smoothed"]) for r in rows if r["series"] == "accuracy"]
    assert got == list(one.history.curve("accuracy", smoothing=0.6).track.values)


def test_other_runs_are_written_where_they_are_shown() -> None:
    one, other = subject(), subject('a "name", with signs')
    names = {r["run"] for r in read(csv_text(View(), one, [other]))}
    assert names == {"bn", 'a "name", with signs'}
    assert {r["run"] for r in read(csv_text(View(overlays=False), one, [other]))} == {"bn"}


def test_text_is_what_the_plot_shows() -> None:
    figure = Charts().figures(View("accuracy"), subject(), [])[0]
    cells = draw_figure(figure, 60, 12)
    assert plot_text(cells).splitlines() == cells.lines()


def test_a_picture_is_well_formed_and_has_every_curve() -> None:
    others = [subject('<b> & "name"\x07')]
    figures = Charts().figures(View(), subject(), others)
    root = ElementTree.fromstring(svg(figures, COLORS, **PAPER))
    assert len(root.findall(f"{SVG}g")) == 2
    lines = [line.get("points") for line in root.iter(f"{SVG}polyline")]
    assert len(lines) == 6
    texts = ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert "accuracy" in texts and "cross-entropy" in texts
    assert any('<b> & "name"' in text for text in texts)


@given(st.lists(st.floats(), max_size=8), st.booleans())
def test_a_picture_of_any_values_is_well_formed(values: list[float], log: bool) -> None:
    records = [epoch(n, accuracy=v, val_accuracy=v) for n, v in enumerate(values, start=1)]
    one = Subject("bn", History.of(entries([STARTED, *records])), 8)
    text = svg(Charts().figures(View("accuracy", log=log), one, []), COLORS, **PAPER)
    ElementTree.fromstring(text)
    assert "nan" not in text.replace("not a number", "") and "inf" not in text.replace("infinite", "")
