"""The heat map with a cursor: readable at any size and without colour, and only what changed is another."""

import boards
import pytest

from tuilab.plots.cells import Cells, Role, changed_spans
from tuilab.sweeps.board import Board
from tuilab.sweeps.heat_map import heat_map
from tuilab.tui.screens.sweeps.grid import Look, draw_grid, layout


def drawn(
    board: Board,
    width: int = 80,
    height: int = 16,
    cursor: tuple[int, int] = (0, 0),
    look: Look | None = None,
) -> Cells:
    found = heat_map(board)
    return draw_grid(
        found, layout(found, cursor, (0, 0), width, height), cursor, width, height, look or Look()
    )


def test_a_cell_has_its_mean_and_the_spread_of_its_seeds() -> None:
    lines = drawn(boards.finished()).lines()
    best = boards.finished().ranked[0]
    assert best.point == {boards.MOMENTUM: 0.9, boards.L2: 1e-3}
    assert "l2" in lines[0] and lines[1].split() == ["bn_momentum", "0", "1e-4", "1e-3", "0.01"]
    (row,) = [n for n, line in enumerate(lines) if f"* {best.value:.4f}" in line]
    assert lines[row].startswith("0.9 ") and "±." in lines[row + 1]
    assert "* best, p the preset, ± spread of seeds" in "\n".join(lines)


def test_what_is_not_done_says_how_it_stands() -> None:
    text = "\n".join(drawn(boards.half_done()).lines())
    assert "failed" in text and "~0.8300" in text and "1/3 seeds" in text and " · " in text
    assert "~ training, · waiting" in text
    assert "(" in "\n".join(drawn(boards.pruned(), 120, 30).lines()), "what was pruned is in brackets"


def test_the_cursor_is_seen_without_colour() -> None:
    lines = drawn(boards.finished(), cursor=(2, 1)).lines()
    (row,) = [line for line in lines if "[" in line]
    assert row.startswith("0.9 ") and row.index("[") < row.index("0.8207") < row.index("]")


def test_a_move_of_the_cursor_changes_two_cells_and_the_names_of_their_rows() -> None:
    before, after = (drawn(boards.finished(), cursor=(0, column)) for column in (0, 1))
    changed = sum(span.stop - span.start for span in changed_spans(before, after))
    assert 0 < changed <= 2 * 18 * 3


def test_a_trial_that_comes_in_changes_nothing_but_its_cell_where_the_scale_stays() -> None:
    board = boards.half_done()
    middling = boards.trial(10, board.trials[10].point, (0.79, 0.8, 0.81))
    after = board.model_copy(update={"trials": (*board.trials[:10], middling, *board.trials[11:])})
    spans = changed_spans(drawn(board), drawn(after))
    assert 0 < sum(span.stop - span.start for span in spans) <= 18 * 3
    assert {span.row for span in spans} <= {8, 9, 10}


@pytest.mark.parametrize("size", [(160, 50), (76, 16), (56, 8), (30, 5), (12, 3), (1, 1)])
@pytest.mark.parametrize("name", ["finished", "half_done", "pruned"])
def test_any_size_is_drawn_with_the_cursor_in_it(name: str, size: tuple[int, int]) -> None:
    board = getattr(boards, name)()
    found = heat_map(board)
    corner = (len(found.rows) - 1, len(found.rows[0]) - 1)
    place = layout(found, corner, (0, 0), *size)
    assert corner[0] in place.rows and corner[1] in place.columns
    cells = draw_grid(found, place, corner, *size, Look())
    assert (cells.width, cells.height) == size


def test_what_is_out_of_sight_is_said() -> None:
    text = "\n".join(drawn(boards.pruned(), 40, 10, (3, 3)).lines())
    assert "columns" in text or "rows" in text


def test_it_is_read_in_ascii_and_in_one_colour() -> None:
    cells = drawn(boards.finished(), look=Look(shading=True, ascii=True))
    text = "\n".join(cells.lines())
    assert "# * 0.8410" in text and ". 0.6" not in text.replace("±.", "")


def test_one_setting_is_a_list_with_bars() -> None:
    spec = boards.sweep(boards.GRID[:1], name="one")
    board = boards.board(spec, boards.simulated(spec, boards.grid_points(spec)))
    cells = drawn(board, 80, 16)
    lines = cells.lines()
    assert lines[0].split() == ["bn_momentum"]
    bars = {line.split()[0]: line.count("█") for line in lines if "█" in line}
    assert bars["0.9"] == max(bars.values()) and list(bars) == ["0.6", "0.8", "0.9", "0.99"]


def test_a_place_on_the_sheet_is_the_cell_that_stands_there() -> None:
    found = heat_map(boards.finished())
    place = layout(found, (0, 0), (0, 0), 80, 16)
    for row in place.rows:
        for column in place.columns:
            x, y = place.label + column * place.wide, place.head + row * place.tall
            assert place.cell_at(x, y) == (row, column)
            assert place.cell_at(x + place.wide - 1, y + place.tall - 1) == (row, column)
    assert place.cell_at(0, 5) is None and place.cell_at(20, 0) is None and place.cell_at(79, 15) is None


def test_a_ground_is_stronger_where_the_mean_is_higher() -> None:
    cells = drawn(boards.finished(), look=Look(focus=False))
    roles = "".join(cells.roles)
    assert Role.HEAT_1 in roles and Role.HEAT_5 in roles and Role.SELECTED not in roles


def test_a_number_is_never_cut_where_its_signs_can_move_closer() -> None:
    lines = drawn(boards.finished(), 58, 12, (2, 2), Look(shading=True)).lines()
    numbers = [f"{trial.value:.4f}" for trial in boards.finished().ranked]
    text = "\n".join(lines)
    assert all(number in text for number in numbers) and "…" not in text
