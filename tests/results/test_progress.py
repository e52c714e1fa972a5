"""How far a run is, in words that fit one epoch as well as many."""

import pytest

from tuilab.results.progress import after_text, count_text, whole_epochs_text


def test_epochs_are_counted_of_all_that_were_planned() -> None:
    assert [count_text(3, 5), count_text(5, 5)] == ["3 of 5 epochs", "5 of 5 epochs"]
    assert [count_text(0, 1), count_text(1, 1)] == ["0 of 1 epoch", "1 of 1 epoch"]
    assert [whole_epochs_text(count) for count in (0, 1, 2)] == [
        "0 whole epochs",
        "1 whole epoch",
        "2 whole epochs",
    ]


@pytest.mark.parametrize(
    ("done", "planned", "words"),
    [
        (0, 1, "after 0 of 1 epoch"),
        (1, 1, "after its only epoch"),
        (0, 5, "after 0 of 5 epochs"),
        (4, 5, "after 4 of 5 epochs"),
        (5, 5, "after all 5 epochs"),
        (0, 0, "before it was tested"),
    ],
)
def test_a_run_that_stopped_before_its_test_may_have_trained_every_epoch(
    done: int, planned: int, words: str
) -> None:
    assert after_text(done, planned) == words
