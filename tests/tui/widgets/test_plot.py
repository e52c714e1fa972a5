import asyncio
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.color import Color
from textual.geometry import Region

from tuilab.plots.cells import Cells, Role, text_cells
from tuilab.tui.themes import LIGHT
from tuilab.tui.widgets.plot import CellGrid

PIECE = st.tuples(st.text(st.sampled_from("ab ●⠿"), max_size=12), st.sampled_from([Role.TRAIN, Role.VAL]))
GRIDS = st.lists(st.lists(PIECE, max_size=4), max_size=4).map(lambda rows: text_cells(rows, 20, 4))


class Shown(App[None]):
    """A grid of 20 by 4 cells alone on a screen."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(LIGHT)
        self.theme = LIGHT.name

    def compose(self) -> ComposeResult:
        yield CellGrid()


def test_a_grid_shows_its_cells_in_the_colours_of_the_theme() -> None:
    async def scenario() -> None:
        app = Shown()
        async with app.run_test(size=(20, 4)) as pilot:
            grid = app.query_one(CellGrid)
            grid.show(text_cells([[("tr", Role.TRAIN), ("val", Role.VAL)]], 20, 4))
            await pilot.pause()
            strip = grid.render_line(0)
            assert strip.text == f"{'trval':<20}"
            colors = [
                segment.style.color.triplet for segment in strip if segment.style and segment.style.color
            ]
            wanted = [
                Color.parse(LIGHT.variables[name]).rich_color.triplet for name in ("curve-train", "curve-val")
            ]
            assert colors[:2] == wanted
            assert grid.render_line(3).text == " " * 20

    asyncio.run(scenario())


def test_cells_of_another_size_are_cut_or_filled_up() -> None:
    async def scenario() -> None:
        app = Shown()
        async with app.run_test(size=(20, 4)) as pilot:
            grid = app.query_one(CellGrid)
            for width, height in ((30, 9), (5, 1), (0, 0)):
                grid.show(text_cells([[("x" * width, Role.PLAIN)]], width, height))
                await pilot.pause()
                lines = [grid.render_line(y).text for y in range(4)]
                assert [len(line) for line in lines] == [20] * 4
                assert lines[0].rstrip() == "x" * min(width, 20)

    asyncio.run(scenario())


def test_exactly_the_cells_that_changed_are_repainted() -> None:
    @settings(max_examples=25, deadline=None)
    @given(st.lists(GRIDS, min_size=2, max_size=4))
    def check(grids: list[Cells]) -> None:
        asyncio.run(scenario(grids))

    async def scenario(grids: list[Cells]) -> None:
        app = Shown()
        async with app.run_test(size=(20, 4)) as pilot:
            grid = app.query_one(CellGrid)
            grid.show(grids[0])
            await pilot.pause()
            for before, after in pairwise(grids):
                regions = grid.show(after)
                assert grid._repaint_regions == set(regions)
                repainted = {
                    (x, y) for r in regions for x in range(r.x, r.right) for y in range(r.y, r.bottom)
                }
                changed = {
                    (x, y)
                    for y in range(4)
                    for x in range(20)
                    if (before.text[y][x], before.roles[y][x]) != (after.text[y][x], after.roles[y][x])
                }
                assert changed <= repainted
                assert all(any((x + d, y) in changed for d in range(-3, 4)) for x, y in repainted)
                await pilot.pause()

    check()


def test_the_same_cells_again_repaint_nothing() -> None:
    async def scenario() -> None:
        app = Shown()
        async with app.run_test(size=(20, 4)) as pilot:
            grid = app.query_one(CellGrid)
            assert grid.show(text_cells([[("ab", Role.TRAIN)]], 20, 4)) == [Region(0, 0, 20, 4)]
            await pilot.pause()
            assert grid.show(text_cells([[("ab", Role.TRAIN)]], 20, 4)) == []
            assert grid.show(text_cells([[("aX", Role.TRAIN)]], 20, 4)) == [Region(1, 0, 1, 1)]
            assert grid.show(text_cells([[("aX", Role.VAL)]], 20, 4)) == [Region(0, 0, 2, 1)]

    asyncio.run(scenario())
