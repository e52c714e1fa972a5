"""The verdict in sentences, for each way in which a test can end."""

import numpy as np
import pytest

from tuilab.rate.curve import Place, Reading
from tuilab.rate.words import rate_text, sentences

EMPTY = np.array([])


def said(own: float = 0.001, ending: str = "diverged", **found: object) -> str:
    """Return the verdict on what was found."""
    reading = Reading(EMPTY, EMPTY, 0.01, **found)  # type: ignore[arg-type]
    return " ".join(sentences(reading, own, ending, 2.0, 10.0))  # type: ignore[arg-type]


STEEP, EDGE = Place(0.02, 1.5, 0.3), Place(0.1, 0.5)


def test_steepest_edge_and_suggestion_beside_what_it_has() -> None:
    assert said(steepest=STEEP, edge=EDGE, suggested=0.02) == (
        "Steepest at 0.02: there the loss falls by 0.3 while the rate doubles. "
        "The edge is at 0.1: beyond it the loss grows, and at 2 it has diverged. "
        "It suggests 0.02, the steepest place: 20 times larger than the present 0.001."
    )


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (0.02, "that is what it has now"),
        (0.03, "the present 0.03 is about that"),
        (0.2, "10 times smaller than the present 0.2"),
        (2e-6, "10,000 times larger than the present 2.0e-6"),
    ],
)
def test_the_present_rate_is_compared(own: float, words: str) -> None:
    assert words in said(own=own, steepest=STEEP, edge=EDGE, suggested=0.02)


def test_a_suggestion_says_where_it_comes_from() -> None:
    assert "a tenth of the edge, which is far behind" in said(
        steepest=STEEP, edge=Place(1.0, 0), suggested=0.1
    )
    assert "a quarter of the edge, which is close" in said(
        steepest=STEEP, edge=Place(0.04, 0), suggested=0.01
    )


def test_without_an_edge_the_end_is_said() -> None:
    assert "There is no edge up to 10" in said(ending="complete", steepest=STEEP, suggested=0.02)
    assert "Stopped at 2, before the loss grew." in said(ending="stopped", steepest=STEEP, suggested=0.02)


def test_a_loss_that_never_falls_suggests_nothing() -> None:
    words = said(ending="diverged", edge=EDGE)
    assert "The loss falls nowhere by more than its noise." in words
    assert "Nothing to suggest beside the present 0.001 but to stay well below the edge." in words


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.001, "0.001"), (0.00012, "0.00012"), (1e-5, "1.0e-5"), (0.25, "0.25"), (10.0, "10"), (1e4, "1.0e4")],
)
def test_a_rate_is_written_as_a_person_writes_it(rate: float, text: str) -> None:
    assert rate_text(rate) == text
