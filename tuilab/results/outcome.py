"""How a run ended, in the words that all tables, commands and dialogs share."""

from typing import Literal

from tuilab.results.number_text import measured_text
from tuilab.runs.journal.records import DIVERGED
from tuilab.runs.metrics import ACCURACY
from tuilab.runs.state import State
from tuilab.runs.summary import Summary


def diverged(summary: Summary) -> bool:
    """Return whether a run failed because its numbers were no longer finite."""
    return summary.state == "failed" and summary.reason.startswith(DIVERGED)


def reason_text(summary: Summary) -> str:
    """Return why a run ended, without what ``state_word`` says already; text from outside."""
    reason = summary.reason
    return reason.removeprefix(f"{DIVERGED}: ") if diverged(summary) else reason


def epochs_text(summary: Summary) -> str:
    """Return the epochs that a run trained itself: ``20 epochs``, ``epochs 16 to 20`` of a fork, and ``no
    epochs`` of one that was done without."""
    before, last = summary.manifest.forked_at or 0, len(summary.epochs)
    own = max(last - before, 0)
    if before and own:
        return f"epochs {before + 1} to {last}" if own > 1 else f"epoch {last}"
    if summary.state == "done" and not last:
        return "no epochs"
    return f"{own} epoch{'' if own == 1 else 's'}"


EndState = State | Literal["diverged"]
"""A run's state, in the one word that tells a person most."""


def state_word(summary: Summary) -> EndState:
    """Return a run's state for a person: ``diverged`` where it failed for that."""
    return "diverged" if diverged(summary) else summary.state


def tested_text(summary: Summary) -> str:
    """Return what the test came to, in the one number that tells most; nothing before it."""
    tested = summary.evaluated
    return f"test {ACCURACY.title} {measured_text(ACCURACY, tested.value(ACCURACY.test))}" if tested else ""
