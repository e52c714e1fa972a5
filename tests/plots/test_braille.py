import math

from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.braille import BrailleGrid

SHARE = st.floats(0, 1)


def drawn(
    lines: list[tuple[list[float], list[float]]], width: int, height: int
) -> dict[tuple[int, int], str]:
    grid = BrailleGrid((0.0, 1.0), (0.0, 1.0), width, height)
    grid.draw(lines)
    return {(column, row): character for column, row, character in grid.characters()}


@given(st.lists(st.tuples(SHARE, SHARE), min_size=1, max_size=30), st.integers(1, 80), st.integers(1, 30))
def test_each_point_has_a_dot_in_the_cell_where_it_lies(
    points: list[tuple[float, float]], width: int, height: int
) -> None:
    points.sort()
    cells = drawn([([x for x, _ in points], [y for _, y in points])], width, height)
    for x, y in points:
        # the ends of the limits are the middles of the first and last cells
        across, up = x * (width - 1) + 0.5, y * (height - 1) + 0.5
        near = {
            (math.floor(across + a), height - 1 - math.floor(up + b))
            for a in (-1e-6, 0, 1e-6)
            for b in (-1e-6, 0, 1e-6)
        }
        assert near & set(cells)


@given(SHARE, SHARE, st.integers(2, 60), st.integers(2, 30))
def test_a_line_has_no_gaps(left: float, right: float, width: int, height: int) -> None:
    cells = drawn([([0.0, 1.0], [left, right])], width, height)
    assert {column for column, _ in cells} == set(range(width))
    rows = {row for _, row in cells}
    assert rows == set(range(min(rows), max(rows) + 1))


def test_a_level_line_is_one_row_of_dots() -> None:
    assert set(drawn([([0.0, 1.0], [0.5, 0.5])], 10, 3).values()) <= set("⠤⠒⠉⣀⠠⠄⠐⠂⠈⠁⢀⡀")


def test_what_lies_outside_is_not_drawn() -> None:
    assert drawn([([0.0, 1.0], [5.0, 5.0]), ([3.0, 4.0], [0.5, 0.5])], 10, 4) == {}
    assert drawn([], 10, 4) == {}
