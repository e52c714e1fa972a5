import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab.plots.cells import (
    Cells,
    Role,
    Sheet,
    above,
    beside,
    cells_wide,
    changed_spans,
    cut,
    split_cells,
    text_cells,
)

WIDTH, HEIGHT = 24, 4
PIECE = st.tuples(
    st.text(st.sampled_from("ab ●⠿字é"), max_size=12), st.sampled_from([Role.TRAIN, Role.VAL, Role.PLAIN])
)
GRID = st.lists(st.lists(PIECE, max_size=4), max_size=HEIGHT).map(
    lambda rows: text_cells(rows, WIDTH, HEIGHT)
)


@given(GRID, GRID, st.integers(0, 5))
def test_repainting_the_changed_spans_turns_one_grid_into_the_other(a: Cells, b: Cells, gap: int) -> None:
    text, roles = [list(row) for row in a.text], [list(row) for row in a.roles]
    spans = changed_spans(a, b, gap)
    for span in spans:
        text[span.row][span.start : span.stop] = b.text[span.row][span.start : span.stop]
        roles[span.row][span.start : span.stop] = b.roles[span.row][span.start : span.stop]
    assert tuple(map(tuple, text)) == b.text
    assert tuple("".join(row) for row in roles) == b.roles


@given(GRID, GRID, st.integers(0, 5))
def test_spans_hold_changed_cells_and_short_gaps_alone(a: Cells, b: Cells, gap: int) -> None:
    for span in changed_spans(a, b, gap):
        old, new = a.text[span.row], b.text[span.row]
        same = [
            old[c] == new[c] and a.roles[span.row][c] == b.roles[span.row][c]
            for c in range(span.start, span.stop)
        ]
        wide = any("" in (old[c], new[c]) for c in range(span.start, min(span.stop + 1, WIDTH)))
        longest = max((len(run) for run in "".join("x" if s else "." for s in same).split(".")), default=0)
        assert longest <= gap or wide
        assert wide or not (same[0] or same[-1])


@given(GRID)
def test_nothing_is_repainted_where_nothing_changed(a: Cells) -> None:
    assert changed_spans(a, a) == []


@given(st.text(st.sampled_from("ab字é●"), max_size=20), st.integers(0, 12))
def test_a_text_that_is_cut_fits_and_says_so(text: str, width: int) -> None:
    got = cut(text, width)
    assert cells_wide(got) <= width
    assert got == text or got.endswith("…") or width == 0


def test_a_wide_character_takes_two_cells_and_a_combining_one_none() -> None:
    assert split_cells("a字e\u0301") == [("a",), ("字", ""), ("e\u0301",)]
    assert cells_wide("a字e\u0301") == 4


def test_half_of_a_wide_character_is_never_written_at_the_edge() -> None:
    sheet = Sheet(3, 1)
    assert sheet.write(0, 0, "ab字c", Role.PLAIN) == 2
    assert sheet.cells().lines() == ["ab"]


def test_what_lies_outside_is_not_written() -> None:
    sheet = Sheet(2, 1)
    for column, row in ((-1, 0), (2, 0), (0, -1), (0, 1)):
        sheet.put(column, row, "x", Role.PLAIN)
    assert sheet.cells().lines() == [""]


def test_a_row_is_told_in_stretches_of_one_role() -> None:
    cells = text_cells([[("ab", Role.TRAIN), ("c", Role.VAL)]], 4, 1)
    assert list(cells.runs(0)) == [("ab", Role.TRAIN), ("c", Role.VAL), (" ", Role.PLAIN)]


def test_grids_are_put_above_and_beside_one_another() -> None:
    a, b = text_cells([[("a", Role.TRAIN)]], 1, 1), text_cells([[("b", Role.VAL)]], 1, 1)
    assert above(a, b).lines() == ["a", "b"]
    both = beside(a, b, 2)
    assert (both.lines(), both.roles, both.width) == (["a  b"], ("t..v",), 4)


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_one_character(role: Role) -> None:
    assert len(role) == 1
