import math
from array import array
from itertools import pairwise

import pytest
from curve_entries import batch, entries, epoch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from records import STARTED

from tuilab.plots.cells import Cells, Role
from tuilab.plots.charts import Charts, Subject, left_out
from tuilab.plots.drawing import draw_figure
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.plotext_canvas import Drawing
from tuilab.plots.series import Axis, Curve, History
from tuilab.plots.track import Track
from tuilab.plots.view import SHOWN, View

ANY = st.floats() | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e308, -1e308, 5e-324])


def curve(values: list[float], last: float = 10.0) -> Curve:
    x = array("d", [last * k / max(len(values) - 1, 1) for k in range(len(values))])
    return Curve(x, Track(values))


def figure(*curves: Plotted, **more: object) -> Figure:
    return Figure("accuracy", curves, **{"x": (0.0, 10.0), "y": (0.0, 1.0), **more})  # type: ignore[arg-type]


def canvas(cells: Cells, role: Role) -> dict[tuple[int, int], str]:
    """Where a role stands below the legend: column and row."""
    return {
        (x, y): cells.text[y][x]
        for y in range(1, cells.height)
        for x in range(cells.width)
        if cells.roles[y][x] == role
    }


@settings(max_examples=120, deadline=None)
@given(
    st.lists(ANY, max_size=60),
    st.integers(1, 120),
    st.integers(1, 40),
    st.booleans(),
    st.booleans(),
    st.sampled_from(list(SHOWN)),
    st.sampled_from(["epoch", "time"]),
    st.none() | st.floats(0, 1),
)
def test_any_values_at_any_size_are_drawn(
    values: list[float],
    width: int,
    height: int,
    ascii: bool,
    log: bool,
    metric: str,
    axis: Axis,
    cursor: float | None,
) -> None:
    records = [
        epoch(
            n,
            accuracy=v,
            cross_entropy=v,
            penalty=v,
            gradient_norm=v,
            val_accuracy=-v,
            val_cross_entropy=v,
            learning_rate=v,
        )
        for n, v in enumerate(values, start=1)
    ]
    subject = Subject("a run", History.of(entries([STARTED, *records])), 60)
    view = View(metric, 0.6, log, axis, cursor=cursor)  # type: ignore[arg-type]
    figures = Charts().figures(view, subject, [subject], ascii=ascii, note="nothing")
    left_out(figures)
    for one in figures:
        cells = draw_figure(one, width, height)
        assert (cells.width, cells.height) == (width, height)
        if ascii:
            assert "".join(cells.lines()).replace("…", "").isascii()


def test_the_ends_of_the_limits_are_the_corners_of_the_canvas() -> None:
    cells = draw_figure(figure(Plotted(curve([0.0, 1.0]), "train", Role.TRAIN, "●")), 40, 12)
    points = [place for place, character in canvas(cells, Role.TRAIN).items() if character == "●"]
    # a legend above, an axis and its labels below, six columns on the left
    assert points == [(39, 1), (6, 9)]


def test_points_and_the_line_between_them_meet_in_the_same_cells() -> None:
    values = [0.1, 0.9, 0.3, 0.3, 0.75]
    line = canvas(draw_figure(figure(Plotted(curve(values), "a", Role.TRAIN)), 50, 14), Role.TRAIN)
    both = draw_figure(
        figure(Plotted(curve(values), "a", Role.TRAIN), Plotted(curve(values), "b", Role.VAL, "●")), 50, 14
    )
    points = {place for place, character in canvas(both, Role.VAL).items() if character == "●"}
    assert len(points) == 5
    assert points <= set(line)


def test_a_spike_among_a_hundred_thousand_values_is_seen() -> None:
    values = [0.1] * 100_000
    values[61_803] = 0.95
    cells = draw_figure(figure(Plotted(curve(values), "train", Role.TRAIN)), 80, 20)
    assert [x for x, y in canvas(cells, Role.TRAIN) if y <= 3]


def test_train_and_validation_are_told_apart_without_colour() -> None:
    for ascii, line, point in ((False, "─ train", "● val"), (True, ". train", "o val")):
        view, history = View("accuracy"), History.of(entries([STARTED, epoch(1), epoch(2)]))
        (one,) = Charts().figures(view, Subject("a run", history, 2), [], ascii=ascii)
        lines = draw_figure(one, 78, 12).lines()
        assert line in lines[0] and point in lines[0]
        assert any(point[0] in row for row in lines[1:])


def test_a_cursor_shows_the_values_at_its_place() -> None:
    one = figure(Plotted(curve([0.1, 0.2, 0.3, 0.4, 0.5]), "train", Role.TRAIN), cursor=5.1)
    cells = draw_figure(one, 60, 12)
    assert "at epoch 5.10" in cells.lines()[0] and "0.300" in cells.lines()[0]
    columns = {x for x, _ in canvas(cells, Role.CURSOR)}
    assert columns == {6 + math.floor(0.5 + 53 * 0.51)}


def test_a_narrow_legend_keeps_values_and_leaves_out_words() -> None:
    one = figure(
        Plotted(curve([0.1, 0.25]), "train", Role.TRAIN),
        Plotted(curve([0.1, 0.75]), "validation", Role.VAL, "●", short="val"),
    )
    assert draw_figure(one, 60, 9).lines()[0] == "accuracy   ─ train 0.250   ● validation 0.750"
    assert draw_figure(one, 44, 9).lines()[0] == "accuracy   ─ train 0.250   ● val 0.750"
    assert draw_figure(one, 30, 9).lines()[0] == "accuracy  ─ 0.250  ● 0.750"
    assert draw_figure(one, 20, 9).lines()[0] == "accuracy  ─ 0.250"


def test_a_value_that_is_not_finite_is_said_in_words() -> None:
    one = figure(Plotted(curve([0.1, math.nan]), "train", Role.TRAIN))
    assert "train not a number" in draw_figure(one, 60, 9).lines()[0]


def test_an_empty_plot_says_why() -> None:
    assert any("no epochs yet" in line for line in draw_figure(figure(note="no epochs yet"), 40, 10).lines())


def test_a_log_scale_says_what_it_leaves_out() -> None:
    history = History.of(entries([STARTED, epoch(1, penalty=0.0), epoch(2, penalty=0.0), epoch(3)]))
    figures = Charts().figures(View("weight penalty", log=True), Subject("a run", history, 3), [])
    assert left_out(figures) == [
        "weight penalty: 2 of 3 values are not above 0, so a log scale cannot show them"
    ]


def test_a_diverging_curve_leaves_the_plot_instead_of_holding_it_up() -> None:
    one = figure(Plotted(curve([0.5, 1e300, -1e300, 0.5]), "train", Role.TRAIN), ascii=True)
    assert draw_figure(one, 60, 12).height == 12


@pytest.mark.parametrize(("width", "height"), [(30, 6), (44, 15), (78, 9), (150, 40)])
def test_axes_stand_where_they_stood_while_values_come_in(width: int, height: int) -> None:
    charts, history = Charts(), History()
    subject = Subject("a run", history, 10)
    frames = set()
    for entry in entries([STARTED, *(epoch(n, accuracy=0.2 + n / 100) for n in range(1, 10))]):
        history.add(entry)
        (one,) = charts.figures(View("accuracy"), subject, [])
        cells = draw_figure(one, width, height)
        if len(history) > 4:
            frames.add(tuple("".join(row[:6]) for row in cells.text[1:]) + tuple(cells.lines()[-2:]))
    assert len(frames) <= 3  # validation rises to 0.9: an axis to 0.6, 0.8, 1.0


def asked_of_plotext(one: Figure, width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> Drawing:
    """Return what plotext is asked for when a figure is drawn."""
    asked: list[Drawing] = []
    monkeypatch.setattr("tuilab.plots.drawing.draw", lambda drawing: asked.append(drawing) or ())
    draw_figure(one, width, height)
    return asked[0]


def test_a_long_history_is_two_points_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [0.5 + 0.02 * math.sin(n) for n in range(100_000)]
    one = figure(Plotted(curve(values), "train", Role.TRAIN, "●"))
    for series in asked_of_plotext(one, 106, 20, monkeypatch).series:
        assert 100 <= len(series.x) <= 202


def test_a_curve_that_goes_up_and_down_all_the_time_is_drawn_in_fewer_points(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """150 columns full of lines from the bottom to the top took plotext 0.4 s; both ends are still shown."""
    values = [float(n % 2) for n in range(100_000)]
    one = figure(*[Plotted(curve(values), "train", Role.TRAIN) for _ in range(2)])
    asked = asked_of_plotext(one, 156, 40, monkeypatch)
    dots = sum(abs(b - a) for series in asked.series for a, b in pairwise(series.y))
    assert dots <= 6000 and all({min(s.y), max(s.y)} == {2, 4 * 37 - 2} for s in asked.series)


@given(
    st.floats(0, 5000),
    st.floats(5, 20_000),
    st.sampled_from(["epoch", "time"]),
    st.integers(20, 160),
)
@example(1918.0, 6091.0, "time", 21)  # two labels of seven characters below fifteen columns
def test_all_labels_below_a_plot_are_seen_in_order(start: float, span: float, axis: Axis, width: int) -> None:
    """plotext goes through ticks in an order that changes from process to process: there is room for all."""
    one = figure(x=(start, start + span), axis=axis)
    cells = draw_figure(one, width, 8)
    shown = cells.lines()[-1].removeprefix(f"{one.unit:>5}").split()
    places = [sum(float(part) * 60**n for n, part in enumerate(reversed(s.split(":")))) for s in shown]
    assert places == sorted(set(places))
    assert "".join(cells.text[-2]).count("┬") == len(shown) >= 1


@pytest.mark.parametrize(("start", "span", "axis"), [(1.0, 4001.0, "epoch"), (10.0, 3500.0, "time")])
def test_an_axis_without_a_round_number_on_it_has_labels_too(start: float, span: float, axis: Axis) -> None:
    cells = draw_figure(figure(x=(start, start + span), axis=axis), 20, 8)
    assert any(character.isdigit() for character in cells.lines()[-1])


def test_news_that_change_no_cell_are_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    charts, history = Charts(), History()
    subject = Subject("a run", history, 200)
    asked = []
    for entry in entries([STARTED, *(batch(1, step, 10_000, accuracy=0.5) for step in range(1, 9))]):
        history.add(entry)
        (one,) = charts.figures(View("accuracy"), subject, [])
        asked.append(asked_of_plotext(one, 60, 12, monkeypatch))
    assert len(set(asked[2:])) == 1
