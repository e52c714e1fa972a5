"""Pictured states of the looks at batch normalization, and what lies on the disk for them."""

from looked_into import answers, looking
from recorded_norms import measured, recorded
from snapshot_states import State

from tuilab.looks.catalogue import LOOKS, LookName
from tuilab.runs.answers import save


def _to(name: LookName) -> str:
    """Return the keys that lead from the first look to another."""
    place = [one.name for one in LOOKS].index(name)
    return " ".join(["tab"] * place)


def _recorded() -> None:
    save(recorded(), answers())


def _measured() -> None:
    save(measured(), answers())


NORM_STATES = {
    "look-norms": State(_recorded, looking(_to("norms"))),
    "look-statistics": State(_measured, looking(_to("statistics"))),
}
"""Pictured at both sizes, dark."""
