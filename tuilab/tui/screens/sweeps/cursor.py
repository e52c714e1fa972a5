"""Where the cursor is: on a trial, and on the cell of the grid that the trial lies in."""

from dataclasses import dataclass

from tuilab.tui.screens.sweeps.news import News


@dataclass(frozen=True)
class Cursor:
    """One cursor for the grid and for the table.

    Attributes:
        cell: row and column in the grid.
        trial: the trial's number; None on a cell in which nothing was tried.
    """

    cell: tuple[int, int] = (0, 0)
    trial: int | None = None

    def settled(self, news: News) -> "Cursor":
        """Return it on what is there now: its trial where that is, else its cell."""
        if self.trial in news.trials:
            cell = news.cells.get(self.trial, self.cell) if self.trial is not None else self.cell
            return Cursor(_inside(cell, news), self.trial)
        return on_cell(news, self.cell)


def on_cell(news: News, cell: tuple[int, int]) -> Cursor:
    """Return the cursor on a cell, or on the nearest there is, and on the trial that this shows."""
    row, column = _inside(cell, news)
    return Cursor((row, column), news.grid.rows[row][column].trial)


def on_row(news: News, place: int) -> Cursor:
    """Return the cursor on a place of the table, or on the nearest there is."""
    if not news.table.numbers:
        return Cursor()
    number = news.table.numbers[min(max(place, 0), len(news.table.numbers) - 1)]
    return Cursor(news.cells.get(number, (0, 0)), number)


def first(news: News) -> Cursor:
    """Return the cursor on the best trial; where none is done, on the first cell."""
    best = news.best
    return Cursor(news.cells.get(best.number, (0, 0)), best.number) if best else on_cell(news, (0, 0))


def _inside(cell: tuple[int, int], news: News) -> tuple[int, int]:
    rows = news.grid.rows
    return min(max(cell[0], 0), len(rows) - 1), min(max(cell[1], 0), len(rows[0]) - 1)
