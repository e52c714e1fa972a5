"""Only what changed is written, and the terminal shows the same as if all had been."""

import pyte
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

from tuilab.tui.terminal.painting import PaintedScreen

WIDTH, HEIGHT = 24, 4
STYLES = [
    None,
    Style.parse("bold"),
    Style.parse("#ff8800 on #101010"),
    Style.parse("#ff8800 on #202020"),
    Style.parse("italic #00aa33 on #101010"),
    Style.parse("reverse"),
    Style.parse("red on blue"),
    Style.parse("underline strike"),
    Style.parse("default on default"),
]

Frame = list[list[Segment]]


def a_terminal() -> tuple[pyte.Screen, pyte.Stream]:
    """A terminal that understands what terminals do, written by others."""
    screen = pyte.Screen(WIDTH, HEIGHT)
    return screen, pyte.Stream(screen)


def look(screen: pyte.Screen) -> list[list[object]]:
    """Every cell of a terminal: its character and its style."""
    return [[screen.buffer[y][x] for x in range(WIDTH)] for y in range(HEIGHT)]


def pieces(frame: Frame) -> list[tuple[int, int, list[Segment]]]:
    return [(y, 0, segments) for y, segments in enumerate(frame)]


def shown(frame: Frame) -> list[list[object]]:
    """What a terminal shows that gets a frame spelled out in full."""
    screen, stream = a_terminal()
    for y, segments in enumerate(frame):
        stream.feed(f"\x1b[{y + 1};1H")
        for text, style, _ in segments:
            spelled = style or Style.null()
            stream.feed(spelled.render(text, color_system=ColorSystem.TRUECOLOR) + "\x1b[0m")
    return look(screen)


@st.composite
def frames(draw: st.DrawFn) -> Frame:
    """Rows as wide as the screen, of runs in one style each; wide characters come whole."""
    rows: Frame = []
    for _ in range(HEIGHT):
        row, left = [], WIDTH
        while left:
            length = draw(st.integers(1, left))
            alphabet = draw(st.sampled_from(["ab", "a", " ", "─│⠿", "é·"]))
            text = draw(st.text(alphabet=alphabet, min_size=length, max_size=length))
            if length >= 2 and draw(st.booleans()):
                text = "字" + text[2:]
            row.append(Segment(text, draw(st.sampled_from(STYLES))))
            left -= length
        rows.append(row)
    return rows


@settings(max_examples=75)
@given(st.lists(frames(), min_size=1, max_size=5))
def test_the_terminal_shows_each_frame_as_if_it_had_been_written_in_full(film: list[Frame]) -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    screen, stream = a_terminal()
    for frame in film:
        stream.feed(painted.paint(pieces(frame)))
        assert look(screen) == shown(frame)


@settings(max_examples=30)
@given(frames())
def test_a_frame_that_is_there_already_costs_nothing(frame: Frame) -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    assert painted.paint(pieces(frame))
    assert painted.paint(pieces(frame)) == ""


def row(text: str, style: str = "") -> Frame:
    return [[Segment(text.ljust(WIDTH), Style.parse(style) if style else None)]]


def test_one_changed_cell_costs_one_move_and_one_character() -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    painted.paint(pieces(row("0.512")))
    assert painted.paint(pieces(row("0.517"))) == "\x1b[1;5H7"


def test_a_style_that_follows_another_is_written_as_the_difference() -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    two = [[Segment("a", Style.parse("#111111 on #222222")), Segment("b", Style.parse("#333333 on #222222"))]]
    assert painted.paint(pieces(two)) == "\x1b[1H\x1b[38;2;17;17;17;48;2;34;34;34ma\x1b[38;2;51;51;51mb\x1b[m"


def test_few_unchanged_cells_are_written_again_rather_than_stepped_over() -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    painted.paint(pieces(row("a23b567890c")))
    assert painted.paint(pieces(row("A23B567890C"))) == "\x1b[1HA23B\x1b[6CC"


def test_after_forgetting_and_after_a_new_size_everything_is_written_again() -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    first = painted.paint(pieces(row("abc")))
    painted.forget()
    assert painted.paint(pieces(row("abc"))) == first
    painted.resize(WIDTH, HEIGHT)
    assert painted.paint(pieces(row("abc"))) == "", "the same size is no news"
    painted.resize(WIDTH + 1, HEIGHT)
    assert painted.paint(pieces(row("abc"))) == first


def test_what_lies_outside_of_the_screen_is_left_out() -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(4, 1)
    outside = [(1, 0, [Segment("no")]), (-1, 0, [Segment("no")])]
    assert painted.paint([(0, 2, [Segment("abc")]), *outside]) == "\x1b[1;3Hab"


@given(st.text(max_size=WIDTH))
def test_no_control_character_of_a_text_reaches_the_terminal(text: str) -> None:
    painted = PaintedScreen(ColorSystem.TRUECOLOR)
    painted.resize(WIDTH, HEIGHT)
    written = painted.paint([(0, 0, [Segment(text)])])
    assert all(character.isprintable() or character == "\x1b" for character in written)
    assert all(part.startswith("[") or not part for part in written.split("\x1b")[1:])


def test_without_colours_attributes_are_all_there_is() -> None:
    painted = PaintedScreen(None)
    painted.resize(WIDTH, HEIGHT)
    bold = [[Segment("x", Style.parse("bold #ff0000 on #00ff00"))]]
    assert painted.paint(pieces(bold)) == "\x1b[1H\x1b[1mx\x1b[m"
