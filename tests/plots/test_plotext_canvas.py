"""plotext draws every curve, through its public functions, whoever else draws with it at the same time."""

import ast
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import plotext
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tuilab
from tuilab.plots import plotext_canvas
from tuilab.plots.cells import Role
from tuilab.plots.plotext_canvas import Drawing, Series, draw

PACKAGE = Path(tuilab.__file__).parent


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    draw.cache_clear()
    yield
    draw.cache_clear()


def drawing(*series: Series, columns: int = 40, rows: int = 10, **more: object) -> Drawing:
    parts = {"x_ticks": ((0.0, "0"), (1.0, "1")), "y_ticks": ((0.0, "0.0"), (1.0, "1.0")), **more}
    return Drawing(columns, rows, 1.0, 1.0, below=True, left=True, series=series, **parts)  # type: ignore[arg-type]


def text(of: Drawing) -> list[str]:
    return ["".join(piece for piece, _ in row) for row in draw(of)]


def private_names(source: str) -> list[str]:
    """Return what begins with an underscore and is asked of another object than ``self``, or imported."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                found.append(node.attr)
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            found += [name for name in names if name.startswith("_")]
        elif isinstance(node, ast.Import):
            found += [name for alias in node.names for name in alias.name.split(".") if name.startswith("_")]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "getattr" in source:
            found += [node.value] if node.value.startswith("_") else []
    return found


def test_one_module_knows_plotext_and_uses_nothing_private() -> None:
    using = {path for path in PACKAGE.rglob("*.py") if "import plotext" in path.read_text()}
    assert using == {Path(plotext_canvas.__file__)}
    assert private_names(Path(plotext_canvas.__file__).read_text()) == []
    for private in ("import plotext\nplotext.active()._size", "from plotext._figure import x", "import a._b"):
        assert private_names(private), "the test would see it"


def test_a_line_of_dots_and_a_point_stand_where_they_should() -> None:
    line = Series((0.0, 1.0), (0.0, 1.0), Role.TRAIN, "braille", True)
    point = Series((0.5,), (0.5,), Role.VAL, "o", False)
    rows = draw(drawing(line, point, columns=5, rows=3))
    assert text(drawing(line, point, columns=5, rows=3)) == [
        "1.0┤   ⡠⠊",
        "   │ ⢀o  ",
        "0.0┤⡔⠁   ",
        "   └┬───┬",
        "    0   1",
    ]
    assert ("o", Role.VAL) in rows[1] and ("⡔⠁", Role.TRAIN) in rows[2]
    assert rows[0][0] == ("1.0┤", Role.AXIS)


def test_a_cursor_stands_behind_the_points() -> None:
    point = Series((0.5,), (0.0,), Role.VAL, "o", False)
    rows = text(drawing(point, columns=5, rows=3, cursor=0.5, ascii=True))
    assert rows == ["1.0+  |  ", "   |  |  ", "0.0+  o  ", "   ++-+-+", "    0   1"]


@given(st.integers(1, 255))
def test_every_character_of_braille_is_known(bits: int) -> None:
    """plotext has a table of them: one that is missing would be an exception in the middle of a run."""
    across = [(0, 3), (0, 2), (0, 1), (1, 3), (1, 2), (1, 1), (0, 0), (1, 0)]
    dots = [across[bit] for bit in range(8) if bits >> bit & 1]
    series = Series(tuple(x for x, _ in dots), tuple(y / 3 for _, y in dots), Role.VAL, "braille", False)
    cell = drawing(series, columns=1, rows=1, x_ticks=(), y_ticks=())
    assert text(cell)[0][-1] == chr(0x2800 + bits)


def test_what_was_drawn_before_and_the_size_of_the_terminal_leave_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wide = drawing(Series((0.0, 1.0), (0.0, 1.0), Role.TRAIN, "braille", True), columns=150, rows=40)
    alone = draw(wide)
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setenv("LINES", "5")
    plotext.title("left behind")
    plotext.theme("matrix")
    plotext.grid(True, True)
    plotext.scatter([0.2], [0.2], label="left behind")
    draw.cache_clear()
    assert draw(wide) == alone


def test_threads_that_draw_at_the_same_time_get_what_they_asked_for() -> None:
    """plotext has one figure for the whole process: the app paints while a thread exports."""

    def asked(number: int) -> Drawing:
        level = number / 8
        series = Series((0.0, 1.0), (level, level), Role.TRAIN, str(number), True)
        return drawing(series, columns=20 + number, rows=9, x_ticks=((0.0, str(number)),))

    alone = [draw(asked(number)) for number in range(9)]
    start = threading.Barrier(4)

    def often(_: int) -> list[object]:
        start.wait()
        rounds = []
        for _ in range(5):
            draw.cache_clear()
            rounds.append([draw(asked(number)) for number in range(9)])
        return rounds

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(often, range(4))) == [[alone] * 5] * 4


def test_the_same_picture_is_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []
    build = plotext.build
    monkeypatch.setattr(plotext, "build", lambda: built.append(1) or build())
    for level in (0.5, 0.5, 0.25, 0.5):
        draw(drawing(Series((0.0, 1.0), (level, level), Role.TRAIN, "braille", True)))
    assert len(built) == 2


def test_nothing_to_draw_still_has_axes_and_ticks() -> None:
    rows = text(drawing(columns=5, rows=3))
    assert rows == ["1.0┤     ", "   │     ", "0.0┤     ", "   └┬───┬", "    0   1"]
