"""What a run says of itself: a device's line names what is unusual about how it computes, and that alone."""

import pytest
from records import CPU

from tuilab.cli.lines import describe


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, ""),
        ({"xla": True}, "; compiled by XLA"),
        ({"deterministic": False}, "; not repeatable to the last digit"),
        (
            {"xla": True, "deterministic": False},
            "; compiled by XLA; not repeatable to the last digit",
        ),
    ],
    ids=["as usual", "compiled", "not repeatable", "both"],
)
def test_a_devices_line_says_how_it_computes_where_that_is_not_as_usual(
    changed: dict[str, bool], said: str
) -> None:
    fact = describe(CPU.model_copy(update=changed))
    assert fact is not None
    assert (fact.label, fact.text) == ("device", f"{CPU.device}: {CPU.name}; {CPU.precision}{said}")
    assert fact.detail == CPU.reason
