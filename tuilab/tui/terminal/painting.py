"""The screen as the terminal has it, so that only cells that changed are written to it.

Textual writes every span that a widget asked to repaint, styles spelled out in full. Over SSH
that is most of the cost of a live plot, so the app keeps a copy of what the terminal shows,
compares, and writes the differences: the shortest cursor move that this knows, and of a style
only what differs from the one before.
"""

import unicodedata
from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style

Look = tuple[str, str, str]
"""A style as SGR parameters: attributes, foreground, background; empty if it is the default."""
Cell = tuple[str, Look]
"""What one cell shows; the right half of a wide character is the empty string."""

_PLAIN: Look = ("", "", "")
_BLANK: Cell = (" ", _PLAIN)
_NOWHERE = (-1, -1)
_MOST_SEGMENTS = 4000
"""Segments whose cells are kept: some screens of text."""


class PaintedScreen:
    """A terminal's screen, and the shortest way from what it shows to what it should."""

    def __init__(self, color_system: ColorSystem | None) -> None:
        """Begin with a screen of which nothing is known.

        Args:
            color_system: the colours that the terminal has; None: none, and no attribute is lost.
        """
        self._colors = color_system
        self._rows: list[list[Cell | None]] = []
        self._size = (0, 0)
        self._looks: dict[Style | None, Look] = {}
        self._drawn: dict[tuple[str, Style | None], list[Cell]] = {}

    def forget(self) -> None:
        """Know nothing any more: the next paint writes every cell that it is given."""
        self._rows = [[None] * self._size[0] for _ in range(self._size[1])]

    def resize(self, width: int, height: int) -> None:
        """Take the terminal's size in cells; a new size forgets everything, since terminals reflow."""
        if (width, height) != self._size:
            self._size = (width, height)
            self.forget()

    def paint(self, pieces: Iterable[tuple[int, int, Iterable[Segment]]]) -> str:
        """Return what to write so that the terminal shows the pieces.

        Args:
            pieces: row, column (both from 0) and the segments that begin there. What lies outside
                of the screen is left out.

        Returns:
            Terminal sequences; the style is the default before and after. Empty if nothing changed.
        """
        width, height = self._size
        changed: dict[int, set[int]] = {}
        for y, x, segments in pieces:
            if not 0 <= y < height:
                continue
            row = self._rows[y]
            for text, style, control in segments:
                if control:
                    continue
                cells = self._cells(text, style)
                start, x = x, x + len(cells)
                if row[start:x] == cells and start >= 0:  # as most are: compared whole
                    continue
                for place, cell in enumerate(cells, start):
                    if 0 <= place < width and row[place] != cell:
                        row[place] = cell
                        changed.setdefault(y, set()).add(place)
        return self._encode(changed) if changed else ""

    def _cells(self, text: str, style: Style | None) -> list[Cell]:
        """Return the cells of a segment; the same list for the same segment, which is seldom drawn once."""
        cells = self._drawn.get((text, style))
        if cells is None:
            if len(self._drawn) >= _MOST_SEGMENTS:
                self._drawn.clear()
            cells = self._drawn[text, style] = _cells(text, self._look(style))
        return cells

    def _look(self, style: Style | None) -> Look:
        look = self._looks.get(style)
        if look is None:
            look = self._looks[style] = _PLAIN if style is None else _spell(style, self._colors)
        return look

    def _encode(self, changed: dict[int, set[int]]) -> str:
        out: list[str] = []
        look, at = _PLAIN, _NOWHERE
        for y in sorted(changed):
            row = self._rows[y]
            for x in sorted(changed[y]):
                text, wanted = row[x] or _BLANK
                if not text:  # the right half of a wide character comes with its left half
                    if at == (x, y) or x == 0:
                        continue
                    x -= 1
                    text, wanted = row[x] or _BLANK
                if at != (x, y):
                    out.append(_move(at, (x, y), row, look))
                if wanted != look:
                    out.append(_change(look, wanted))
                    look = wanted
                out.append(text)
                at = (x + (1 if text.isascii() else max(1, cell_len(text))), y)
        if look != _PLAIN:
            out.append("\x1b[m")
        return "".join(out)


def _cells(text: str, look: Look) -> list[Cell]:
    """Return what each cell of a text shows."""
    if text.isascii() and text.isprintable():
        return [(character, look) for character in text]
    cells: list[Cell] = []
    last = 0  # the place of the last character that has a cell, counted from the end
    for character in text:
        width = cell_len(character)
        if width:
            shown = character if character.isprintable() else " " if character.isspace() else "\ufffd"
            cells += [(shown, look), *[("", look)] * (width - 1)]
            last = -width
        elif last and unicodedata.combining(character):
            cells[last] = (cells[last][0] + character, look)
        # else a control character that slipped past tuilab.terminal: it has no cell
    return cells


def _move(at: tuple[int, int], to: tuple[int, int], row: Sequence[Cell | None], look: Look) -> str:
    """Return the shortest way from cell to cell: the characters between, a step right, or a full move."""
    (x, y), (to_x, to_y) = at, to
    if y == to_y and to_x - x > 0:
        between = row[x:to_x]
        if len(between) <= 4 and all(
            cell is not None and cell[0].isascii() and cell[0] and cell[1] == look for cell in between
        ):
            return "".join(cell[0] for cell in between if cell is not None)
        return "\x1b[C" if to_x - x == 1 else f"\x1b[{to_x - x}C"
    return f"\x1b[{to_y + 1};{to_x + 1}H" if to_x else f"\x1b[{to_y + 1}H"


def _spell(style: Style, colors: ColorSystem | None) -> Look:
    attributes = ";".join(code for name, code in _ATTRIBUTES if getattr(style, name))
    if colors is None:
        return attributes, "", ""
    ground = [
        ";".join(color.downgrade(colors).get_ansi_codes(foreground)) if color is not None else ""
        for color, foreground in ((style.color, True), (style.bgcolor, False))
    ]
    # the default colours, spelled out, are no colours
    return attributes, "" if ground[0] == "39" else ground[0], "" if ground[1] == "49" else ground[1]


_ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("strike", "9"),
)


def _change(before: Look, after: Look) -> str:
    """Return the sequence from one style to another: only what differs, where attributes stay."""
    if before[0] != after[0]:
        codes = ";".join(code for code in after if code)
        # attributes cannot be taken away one by one on every terminal: begin again
        return f"\x1b[0;{codes}m" if codes and before != _PLAIN else f"\x1b[{codes}m"
    codes = [
        new or default
        for old, new, default in ((before[1], after[1], "39"), (before[2], after[2], "49"))
        if old != new
    ]
    return f"\x1b[{';'.join(codes)}m"
