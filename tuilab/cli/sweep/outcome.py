"""What came of a sweep, on a terminal: the answer in words, heat map, ranking, what explains it, curves."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from tuilab.cli.wrapping import print_sentence, wrap

if TYPE_CHECKING:
    from tuilab.sweeps.board import Board
    from tuilab.sweeps.heat_map import HeatMap
    from tuilab.sweeps.ranking import Ranked, Ranking

_WIDE = 1000
"""Columns of a file or a pipe, where a line is as long as it likes."""


def print_board(board: "Board", found: "HeatMap | None" = None, *, plot: bool = False) -> None:
    """Print what came of a sweep, or what is known so far.

    Args:
        board: the sweep.
        found: its heat map; None: that of its first two settings.
        plot: whether curves are drawn below.
    """
    from tuilab.cli.painting import painted, shows_unicode
    from tuilab.cli.tables import width_of_stdout
    from tuilab.lab.sweeps.answer import answer
    from tuilab.sweeps.heat_map import heat_map
    from tuilab.sweeps.text import heat_cells

    said = answer(board)
    for paragraph in said.words:
        print_sentence(paragraph)
        typer.echo()
    width = max(width_of_stdout() or _WIDE, 40)
    typer.echo(painted(heat_cells(found or heat_map(board), width, ascii=not shows_unicode())))
    if board.ranked:
        typer.echo()
        for line in ranking_lines(board, said.ranking, width_of_stdout()):
            typer.echo(line)
        typer.echo()
        for sentence in said.explained:
            print_sentence(sentence)
    if plot:
        from tuilab.cli.plots import draw_sweep

        typer.echo()
        typer.echo(draw_sweep(board))


def ranking_lines(board: "Board", found: "Ranking", width: int | None) -> Iterator[str]:
    """Yield the best trials as a table, and what its intervals are of.

    Args:
        board: the sweep.
        found: its best points.
        width: columns of the terminal; None: as many as there are.
    """
    from tuilab.cli.tables import Column, fitted
    from tuilab.sweeps.wording import setting_names

    names = setting_names(board.spec.keys)
    columns = [
        Column("place", "", 0, right=True),
        *(Column(key, names[key], 0, right=True) for key in board.spec.keys),
        Column("validation", "validation", 0, right=True),
        Column("interval", "95 % interval", 3),
        Column("test", "test", 1, right=True),
        Column("against", "against preset", 2, right=True),
        Column("between", "95 % interval of that", 4),
        Column("trial", "trial", 5, right=True),
    ]
    table = fitted(columns, [_row(one, board.spec.keys) for one in found.points], width)
    yield from table.lines
    more = len(board.ranked) - len(found.points)
    notes = [
        f"{more:,} more {'is' if more == 1 else 'are'} not listed; --format csv has all." if more else ""
    ]
    for note in (*notes, found.intervals):
        yield from wrap(note, width) if note else ()


def _row(one: "Ranked", keys: Sequence[str]) -> dict[str, str]:
    from tuilab.results.columns import points
    from tuilab.sweeps.wording import accuracy_words, value_words

    between = one.against.interval if one.against else None
    return {
        "place": str(one.place),
        **{key: value_words(one.point.get(key)) for key in keys},
        "validation": accuracy_words(one.value),
        "interval": f"{one.interval.low:.4f} to {one.interval.high:.4f}" if one.interval else "",
        "test": accuracy_words(one.test),
        "against": "the preset" if one.preset else points(100 * one.against.value) if one.against else "",
        "between": f"{points(100 * between.low)} to {points(100 * between.high)}" if between else "",
        "trial": str(one.trial),
    }
