import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.scales import (
    StickyLimits,
    clock,
    epoch_ticks,
    log_ticks,
    number,
    round_limits,
    round_log_limits,
    round_seconds,
    scientific,
    time_ticks,
    value_ticks,
)

VALUE = st.floats(-1e30, 1e30).filter(lambda v: v == 0 or abs(v) > 1e-30)
PAIR = st.tuples(VALUE, VALUE).map(sorted).map(tuple)


@given(PAIR)
def test_round_limits_hold_the_values_and_have_a_width(pair: tuple[float, float]) -> None:
    low, high = round_limits(*pair)
    slack = 1e-6 * max(abs(low), abs(high))
    assert low - slack <= pair[0] <= pair[1] <= high + slack
    assert low < high


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        ((0.1, 0.77), (0.0, 0.8)),
        ((0.35, 2.9), (0.0, 3.0)),
        ((2.1, 2.3), (2.1, 2.3)),
        ((0.0, 0.0), (0.0, 0.6)),
        ((-2.0, -2.0), (-2.2, -1.8)),
    ],
)
def test_limits_are_round(values: tuple[float, float], limits: tuple[float, float]) -> None:
    assert round_limits(*values) == pytest.approx(limits)


@given(st.floats(-20, 20), st.floats(0, 20))
def test_round_limits_of_a_log_scale_hold_the_values(low: float, width: float) -> None:
    below, above = round_log_limits(low, low + width)
    assert below <= low + 1e-6 and above >= low + width - 1e-6 and below < above


@given(st.lists(PAIR, min_size=1, max_size=12))
def test_sticky_limits_always_hold_what_they_must(pairs: list[tuple[float, float]]) -> None:
    sticky = StickyLimits()
    low, high = math.inf, -math.inf
    for pair in pairs:
        low, high = min(low, pair[0]), max(high, pair[1])
        got = sticky.cover(low, high)
        slack = 1e-6 * max(map(abs, got))
        assert got[0] - slack <= low and high <= got[1] + slack


def test_limits_stay_while_values_move_within_them() -> None:
    sticky = StickyLimits()
    first = sticky.cover(0.3, 2.4)
    assert all(sticky.cover(0.3 - k / 100, 2.4 + k / 100) == first for k in range(10))


def test_limits_move_seldom_while_an_accuracy_rises() -> None:
    sticky = StickyLimits((0.0, 1.0))
    seen = {sticky.cover(0.1, 0.3 + 0.68 * k / 1000) for k in range(1001)}
    assert len(seen) <= 7
    assert sticky.cover(0.0, 1.0) == (0.0, 1.0)


def test_something_else_that_is_shown_gets_limits_of_its_own() -> None:
    sticky = StickyLimits()
    sticky.cover(0.0, 1e9)
    sticky.reset()
    assert sticky.cover(0.0, 1.0) == (0.0, 1.0)


@given(PAIR.map(lambda pair: round_limits(pair[0], pair[1])), st.integers(2, 9))
def test_ticks_lie_within_the_limits_and_are_told_apart(limits: tuple[float, float], most: int) -> None:
    ticks = value_ticks(limits, most)
    slack = (limits[1] - limits[0]) * 1e-5
    assert all(limits[0] - slack <= tick.at <= limits[1] + slack for tick in ticks)
    assert 2 <= len(ticks) <= most + 1
    if abs(limits[0]) + abs(limits[1]) < 1e4 * (limits[1] - limits[0]):
        assert len({tick.label for tick in ticks}) == len(ticks)


@given(st.floats(-12, 12), st.floats(0.1, 12), st.integers(2, 7))
def test_ticks_of_a_log_scale_lie_within_the_limits(low: float, width: float, most: int) -> None:
    limits = round_log_limits(low, low + width)
    ticks = log_ticks(limits, most)
    assert ticks and all(limits[0] - 1e-6 <= tick.at <= limits[1] + 1e-6 for tick in ticks)
    assert len(ticks) <= most + 1
    for tick in ticks:
        assert float(tick.label) == pytest.approx(10**tick.at, rel=0.02)


def test_epochs_have_whole_ticks() -> None:
    assert [tick.label for tick in epoch_ticks((0, 5), 6)] == ["0", "1", "2", "3", "4", "5"]
    assert [tick.label for tick in epoch_ticks((0, 160), 5)] == ["0", "50", "100", "150"]
    assert [tick.label for tick in epoch_ticks((2.0, 2.5), 5)] == ["2.0", "2.1", "2.2", "2.3", "2.4", "2.5"]


def test_time_has_ticks_of_minutes_and_hours() -> None:
    assert [tick.label for tick in time_ticks((0, 120), 4)] == ["0:00", "0:30", "1:00", "1:30", "2:00"]
    assert [tick.label for tick in time_ticks((0, 7200), 2)] == ["0:00", "1:00:00", "2:00:00"]
    assert len(time_ticks((0, 86400 * 90), 5)) <= 6


@given(st.floats(0.01, 1e7))
def test_an_axis_of_time_reaches_beyond_the_time_by_little(seconds: float) -> None:
    end = round_seconds(seconds)
    assert seconds <= end <= max(2 * seconds, 1.0) or end - seconds <= 86400


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.61234, "0.612"),
        (0.0, "0.000"),
        (12.5, "12.500"),
        (1234.56, "1234.6"),
        (0.0001, "1e-4"),
        (1.5e-4, "1.5e-4"),
        (1e30, "1e30"),
        (-1234567.0, "-1.23e6"),
        (math.nan, "not a number"),
        (math.inf, "infinite"),
        (-math.inf, "infinite"),
    ],
)
def test_numbers_are_short_and_what_is_none_is_said_in_words(value: float, text: str) -> None:
    assert number(value) == text


def test_durations_and_powers_are_short() -> None:
    assert [clock(s) for s in (0, 6.6, 61, 3605, -3)] == ["0:00", "0:07", "1:01", "1:00:05", "0:00"]
    assert scientific(0.00012, 3) == "1.2e-4"


def test_where_only_the_ends_have_room_they_have_no_digits_that_say_nothing() -> None:
    told = [[tick.label for tick in value_ticks(ends, 2)] for ends in ((0.04, 0.14), (0.3, 1.1), (15, 45))]
    assert told == [["0.04", "0.14"], ["0.3", "1.1"], ["15", "45"]]
