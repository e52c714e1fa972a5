"""The table of trials, and the cursor that it shares with the grid."""

from collections.abc import Callable

import boards
import pytest

from tuilab.plots.cells import Role
from tuilab.sweeps.board import Board
from tuilab.tui.screens.sweeps import cursor as cursors
from tuilab.tui.screens.sweeps.news import default_axes, next_axes, work_out
from tuilab.tui.screens.sweeps.trials import TrialTable, draw_table, hidden, scrolled, table_of


def table(board: Board) -> TrialTable:
    return table_of(board)


def test_the_best_come_first_then_what_trains_waits_or_failed() -> None:
    found = table(boards.half_done())
    ranked = [trial.number for trial in boards.half_done().ranked]
    assert [row.number for row in found.rows] == [*ranked, 8, 9, 10, 11, 12, 13, 14, 15, 7]
    assert [row.cells[0] for row in found.rows[:7]] == ["1", "2", "3", "4", "5", "6", "7"]
    assert found.rows[7].cells[-1] == "training 7/15" and found.rows[-1].role is Role.ERROR
    assert "the preset" in next(row for row in found.rows if row.number == 6).cells[-1]


def test_confirmations_are_no_part_of_the_ranking() -> None:
    rows = table(boards.confirmed()).rows
    assert [row.number for row in rows[-2:]] == [16, 17]
    assert all("fresh seeds" in row.cells[-1] for row in rows[-2:])


def test_a_window_moves_no_more_than_it_must() -> None:
    assert scrolled(0, 3, 100, 10) == 0 and scrolled(0, 10, 100, 10) == 1
    assert scrolled(50, 49, 100, 10) == 49 and scrolled(95, 99, 100, 10) == 90
    assert scrolled(5, 0, 3, 10) == 0, "fewer rows than room"


def test_the_row_under_the_cursor_is_seen_without_colour() -> None:
    found = table(boards.finished())
    lines = draw_table(found, 6, 0, 80, 20, focus=True).lines()
    assert [line for line in lines if line.startswith("▸")] == [lines[found.place_of(6) + 1]]


def test_grid_and_table_have_one_cursor() -> None:
    news = work_out(boards.finished(), True)
    best = cursors.first(news)
    assert best.trial == 10 and best.cell == (2, 2)
    below = cursors.on_row(news, 1)
    assert news.grid.rows[below.cell[0]][below.cell[1]].trial == below.trial == news.board.ranked[1].number
    assert cursors.on_cell(news, (99, -5)) == cursors.on_cell(news, (3, 0))
    assert cursors.on_row(news, 10**6).trial == news.table.rows[-1].number


def test_the_cursor_stays_on_its_trial_while_the_ranking_changes() -> None:
    news = work_out(boards.half_done(), True)
    here = cursors.on_row(news, news.table.place_of(9))
    later = work_out(boards.finished(), True)
    assert here.settled(later).trial == 9


def test_a_board_that_is_the_same_is_not_worked_out_again() -> None:
    news = work_out(boards.finished(), True)
    again = work_out(boards.finished(), True, ("model.l2", "model.bn_momentum"), news)
    assert again.table is news.table and again.answer is news.answer
    assert work_out(boards.finished(), True, None, news) is news
    assert again.grid.down.key == "model.l2" and again.cells[10] == (2, 2)


def test_the_axes_go_through_all_pairs_both_ways_round() -> None:
    board = boards.many(10)
    seen = [default_axes(board)]
    while (axes := next_axes(board, seen[-1])) != seen[0]:
        seen.append(axes)
    assert len(seen) == len(set(seen)) == 6


def test_columns_without_room_are_named() -> None:
    found = table(boards.finished())
    assert hidden(found, 120) == [] and hidden(found, 56) == ["95 %", "vs preset", "test"]


@pytest.mark.parametrize("made", [boards.confirmed, boards.half_done, boards.pruned])
def test_columns_are_as_wide_as_their_longest_text_though_rows_are_made_when_they_are_seen(
    made: Callable[[], Board],
) -> None:
    found = table(made())
    columns = zip(found.heads, *(row.cells for row in found.rows), strict=True)
    longest = [max(map(len, column)) for column in columns]
    assert list(found.widths) == [min(wide, 14) for wide in longest[:-1]] + longest[-1:]
    assert found.numbers == tuple(row.number for row in found.rows)
