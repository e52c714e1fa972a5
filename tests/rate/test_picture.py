"""The picture: log axis, letters at their rates, readable in ASCII and at any size."""

import math

import pytest

from tuilab.plots.cells import Cells
from tuilab.plots.drawing import draw_figure
from tuilab.rate.curve import Reading, growing_rates, read
from tuilab.rate.picture import figure, legend

LIMITS = (1e-5, 10.0)
RATES = growing_rates(*LIMITS, 300)
LOSSES = [2.3 - 1.5 / (1 + math.exp(-4 * (math.log10(r) + 2))) + 20 * max(r - 0.3, 0) for r in RATES]
READING = read(RATES, LOSSES, 0.9)


def drawn(width: int = 100, height: int = 22, own: float = 0.001, *, reading: Reading = READING) -> Cells:
    """Return the picture in ASCII."""
    return draw_figure(figure(RATES, LOSSES, reading, own, LIMITS, ascii=True), width, height)


def column_of(cells: Cells, letter: str) -> int:
    """Return the only column in which a letter stands below the title."""
    columns = {row.index(letter) for row in cells.text[1:-2] if letter in row}
    assert len(columns) == 1, letter
    return columns.pop()


def test_each_letter_stands_at_its_rate() -> None:
    cells, left, right = drawn(), 6, 99
    assert READING.steepest is not None and READING.edge is not None
    for letter, rate in (("P", 0.001), ("S", READING.steepest.rate), ("E", READING.edge.rate)):
        wanted = left + (math.log10(rate) + 5) / 6 * (right - left)
        assert abs(column_of(cells, letter) - wanted) <= 1.5, letter


def test_the_axis_has_powers_of_ten_and_says_what_it_is() -> None:
    last = drawn().lines()[-1]
    assert "rate" in last and all(power in last for power in ("1e-4", "0.001", "0.01", "0.1", "1"))


def test_what_has_diverged_does_not_flatten_what_came_before() -> None:
    shown = figure(RATES, LOSSES, READING, 0.001, LIMITS)
    assert shown.y[1] < 4 < max(LOSSES)


def test_a_rate_outside_is_not_drawn_and_the_legend_says_so() -> None:
    assert not any("P" in row for row in drawn(own=100.0).text[1:])
    assert "P the preset's rate 100 (not in the picture)" in " ".join(legend(READING, 100.0, LIMITS, 200))


@pytest.mark.parametrize("size", [(1, 1), (20, 5), (40, 8), (80, 18), (160, 44)], ids=str)
def test_it_fits_any_size_in_ascii(size: tuple[int, int]) -> None:
    cells = drawn(*size)
    assert (cells.width, cells.height) == size
    assert "".join(cells.lines()).replace("…", "").isascii(), "a title that is cut ends in a sign of its own"


def test_before_the_first_step_it_says_so() -> None:
    empty = read([], [], 0.9)
    text = "\n".join(draw_figure(figure([], [], empty, 0.001, LIMITS), 80, 12).lines())
    assert "no step has been trained yet" in text


@pytest.mark.parametrize("width", [40, 60, 120])
def test_the_legend_keeps_to_its_width(width: int) -> None:
    lines = legend(READING, 0.001, LIMITS, width, ascii=True)
    assert all(len(line) <= width for line in lines)
    assert [word for word in " ".join(lines).split() if word in "PSE*"] == ["*", "P", "S", "E"]
