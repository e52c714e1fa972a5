"""Markdown as lines of a given width: a few pieces of text a line, each with the names of its looks.

Textual's own Markdown makes a widget of every block; a lesson has a hundred, and a person pages through
them. This one needs a few milliseconds, and draws nothing: ``lesson_view`` gives the looks their colours.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from rich.cells import cell_len

from tuilab.terminal import clean
from tuilab.tui.panes.lesson.ascii import tokens_shown
from tuilab.tui.panes.lesson.wrapping import Line, Piece, folded, joined, wrap

LOOKS = (
    "heading",
    "strong",
    "emphasis",
    "code",
    "block",
    "comment",
    "value",
    "muted",
    "link",
    "changed",
    "right",
    "wrong",
)
"""What a piece can be. ``block`` is a block of code: its pieces fill the line to its end."""

_NARROWEST = 8
"""Cells below which nothing is made narrower: nested lists in a tiny window are cut off instead."""
_BAR = "│ "
_BULLETS = ("▪", "–", "·")
_PARSER = MarkdownIt("commonmark", {"html": False, "maxNesting": 100}).enable("table")
_PYTHON = re.compile(
    r"(?P<comment>#.*)|(?P<value>\"[^\"]*\"|'[^']*'|\b(?:\d[\d_.]*(?:e[+-]?\d+)?|True|False|None)\b)"
)


def typeset(markdown: str, width: int, *, ascii_only: bool = False) -> list[Line]:
    """Return Markdown (CommonMark and tables) as lines.

    Args:
        markdown: text from anywhere; what it hides behind entities is made visible.
        width: cells of a line, at least 1. Only what cannot be divided is longer.
        ascii_only: put formulas into words, for a terminal without Unicode.
    """
    tokens = tokens_shown(_PARSER.parse(markdown), ascii_only=ascii_only)
    return _blocks(SyntaxTreeNode(tokens).children, width, 0)


def code_block(code: str, width: int, *, python: bool = False) -> list[Line]:
    """Return code behind a bar; what is too long continues below, four columns further in.

    Args:
        code: its lines.
        width: cells of a line.
        python: show comments and values as such.
    """
    lines: list[Line] = []
    for text in code.split("\n"):
        parts = folded(text, max(width - len(_BAR), _NARROWEST))
        lines += [((_BAR, "block muted"), *_colored(part, python)) for part in parts]
    return lines


def indented(lines: Iterable[Line], first: Piece, rest: str | None = None) -> list[Line]:
    """Put ``first`` before the first line and as much blank space, or ``rest``, before the others."""
    blank = (" " * cell_len(first[0]) if rest is None else rest, first[1] if rest is not None else "")
    return [(blank if number else first, *line) for number, line in enumerate(lines)]


def _blocks(nodes: Sequence[SyntaxTreeNode], width: int, depth: int, *, tight: bool = False) -> list[Line]:
    lines: list[Line] = []
    for node in nodes:
        block = _block(node, max(width, _NARROWEST), depth)
        if lines and block and not tight:
            lines.append(())
        lines += block
    return lines


def _block(node: SyntaxTreeNode, width: int, depth: int) -> list[Line]:
    match node.type:
        case "heading":
            looks = "heading" if node.tag in {"h1", "h2"} else "strong"
            return wrap(_inline(node.children, looks), width)
        case "fence" | "code_block":
            return code_block(
                clean(node.content.rstrip("\n"), lines=True), width, python=node.info.strip() == "python"
            )
        case "bullet_list" | "ordered_list":
            return _list(node, width, depth)
        case "blockquote":
            inner = _blocks(node.children, width - len(_BAR), depth)
            return indented(inner, (_BAR, "muted"), _BAR)
        case "table":
            return _table(node, width)
        case "hr":
            return [(("─" * width, "muted"),)]
        case _ if node.children:
            return wrap(_inline(node.children), width)
        case _:
            return wrap([(clean(node.content, lines=True), "")], width)


def _list(node: SyntaxTreeNode, width: int, depth: int) -> list[Line]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    tight = all(
        child.hidden for item in node.children for child in item.children if child.type == "paragraph"
    )
    last = "" if first is None else f"{first + len(node.children) - 1}."
    lines: list[Line] = []
    for number, item in enumerate(node.children):
        sign = (
            _BULLETS[min(depth, len(_BULLETS) - 1)]
            if first is None
            else f"{first + number}.".rjust(len(last))
        )
        inner = _blocks(item.children, width - len(sign) - 1, depth + 1, tight=tight) or [()]
        if lines and not tight:
            lines.append(())
        lines += indented(inner, (f"{sign} ", "muted"))
    return lines


def _inline(nodes: Sequence[SyntaxTreeNode], looks: str = "") -> Iterator[Piece]:
    for node in nodes:
        match node.type:
            case "inline":
                yield from _inline(node.children, looks)
            case "strong":
                yield from _inline(node.children, f"{looks} strong".strip())
            case "em":
                yield from _inline(node.children, f"{looks} emphasis".strip())
            case "link":
                yield from _inline(node.children, f"{looks} link".strip())
                address = clean(str(node.attrs.get("href", "")))
                if address not in "".join(text for text, _ in _inline(node.children)):
                    yield f" ({address})", f"{looks} muted".strip()
            case "code_inline":
                yield clean(node.content), f"{looks} code".strip()
            case "softbreak":
                yield " ", looks
            case "hardbreak":
                yield "\n", looks
            case "image":
                yield f"[{clean(node.content)}]", f"{looks} muted".strip()
            case _:
                yield clean(node.content), looks


def _table(node: SyntaxTreeNode, width: int) -> list[Line]:
    rows = [
        [list(_inline(cell.children)) for cell in row.children]
        for part in node.children
        for row in part.children
    ]
    texts = [["".join(text for text, _ in cell) for cell in row] for row in rows]
    columns = range(len(rows[0]))
    natural = [max(cell_len(row[column]) for row in texts) for column in columns]
    least = [
        max(cell_len(word) for row in texts for word in [*row[column].split(), ""]) for column in columns
    ]
    widths = _shared(natural, least, width - 3 * (len(natural) - 1))
    lines: list[Line] = []
    for number, row in enumerate(rows):
        looks = "strong" if number == 0 else ""
        cells = [
            wrap([(text, f"{own} {looks}".strip()) for text, own in cell], size)
            for cell, size in zip(row, widths, strict=True)
        ]
        for height in range(max(map(len, cells))):
            lines.append(_row([cell[height] if height < len(cell) else () for cell in cells], widths))
        if number == 0:
            lines.append((("─┼─".join("─" * size for size in widths), "muted"),))
    return lines


def _row(cells: Sequence[Line], widths: Sequence[int]) -> Line:
    pieces: list[Piece] = []
    for number, (cell, size) in enumerate(zip(cells, widths, strict=True)):
        if number:
            pieces.append((" │ ", "muted"))
        used = sum(cell_len(text) for text, _ in cell)
        pieces += [*cell, (" " * (size - used), "")]
    return joined(pieces)


def _shared(natural: Sequence[int], least: Sequence[int], room: int) -> list[int]:
    """Return the columns' widths: natural ones, else the widest shrink, at first to their longest words."""
    widths = list(natural)
    for floor in (least, [1] * len(natural)):
        while sum(widths) > room and any(width > low for width, low in zip(widths, floor, strict=True)):
            widest = max(range(len(widths)), key=lambda n: widths[n] if widths[n] > floor[n] else 0)
            widths[widest] -= 1
    return widths


def _colored(text: str, python: bool) -> Iterator[Piece]:
    at = 0
    for found in _PYTHON.finditer(text) if python else ():
        if found.start() > at:
            yield text[at : found.start()], "block"
        yield found[0], f"block {found.lastgroup}"
        at = found.end()
    yield text[at:], "block"
