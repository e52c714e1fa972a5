"""Pictures that Rich draws, so that every viewer shows them alike, and nothing is fetched from elsewhere.

Rich counts on a font from the network and on ``textLength``. If a viewer has neither, cells of another
width move what stands right of them: so a font is named whose letters are a cell wide, leading spaces are
shifts, and braille, which few such fonts have, is drawn as dots.
"""

import html
import re

CELL, LINE = 12.2, 24.4
"""Width and height of a cell of Rich's, in pixels."""

SIZE = 20.26
"""Of the font: letters of DejaVu Sans Mono and Menlo are 0.602 of it wide, which is a cell."""

DOT = 2.6
"""Side of a dot of braille."""

_TEXT = re.compile(
    r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)" textLength="([\d.]+)" ([^>]*)>([^<]*)</text>'
)
_BRAILLE = re.compile("([\u2801-\u28ff]+)")
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
"""Column and row of the dot of each bit (Unicode, Braille Patterns)."""


def portable(svg: str, name: str) -> str:
    """Return a picture of Rich's that needs nothing of its viewer.

    Args:
        svg: as ``Console.export_svg`` or Textual's ``export_screenshot`` writes it.
        name: begins the names of its styles, which must differ between the pictures of a page.
    """
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace")
    svg = svg.replace("font-size: 20px", f"font-size: {SIZE}px")
    svg = re.sub(r"\bterminal-\d+-", f"{name}-", svg)
    svg = _TEXT.sub(_drawn, svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def _drawn(match: re.Match[str]) -> str:
    """Draw a text: words where they begin, braille as dots."""
    style, x, y, _, clip, shown = match.groups()
    text, left, top = html.unescape(shown).replace("\N{NO-BREAK SPACE}", " "), float(x), float(y) - 18.5
    if not text.strip():
        return match[0]
    drawn = []
    for part in _BRAILLE.split(text):
        words = part.strip(" ")
        if _BRAILLE.match(words):
            dots = "".join(_dots(ord(cell) & 0xFF, left + n * CELL, top) for n, cell in enumerate(words))
            drawn.append(f'<path class="{style}" {clip} d="{dots}"/>')
        elif words:
            start = left + (len(part) - len(part.lstrip(" "))) * CELL
            told = html.escape(words, quote=False).replace(" ", "&#160;")
            drawn.append(
                f'<text class="{style}" x="{start:g}" y="{y}" textLength="{len(words) * CELL:g}" '
                f"{clip}>{told}</text>"
            )
        left += len(part) * CELL
    return "".join(drawn)


def _dots(bits: int, left: float, top: float) -> str:
    """Return the path of a cell's dots, a square each."""
    path = ""
    for bit, (column, row) in enumerate(_DOTS):
        if bits >> bit & 1:
            x = left + (column + 0.5) * CELL / 2 - DOT / 2
            y = top + (row + 0.5) * LINE / 4 - DOT / 2
            path += f"M{x:.1f} {y:.1f}h{DOT}v{DOT}h-{DOT}z"
    return path
