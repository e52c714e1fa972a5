"""Epochs that the index holds are the same as those of the journal, whenever they are decoded."""

import math

import pytest
from pydantic import ValidationError
from records import epoch

from tuilab.runs.stored_epochs import StoredEpochs, encode


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_they_are_what_was_stored(count: int) -> None:
    epochs = [epoch(number) for number in range(1, count + 1)]
    stored = StoredEpochs(encode(epochs))
    assert len(stored) == count and bool(stored) is bool(count)
    assert stored[-1:] == epochs[-1:]
    assert stored == epochs and epochs == stored and stored == tuple(epochs)
    assert list(stored) == epochs and stored[: count // 2] == epochs[: count // 2]
    if epochs:
        assert stored[-1] == epochs[-1] and stored[0] == epochs[0]


def test_numbers_that_are_not_finite_come_back() -> None:
    bad = epoch(1).model_copy(update={"cross_entropy": math.nan, "penalty": math.inf})
    (back,) = StoredEpochs(encode([bad]))
    assert math.isnan(back.cross_entropy) and back.penalty == math.inf


def test_what_is_no_epoch_is_refused_at_once() -> None:
    with pytest.raises(ValidationError):
        StoredEpochs(b"{}")
