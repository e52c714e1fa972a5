"""Numbers as people read them."""

import math

import pytest

from tuilab.results.number_text import number_text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [
        (None, 2, ""),
        (math.nan, 2, "NaN"),
        (math.inf, 2, "infinite"),
        (-math.inf, 2, "-infinite"),
        (0.005, 2, "0.01"),
        (0.36, 4, "0.3600"),
        (999_999.5, 3, "999999.500"),
        (1.1884e24, 3, "1.19e24"),
        (-2.5e9, 3, "-2.50e9"),
        (5_002_634, 0, "5002634"),
    ],
)
def test_a_number_is_as_long_as_it_needs_to_be(value: float | None, digits: int, text: str) -> None:
    assert number_text(value, digits) == text
