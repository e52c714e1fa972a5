"""The lines above a look: the run, and the tabs."""

from textual.content import Content

from tuilab.looks.catalogue import LOOKS, Look
from tuilab.results.outcome import state_word
from tuilab.terminal import clean
from tuilab.tui.run_book import BookedRun


def title(run: BookedRun) -> Content:
    """Return what a run is called, and how it stands with it."""
    return Content.assemble(
        ("inside ", "$secondary"),
        (run.label, "bold"),
        (f"  {state_word(run.summary)}  {clean(run.id, limit=80)}", "$secondary"),
    )


def tabs(shown: Look, room: int) -> Content:
    """Return a tab for each look, as wide as there is room; where there is too little, those around it."""
    place = LOOKS.index(shown)
    parts = [
        Content.styled(f" {_digit(n)}{one.name} ", "bold reverse" if one is shown else "")
        for n, one in enumerate(LOOKS)
    ]
    first, last = place, place + 1
    while True:
        wider = [(first - 1, last), (first, last + 1)]
        fit = [
            (a, b)
            for a, b in wider
            if a >= 0 and b <= len(parts) and sum(p.cell_length for p in parts[a:b]) + 4 <= room
        ]
        if not fit:
            break
        first, last = min(fit, key=lambda ends: abs(ends[0] + ends[1] - 2 * place - 1))
    before, after = "< " if first else "", " >" if last < len(parts) else ""
    return Content("").join([Content(before), *parts[first:last], Content(after)])


def _digit(place: int) -> str:
    return f"{place + 1} " if place < 9 else ""
