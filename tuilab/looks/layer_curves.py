"""Curves of a network's layers over its epochs."""

from collections.abc import Callable, Iterable, Sequence

from tuilab.looks.page import PlotCurve

MOST = 7
"""Of a plot; of more layers some between the first and the last are left out."""


def curves(
    names: Sequence[str], values: Callable[[str], Iterable[tuple[int, float]]]
) -> tuple[PlotCurve, ...]:
    """Return a curve for each layer, for as many as a plot tells apart, the first and the last among them.

    Args:
        names: of the layers, in order.
        values: gives for a layer its epochs, and what is drawn.
    """
    return tuple(_curve(name, tuple(values(name))) for name in _spread_out(names))


def _curve(name: str, points: tuple[tuple[int, float], ...]) -> PlotCurve:
    return PlotCurve(name, tuple(float(epoch) for epoch, _ in points), tuple(value for _, value in points))


def _spread_out(names: Sequence[str]) -> list[str]:
    if len(names) <= MOST:
        return list(names)
    step = (len(names) - 1) / (MOST - 1)
    return [names[round(n * step)] for n in range(MOST)]
