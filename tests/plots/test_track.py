import math
from array import array

from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.track import Track, reduce

ANY = st.floats(width=32) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1.0])
VALUES = st.lists(ANY, max_size=700)


@given(VALUES, st.data())
def test_extremes_of_any_stretch_are_those_of_reading_all_of_it(
    values: list[float], data: st.DataObject
) -> None:
    track = Track(values)
    start = data.draw(st.integers(0, len(values)))
    stop = data.draw(st.integers(start, len(values)))
    finite = [(v, p) for p, v in enumerate(values) if start <= p < stop and math.isfinite(v)]
    assert track.lowest(start, stop) == (min(finite)[1] if finite else None)
    highest = max((v for v, _ in finite), default=None)
    assert track.highest(start, stop) == next((p for v, p in finite if v == highest), None)
    positive = [(v, p) for v, p in finite if v > 0]
    assert track.lowest_positive(start, stop) == (min(positive)[1] if positive else None)


@given(VALUES, VALUES, st.data())
def test_a_track_that_forgot_its_end_is_one_that_never_had_it(
    kept: list[float], forgotten: list[float], data: st.DataObject
) -> None:
    track = Track([*kept, *forgotten])
    track.truncate(len(kept))
    fresh = Track(kept)
    more = data.draw(VALUES)
    for one in (track, fresh):
        for value in more:
            one.append(value)
    assert [repr(v) for v in track.values] == [repr(v) for v in fresh.values]
    assert track.bad == fresh.bad
    assert track.not_positive == fresh.not_positive
    assert track.lowest(0, len(track)) == fresh.lowest(0, len(fresh))
    assert track.highest(0, len(track)) == fresh.highest(0, len(fresh))


@given(st.lists(ANY, min_size=1, max_size=600), st.integers(1, 40))
def test_each_column_keeps_its_extremes_and_nothing_is_invented(values: list[float], columns: int) -> None:
    x = array("d", range(len(values)))
    high = float(max(len(values) - 1, 1))
    lines = reduce(x, Track(values), 0.0, high, columns)
    drawn = [point for line in lines for point in zip(*line, strict=True)]
    finite = {p: v for p, v in enumerate(values) if math.isfinite(v)}
    assert all(finite[int(px)] == py for px, py in drawn)
    assert [px for px, _ in drawn] == sorted({px for px, _ in drawn})
    assert len(drawn) <= max(2 * columns, 1)
    for column in range(columns):
        begin, end = column * high / columns, (column + 1) * high / columns
        inside = [v for p, v in finite.items() if begin <= p < end]
        kept = [v for p, v in drawn if begin - 1e-9 <= p <= end + 1e-9]
        if inside:
            assert min(kept) <= min(inside) and max(kept) >= max(inside)


@given(st.lists(ANY, min_size=2, max_size=400), st.integers(1, 20))
def test_a_line_is_broken_where_a_value_is_not_finite(values: list[float], columns: int) -> None:
    x = array("d", range(len(values)))
    for xs, _ in reduce(x, Track(values), 0.0, float(len(values) - 1), columns):
        assert all(math.isfinite(values[p]) for p in range(int(xs[0]), int(xs[-1]) + 1))


@given(st.lists(ANY, min_size=1, max_size=300))
def test_a_log_scale_gets_positive_values_alone(values: list[float]) -> None:
    x = array("d", range(len(values)))
    for _, ys in reduce(x, Track(values), 0.0, float(len(values)), 10, positive=True):
        assert all(y > 0 for y in ys)


def test_a_line_is_cut_where_it_crosses_the_ends_of_the_window() -> None:
    x, track = array("d", [0.0, 2.0, 4.0]), Track([0.0, 1.0, 0.0])
    assert reduce(x, track, 1.0, 3.0, 10) == [([1.0, 2.0, 3.0], [0.5, 1.0, 0.5])]
    assert reduce(x, track, 1.0, 3.0, 10, joined=False) == [([2.0], [1.0])]


def test_a_window_between_two_points_shows_the_line_that_passes_through() -> None:
    x, track = array("d", [0.0, 10.0]), Track([0.0, 10.0])
    assert reduce(x, track, 4.0, 6.0, 10) == [([4.0, 6.0], [4.0, 6.0])]


def test_a_window_beyond_the_last_point_shows_nothing() -> None:
    assert reduce(array("d", [0.0, 1.0]), Track([1.0, 2.0]), 5.0, 6.0, 10) == []
    assert reduce(array("d"), Track(), 0.0, 1.0, 10) == []
