"""A screen as text that can be read and compared: its rows, and below them which cells look how."""

from itertools import groupby

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.app import App


def page(app: App[int]) -> str:
    """Return the screen: each row's text, then each row's runs of looks, then the looks by their letters."""
    rows = _rows(app)
    looks: dict[str, str] = {}
    styled = []
    for number, row in enumerate(rows, start=1):
        runs = []
        for look, segments in groupby(row, key=lambda segment: _look(segment.style)):
            letter = looks.setdefault(look, _letter(len(looks)))
            runs.append(f"{letter}{sum(segment.cell_length for segment in segments)}")
        styled.append(f"{number:2} {' '.join(runs)}")
    text = ["".join(segment.text for segment in row).rstrip() for row in rows]
    legend = [f"{letter} {look}" for look, letter in looks.items()]
    return "\n".join([*text, "", *styled, "", *legend, ""])


def _rows(app: App[int]) -> list[list[Segment]]:
    width, height = app.size
    update = app.screen._compositor.render_update(
        full=True, screen_stack=app._background_screens, simplify=True
    )
    assert update is not None
    console = Console(width=width, height=height, color_system="truecolor", legacy_windows=False)
    segments = (segment for segment in console.render(update) if not segment.control)
    return [row for row in Segment.split_lines(segments) if row][:height]


def _look(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [
        name for name in ("bold", "dim", "italic", "underline", "reverse", "strike") if getattr(style, name)
    ]
    colors = [color.name if color else "default" for color in (style.color, style.bgcolor)]
    return " ".join([f"{colors[0]} on {colors[1]}", *words])


def _letter(number: int) -> str:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[number] if number < 26 else _letter(number // 26 - 1) + letters[number % 26]
