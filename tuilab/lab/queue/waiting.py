"""How it stands with a run that waits, as values: the same in every command's JSON and in every table."""

from typing import Any

from tuilab.lab.queue.standing import Standing

KEYS = ("position", "waits_for", "why", "held", "starts_by_itself")
"""``position`` counts from 1; ``waits_for`` is a run's id; ``why`` continues from the run's own id;
``starts_by_itself`` says whether it starts without anybody's doing, once what it waits for is over."""


def waiting_values(standing: Standing | None) -> dict[str, Any]:
    """Return ``KEYS`` and their values, JSON types only; all None for a run that does not wait.

    Args:
        standing: None if the run does not wait.
    """
    if standing is None:
        return dict.fromkeys(KEYS)
    values = (
        standing.place,
        standing.waits_for,
        standing.reason,
        standing.queued.entry.held,
        standing.moves,
    )
    return dict(zip(KEYS, values, strict=True))


def waiting_text(standing: Standing) -> str:
    """Return the same in words: ``number 2 of 5; it waits for RUN on cpu``."""
    return f"number {standing.place} of {standing.of}; it {standing.reason}"
