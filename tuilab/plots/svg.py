"""Figures as an SVG picture: lines as lines, for a report or a slide."""

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tuilab.plots.cells import Role
from tuilab.plots.figure import Figure, Plotted
from tuilab.plots.scales import number

_WIDTH, _HEIGHT = 760, 300
"""Of one figure, in SVG's units."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 16, 40, 40
_CHARACTER = 7.2
"""Width of a character of the legend, about."""


def svg(figures: Sequence[Figure], colors: Mapping[Role, str], *, paper: str, ink: str, quiet: str) -> str:
    """Return figures one above the other.

    Args:
        figures: what to draw.
        colors: of each curve's role.
        paper, ink, quiet: colours of the ground, of titles, and of axes and their labels.
    """
    height = _HEIGHT * len(figures)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" font-family="monospace" font-size="12">',
        f'<rect width="100%" height="100%" fill="{paper}"/>',
    ]
    for place, figure in enumerate(figures):
        parts.append(f'<g transform="translate(0 {place * _HEIGHT})">')
        parts += _axes(figure, quiet)
        parts += [line for plotted in reversed(figure.curves) for line in _curve(figure, plotted, colors)]
        parts += _legend(figure, colors, ink, quiet)
        parts.append("</g>")
    return "\n".join([*parts, "</svg>", ""])


def _x(figure: Figure, value: float) -> float:
    low, high = figure.x
    return _LEFT + (value - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)


def _y(figure: Figure, value: float) -> float:
    low, high = figure.y
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)


def _text(x: float, y: float, text: str, color: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}"{more}>{escape(_allowed(text))}</text>'


def _allowed(text: str) -> str:
    """XML knows no control characters but tab and line ends, not even escaped."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _axes(figure: Figure, quiet: str) -> list[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    parts = [f'<path d="M{_LEFT} {_TOP}V{bottom}H{right}" fill="none" stroke="{quiet}" stroke-width="1"/>']
    for tick in figure.y_ticks(6):
        y = _y(figure, tick.at)
        parts.append(f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="{quiet}" stroke-opacity="0.2"/>')
        parts.append(_text(_LEFT - 8, y + 4, tick.label, quiet, ' text-anchor="end"'))
    for tick in figure.x_ticks(10 if figure.axis == "epoch" else 8):
        x = _x(figure, tick.at)
        parts.append(f'<path d="M{x:.1f} {bottom}v4" stroke="{quiet}"/>')
        parts.append(_text(x, bottom + 18, tick.label, quiet, ' text-anchor="middle"'))
    unit = figure.unit if figure.axis == "epoch" else "time"
    return [*parts, _text(8, bottom + 18, unit, quiet)]


def _curve(figure: Figure, plotted: Plotted, colors: Mapping[Role, str]) -> list[str]:
    color, curve, columns = colors[plotted.role], plotted.curve, _WIDTH - _LEFT - _RIGHT
    parts = []
    for xs, ys in curve.polylines(figure.x, columns, positive=figure.log):
        points = " ".join(_point(figure, x, y) for x, y in zip(xs, ys, strict=True))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.5"/>')
    if plotted.points:
        lines = curve.polylines(figure.x, columns, positive=figure.log, joined=False)
        for xs, ys in lines:
            parts += [_sign(figure, plotted.points, x, y, color) for x, y in zip(xs, ys, strict=True)]
    return parts


def _point(figure: Figure, x: float, y: float) -> str:
    return f"{_x(figure, x):.1f},{_y(figure, math.log10(y) if figure.log else y):.1f}"


def _sign(figure: Figure, sign: str, x: float, y: float, color: str) -> str:
    across, down = _point(figure, x, y).split(",")
    if sign.isalpha() and sign != "o":
        return _text(float(across), float(down) + 4, sign, color, ' text-anchor="middle" font-weight="bold"')
    return f'<circle cx="{across}" cy="{down}" r="3.5" fill="{color}"/>'


def _legend(figure: Figure, colors: Mapping[Role, str], ink: str, quiet: str) -> list[str]:
    parts = [_text(_LEFT, 22, figure.title, ink, ' font-weight="bold"')]
    x = _LEFT + (len(figure.title) + 3) * _CHARACTER
    for plotted in figure.curves:
        value = plotted.curve.last()
        latest = "-" if value is None else number(value, figure.digits)
        entry = f"{plotted.points or '—'} {plotted.label} {latest}"
        parts.append(_text(x, 22, entry, colors.get(plotted.role, quiet)))
        x += (len(entry) + 3) * _CHARACTER
    return parts
