"""What stands in a look where there is no page: why, and what helps."""

from collections.abc import Callable

from tuilab.looks.catalogue import Look
from tuilab.tui.measurement import Measurement
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.look import lines as typeset
from tuilab.tui.screens.look.lines import Line, Words
from tuilab.tui.screens.look.reading import Found

GONE = "This run is gone: its folder was deleted."


def can_be_measured(look: Look, run: BookedRun | None, found: Found | None) -> bool:
    """Return whether what a look lacks can be computed from a run's trained model."""
    if run is None or found is None or not found.problem or look.measured is None:
        return False
    return run.summary.state == "done"


def instead(
    look: Look,
    run: BookedRun,
    found: Found | None,
    measurement: Measurement | None,
    key_of: Callable[[str], str],
    width: int,
) -> list[Line]:
    """Return the lines that stand in place of a page.

    Args:
        look: what was asked for.
        run: of which run.
        found: what came of it; None while it is worked out.
        measurement: that is under way, or ended in vain.
        key_of: the name of a binding's key.
        width: columns that there are.
    """
    tip = typeset.paragraph(look.tip, width, "title")
    if measurement is not None and not measurement.ended:
        doing = f"measuring from the trained model: {measurement.doing}…"
        return typeset.joined([tip, [(Words(doing, "muted"),)]])
    if found is None:
        return typeset.joined([tip, [(Words("reading…", "muted"),)]])
    parts = [tip, typeset.paragraph(sentence(found.problem), width, "problem")]
    if measurement is not None and measurement.problem:
        parts.append(typeset.paragraph(sentence(measurement.problem), width, "problem"))
    if run.trains:
        later = (
            "It fills up from epoch to epoch."
            if look.measured is None
            else "It comes when the run has ended; forgetting fills up from epoch to epoch."
        )
        parts.append(typeset.paragraph(later, width))
    elif can_be_measured(look, run, found):
        key = key_of("look.measure")
        words = f"{key}: compute it from the trained model, which takes seconds to minutes."
        parts.append(typeset.paragraph(words, width))
    return typeset.joined(parts)


def how_to_two(look: Look, marked: int, key_of: Callable[[str], str], width: int) -> list[Line]:
    """Return how to come to a look of two runs.

    Args:
        look: of two runs.
        marked: how many runs are marked.
        key_of: the name of a binding's key.
        width: columns that there are.
    """
    many = f" {marked} runs are marked; two at most." if marked > 2 else ""
    words = (
        f"This takes two runs: mark one in the results with {key_of('results.mark')}, go to another one, and "
        f"press {key_of('look.show')} there.{many}"
    )
    tip = typeset.paragraph(look.tip, width, "title")
    return typeset.joined([tip, typeset.paragraph(words, width)])


def sentence(problem: str) -> str:
    """Return a problem as a sentence of its own."""
    return f"{problem[:1].upper()}{problem[1:]}."
