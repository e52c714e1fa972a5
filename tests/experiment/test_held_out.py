"""The held-out part begins where Keras's ``validation_split`` has it begin."""

import pytest

from tuilab.experiment.held_out import held_out_from


@pytest.mark.parametrize(
    ("images", "begins"), [(0, 0), (1, 0), (4, 3), (5, 4), (1797, 1437), (50_000, 40_000)]
)
def test_the_last_fifth_is_held_out(images: int, begins: int) -> None:
    assert held_out_from(images) == begins
