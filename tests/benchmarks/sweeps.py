"""How fast a sweep opens in the app: ``python tests/benchmarks/sweeps.py [TRIALS] [REPEATS]``.

A board of many finished trials (10,000, three seeds each) lies on the disk, and is read and worked out as
the app does, off the UI thread; then all four parts are drawn for 160x50, as a key and as news have them
drawn. It prints medians, and how many cells are painted where one trial comes in, and where the cursor moves.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import boards

from tuilab.collecting import no_collecting
from tuilab.plots.cells import Cells, changed_spans
from tuilab.sweeps.board import Board
from tuilab.tui.screens.sweeps import cursor as cursors
from tuilab.tui.screens.sweeps.answer import draw_answer
from tuilab.tui.screens.sweeps.cursor import Cursor
from tuilab.tui.screens.sweeps.curves import SweepCurves
from tuilab.tui.screens.sweeps.grid import Look, draw_grid, layout
from tuilab.tui.screens.sweeps.news import News, work_out
from tuilab.tui.screens.sweeps.trials import draw_table

MOST_OPENING = 1000
"""Milliseconds that are aimed at, for a finished sweep of 10,000 trials."""
GRID, CURVES, TRIALS, ANSWER = (92, 23), (60, 23), (92, 19), (60, 19)
"""What the parts have on a terminal of 160x50."""


def draw(news: News, cursor: Cursor) -> list[Cells]:
    """Draw all parts."""
    place = layout(news.grid, cursor.cell, (0, 0), *GRID)
    under = news.trials.get(cursor.trial) if cursor.trial is not None else None
    top = max(news.table.place_of(cursor.trial) - 5, 0)
    return [
        draw_grid(news.grid, place, cursor.cell, *GRID, Look()),
        SweepCurves().draw(news, under, *CURVES),
        draw_table(news.table, cursor.trial, top, *TRIALS, focus=False),
        draw_answer(news.answer, 0, *ANSWER),
    ]


def milliseconds(job: Callable[[], object], repeats: int) -> float:
    """Return the median time that the processor takes for a job: others may be busy."""
    times = []
    for _ in range(repeats):
        began = time.process_time()
        job()
        times.append(time.process_time() - began)
    return statistics.median(times) * 1000


def painted(before: list[Cells], after: list[Cells]) -> int:
    """Return how many cells are another."""
    pairs = zip(before, after, strict=True)
    return sum(span.stop - span.start for one, other in pairs for span in changed_spans(one, other))


def main(trials: int, repeats: int) -> None:
    """Measure and report."""
    file = Path(tempfile.mkdtemp(prefix="tuilab-sweeps-")) / "board.json"
    file.write_text(boards.many(trials).model_dump_json())
    size = file.stat().st_size / 1e6
    print(f"{trials:,} trials, {size:.1f} MB, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")

    def read() -> Board:
        with no_collecting():  # as SweepFolder.board
            return Board.model_validate_json(file.read_bytes())

    def worked_out(board: Board) -> News:
        with no_collecting():  # as Looking
            return work_out(board.model_copy(), False)

    board = read()
    news = work_out(board, False)
    here = cursors.first(news)
    # a copy has nothing in it that was worked out before
    parts = (
        milliseconds(read, repeats),
        milliseconds(lambda: worked_out(board), repeats),
        milliseconds(lambda: draw(news, here), repeats),
    )
    print(f"read from the disk          {parts[0]:8.0f} ms")
    print(f"worked out                  {parts[1]:8.0f} ms")
    print(f"drawn, on the UI thread     {parts[2]:8.1f} ms")
    print(f"opened: all three           {sum(parts):8.0f} ms  aim {MOST_OPENING}")
    again = read()
    print(f"seen to be the same         {milliseconds(lambda: again == board, repeats):8.1f} ms")
    turned = (news.axes[1] or "", news.axes[0])
    turning = milliseconds(lambda: work_out(board, False, turned, news), repeats)
    print(f"other settings as its axes  {turning:8.0f} ms")

    small = work_out(boards.half_done(), True)
    at = cursors.first(small)
    point = boards.half_done().trials[10].point
    came = boards.trial(10, point, (0.79, 0.8, 0.81))
    changed = [came if trial.number == 10 else trial for trial in boards.half_done().trials]
    later = work_out(boards.half_done().model_copy(update={"trials": tuple(changed)}), True)
    one = painted(draw(small, at), draw(later, at.settled(later)))
    moved = painted(draw(small, at), draw(small, cursors.on_cell(small, (at.cell[0], at.cell[1] - 1))))
    print(f"cells painted on a grid of 4 by 4: {one} where a trial comes in, {moved} where the cursor moves")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    main(*given, *(10_000, 5)[len(given) :])
