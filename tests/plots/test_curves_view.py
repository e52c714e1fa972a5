import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.view import SHOWN, SMOOTHINGS, View

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("zoomed"), st.sampled_from([0.5, 2.0]), st.floats(0, 1)),
        st.tuples(st.just("panned"), st.sampled_from([-0.25, 0.25])),
        st.tuples(st.just("cursor_moved"), st.floats(-0.5, 0.5), st.floats(0, 1)),
        st.just(("escaped",)),
        st.just(("next_axis",)),
    ),
    max_size=30,
)


@given(STEPS)
def test_a_window_never_leaves_the_axis_nor_a_cursor_the_window(steps: list[tuple]) -> None:
    view = View()
    for name, *arguments in steps:
        view = getattr(view, name)(*arguments)
        low, high = view.window
        assert -1e-9 <= low < high <= 1 + 1e-9
        assert view.cursor is None or 0 <= view.cursor <= 1


def test_keys_step_through_all_and_come_back() -> None:
    view = View()
    for _ in SHOWN:
        view = view.next_metric()
    for _ in SMOOTHINGS:
        view = view.next_smoothing()
    assert view.next_axis().next_axis() == view == View()


def test_zooming_keeps_what_the_cursor_stands_on() -> None:
    view = View(cursor=0.5).panned(0).zoomed(0.5, 1.0)
    low, high = view.limits((0.0, 8.0))
    assert view.cursor is not None
    assert low + view.cursor * (high - low) == pytest.approx(4.0)
    assert high - low == pytest.approx(4.0)


def test_zooming_without_a_cursor_goes_to_the_latest_values() -> None:
    low, high = View().zoomed(0.5, 0.6).limits((0.0, 10.0))
    assert low <= 6.0 <= high
    assert View().zoomed(0.5, 0.6).zoomed(2.0, 0.6).window == (0.0, 1.0)


def test_a_cursor_begins_at_the_latest_value() -> None:
    assert View().cursor_moved(-0.1, 0.6).cursor == pytest.approx(0.6)
    assert View(window=(0.5, 1.0)).cursor_moved(0.1, 0.75).cursor == pytest.approx(0.5)


def test_escape_puts_the_cursor_away_and_then_the_zoom() -> None:
    view = View(window=(0.5, 1.0), cursor=0.1)
    assert view.escaped() == View(window=(0.5, 1.0))
    assert view.escaped().escaped() == View()


def test_what_differs_from_the_plain_view_is_said() -> None:
    assert View().words() == []
    view = View("cross-entropy", 0.9, True, "time", False, (0.25, 0.5))
    assert view.words() == [
        "cross-entropy",
        "smoothed 0.9",
        "log scale",
        "by time",
        "this run alone",
        "zoom 4×",
    ]
