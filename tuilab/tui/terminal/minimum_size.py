"""How small a terminal can be."""

from textual.geometry import Size

SMALLEST = (60, 16)
"""Columns and rows below which nothing useful fits."""


def too_small(size: Size) -> bool:
    """Return whether all that a terminal of this size shows is a notice that it is too small."""
    return size.width < SMALLEST[0] or size.height < SMALLEST[1]


def notice(size: Size, leaves: str) -> str:
    """Return what a terminal that is too small shows.

    Args:
        size: the terminal's.
        leaves: the key that leaves the app.
    """
    return (
        f"tuilab needs a terminal of at least {SMALLEST[0]} by {SMALLEST[1]} characters; "
        f"this one is {size.width} by {size.height}. Enlarge it, or use a smaller font. "
        f"{leaves} quits; runs keep training."
    )
