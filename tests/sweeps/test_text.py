"""A heat map as text: numbers and signs that read without colour, at any width."""

from collections.abc import Callable

import boards
import pytest

from tuilab.plots.cells import Role
from tuilab.sweeps.board import Board
from tuilab.sweeps.heat_map import HeatMap, heat_map
from tuilab.sweeps.text import heat_cells


def heat_lines(found: HeatMap, width: int, *, shading: bool = True, ascii: bool = False) -> list[str]:
    return heat_cells(found, width, shading=shading, ascii=ascii).lines()


def test_a_finished_grid_is_read_without_colour() -> None:
    assert heat_lines(heat_map(boards.finished()), 100) == [
        "validation accuracy, mean of 3 seeds ± standard deviation",
        "             l2",
        "bn_momentum                0             1e-4               1e-3             0.01",
        "0.6             0.6413 ±.013     0.6463 ±.006       0.6660 ±.005     0.6527 ±.005",
        "0.8          ▓▓ 0.8037 ±.010  ▓▓ 0.8030 ±.006  p ▓▓ 0.8177 ±.009  ▓▓ 0.8030 ±.007",
        "0.9          ██ 0.8273 ±.008  ▓▓ 0.8207 ±.004  * ██ 0.8410 ±.005  ██ 0.8300 ±.006",
        "0.99         ▒▒ 0.7987 ±.010  ▓▓ 0.8107 ±.015    ██ 0.8267 ±.008  ▓▓ 0.8157 ±.012",
        "* best, p the preset's own values",
    ]


def test_every_state_has_its_sign_and_the_signs_are_explained() -> None:
    lines = heat_lines(heat_map(boards.half_done()), 100)
    text = "\n".join(lines)
    assert "failed" in text and "~0.8300 1/3" in text and lines[-2].split()[-2:] == ["·", "·"]
    assert lines[-1] == "* best, p the preset's own values, ~ training, · waiting"
    assert "(0.4657)" in "\n".join(heat_lines(heat_map(boards.pruned()), 160))


@pytest.mark.parametrize("width", [40, 80, 160])
@pytest.mark.parametrize("make", [boards.finished, boards.half_done, boards.pruned, boards.many])
def test_no_line_is_wider_than_the_terminal_and_no_number_is_lost(
    width: int, make: Callable[[], Board]
) -> None:
    found = heat_map(make())
    lines = heat_lines(found, width)
    assert max(map(len, lines)) <= width
    words = " ".join(lines)
    for cell in (cell for row in found.rows for cell in row if cell.state == "done"):
        assert f"{cell.mean:.4f}" in words


def test_with_ascii_alone_no_other_character_is_used() -> None:
    for make in (boards.finished, boards.half_done, boards.pruned):
        for width in (60, 160):
            assert "\n".join(heat_lines(heat_map(make()), width, ascii=True)).isascii()


def test_the_best_cell_has_a_role_of_its_own_as_well() -> None:
    cells = heat_cells(heat_map(boards.finished()), 100)
    roles = [
        [text.strip() for text, role in cells.runs(row) if role is Role.GOOD] for row in range(cells.height)
    ]
    assert [texts for texts in roles if texts] == [["* ██ 0.8410 ±.005"]]


def test_without_shades_and_with_one_seed_numbers_stand_alone() -> None:
    spec = boards.sweep(seeds=(0,))
    board = boards.board(spec, boards.simulated(spec, boards.grid_points(spec)))
    lines = heat_lines(heat_map(board), 80, shading=False)
    assert lines[0] == "validation accuracy" and not set("░▒▓█±") & set("".join(lines))
