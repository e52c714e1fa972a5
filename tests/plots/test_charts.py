import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from curve_entries import batch, entries, epoch
from records import STARTED

from tuilab.plots.cells import Role
from tuilab.plots.charts import Charts, Subject
from tuilab.plots.figure import Figure
from tuilab.plots.series import History
from tuilab.plots.view import SHOWN, View
from tuilab.runs.journal.records import AnyRecord


def subject(name: str = "bn", epochs: int = 5, done: int = 3, left: float = 0.0) -> Subject:
    records = [record for n in range(1, done + 1) for record in (batch(n, 2), epoch(n))]
    return Subject(name, History.of(entries([STARTED, *records])), epochs, left)


def test_the_overview_has_accuracy_above_cross_entropy_and_no_penalty() -> None:
    accuracy, loss = Charts().figures(View(), subject(), [])
    assert (accuracy.title, loss.title) == ("accuracy", "cross-entropy")
    assert [curve.label for curve in loss.curves] == ["train", "validation"]


@pytest.mark.parametrize("metric", list(SHOWN)[1:])
def test_every_other_view_is_one_plot(metric: str) -> None:
    (one,) = Charts().figures(View(metric), subject(), [])
    assert one.title == metric


def test_the_epochs_that_were_asked_for_are_the_axis_from_the_beginning() -> None:
    charts = Charts()
    assert charts.figures(View(), subject(done=0), [])[0].x == (0.0, 5.0)
    assert charts.figures(View(), subject(done=5), [])[0].x == (0.0, 5.0)
    assert charts.figures(View(), subject(done=5), [subject(done=9)])[0].x == (0.0, 9.0)


def test_an_axis_of_time_reaches_as_far_as_the_training_will_take() -> None:
    (one, _) = Charts().figures(View(axis="time"), subject(left=100.0), [])
    assert 106.0 <= one.x[1] <= 212.0


def test_an_axis_of_time_stays_while_the_estimate_moves() -> None:
    charts = Charts()
    growing = subject(left=100.0)
    ends = {
        charts.whole(View(axis="time"), Subject("bn", growing.history, 5, left), [])[1]
        for left in (100.0, 96.0, 91.0, 104.0, 80.0)
    }
    assert len(ends) == 1


def test_other_runs_are_drawn_by_epoch_with_letters_and_in_colours_of_their_own() -> None:
    names = ["iteration-i", "bn", "bn-l2", "baseline"]
    figures = Charts().figures(View(), subject(), [subject(name) for name in names])
    for figure in figures:
        others = figure.curves[2:]
        assert [(o.points, o.role) for o in others] == [
            ("a", Role.MARK_1),
            ("b", Role.MARK_2),
            ("c", Role.MARK_3),
            ("d", Role.MARK_4),
        ]
        assert [o.label for o in others] == [f"{name} val" for name in names]
        assert all(list(o.curve.x) == [1.0, 2.0, 3.0] for o in others)


def test_a_run_can_be_looked_at_alone() -> None:
    figures = Charts().figures(View(overlays=False), subject(), [subject("other")])
    assert all(len(figure.curves) == 2 for figure in figures)


def test_smoothing_is_of_the_training_curve_alone() -> None:
    one = subject()
    plain, _ = Charts().figures(View(), one, [])
    smooth, _ = Charts().figures(View(smoothing=0.9), one, [])
    assert list(plain.curves[0].curve.track.values) != list(smooth.curves[0].curve.track.values)
    assert plain.curves[1].curve.track is smooth.curves[1].curve.track


def test_limits_are_those_of_what_the_window_shows() -> None:
    history = History.of(entries([STARTED, epoch(1, cross_entropy=99.0), epoch(2), epoch(3), epoch(4)]))
    charts, one = Charts(), Subject("bn", history, 4)
    assert charts.figures(View("cross-entropy"), one, [])[0].y[1] >= 99.0
    assert charts.figures(View("cross-entropy", window=(0.5, 1.0)), one, [])[0].y[1] <= 2.0


def test_a_log_scale_has_limits_in_powers_of_ten() -> None:
    history = History.of(entries([STARTED, epoch(1, cross_entropy=50.0, val_cross_entropy=0.02)]))
    (one,) = Charts().figures(View("cross-entropy", log=True), Subject("bn", history, 1), [])
    assert one.y == pytest.approx((math.log10(0.02), math.log10(50.0)))


def test_where_nothing_can_be_drawn_it_is_said() -> None:
    figures = Charts().figures(View(), subject(done=0), [], note="no batch has been trained yet")
    assert [figure.note for figure in figures] == ["no batch has been trained yet"] * 2
    assert all(figure.note == "" for figure in Charts().figures(View(), subject(), [], note="nothing"))


def test_limits_move_seldom_in_a_whole_run() -> None:
    charts, history = Charts(), History()
    one, limits = Subject("bn", history, 20), {"accuracy": set(), "cross-entropy": set()}
    for entry in entries([STARTED, *(batch(n, s) for n in range(1, 10) for s in (1, 2, 3))]):
        history.add(entry)
        for figure in charts.figures(View(), one, []):
            limits[figure.title].add(figure.y)
    assert len(limits["accuracy"]) <= 6
    assert len(limits["cross-entropy"]) <= 2
    assert all(low == 0 for low, _ in limits["cross-entropy"])


def test_an_accuracy_that_hardly_moves_is_not_blown_up_unless_one_zooms() -> None:
    history = History.of(entries([STARTED, *(epoch(n, accuracy=0.9, val_accuracy=0.905) for n in (1, 2, 3))]))
    (whole,) = Charts().figures(View("accuracy"), Subject("bn", history, 3), [])
    (zoomed,) = Charts().figures(View("accuracy", window=(0.5, 1.0)), Subject("bn", history, 3), [])
    assert whole.y[1] - whole.y[0] >= 0.2 - 1e-9
    assert zoomed.y[1] - zoomed.y[0] < 0.02


def of(name: str, records: Sequence[AnyRecord], epochs: int) -> Subject:
    return Subject(name, History.of(entries([STARTED, *records])), epochs)


def child_and_parent() -> tuple[Subject, Subject]:
    """A run of 3 epochs, of which 2 are done, and the run of 2 epochs that it started from."""
    parent = of("iteration-i", [epoch(1), epoch(2)], 2)
    child = of("iteration-ii", [epoch(1), batch(2, 2), epoch(2)], 3)
    return replace(child, before=2), parent


def drawn_at(figure: Figure) -> list[list[float]]:
    """Return the places on the axis at which the points of each curve lie."""
    return [
        [x for xs, _ in plotted.curve.polylines(figure.x, 200, joined=False) for x in xs]
        for plotted in figure.curves
    ]


def test_a_child_goes_on_where_its_parent_ended() -> None:
    child, parent = child_and_parent()
    (figure,) = Charts().figures(View("accuracy"), child, [parent])
    assert figure.x == (0.0, 5.0) and figure.unit == "total"
    assert drawn_at(figure) == [[3.0, 3.5, 4.0], [3.0, 4.0], [1.0, 2.0]]
    assert figure.curves[0].curve.at(3.5) == child.history.curve("accuracy").at(1.5)
    assert figure.curves[0].curve.at(1.0) is None


def test_each_runs_own_epochs_lie_over_each_other_where_that_is_asked_for() -> None:
    child, parent = child_and_parent()
    view = View("accuracy").next_axis(chain=True)
    (figure,) = Charts().figures(view, child, [parent])
    assert figure.x == (0.0, 3.0) and figure.unit == "epoch"
    assert drawn_at(figure) == [[1.0, 1.5, 2.0], [1.0, 2.0], [1.0, 2.0]]
    assert view.next_axis(chain=True).axis == "time"
    assert view.next_axis(chain=True).next_axis(chain=True) == View("accuracy")


def test_a_child_alone_begins_at_0() -> None:
    child, parent = child_and_parent()
    (figure,) = Charts().figures(View("accuracy", overlays=False), child, [parent])
    assert figure.x == (0.0, 3.0) and figure.unit == "epoch"
    (figure,) = Charts().figures(View("accuracy"), child, [replace(parent, before=2)])
    assert figure.x == (0.0, 3.0), "two children of one run begin together"


@pytest.mark.parametrize("metric", ["accuracy", "weight penalty", "cross-entropy", "gradient norm"])
@pytest.mark.parametrize("window", [(0.0, 1.0), (0.25, 1.0)])
def test_values_that_are_all_0_stand_on_the_axis_and_nothing_lies_below_it(
    metric: str, window: tuple[float, float]
) -> None:
    names = ("accuracy", "val_accuracy", "penalty", "cross_entropy", "val_cross_entropy", "gradient_norm")
    zeros = dict.fromkeys(names, 0.0)
    one = of("bn", [epoch(1, **zeros), epoch(2, **zeros)], 2)
    (figure,) = Charts().figures(View(metric, window=window), one, [])
    assert figure.y[0] == 0.0 and 0.0 < figure.y[1] <= 1.0
