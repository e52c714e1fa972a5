"""Pictures of a look as lines, or what stands in their place."""

from tuilab.looks.page import LookedAt
from tuilab.tui.screens.look import lines as typeset
from tuilab.tui.screens.look.lines import Line, Words
from tuilab.tui.screens.look.reading import Drawing, Reading


def picture_lines(reading: Reading, drawing: Drawing, looked: LookedAt) -> list[Line]:
    """Return the lines; has the pictures drawn where they are not.

    Args:
        reading: draws them.
        drawing: which, and how.
        looked: the run whose images they are.
    """
    drawn = reading.drawn(drawing)
    if drawn is None:
        reading.draw(drawing, looked)
        return [(Words("reading the images…", "muted"),)]
    if drawn.problem:
        return typeset.paragraph(f"The pictures are not drawn: {drawn.problem}.", drawing.width, "problem")
    parts: list[list[Line]] = []
    for gallery, found in zip(drawing.galleries, drawn.galleries, strict=True):
        parts.append([*typeset.paragraph(gallery.title, drawing.width, "title"), *found])
    return typeset.joined(parts)
