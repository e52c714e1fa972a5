"""The states of the app that show what training changed, and shifted images."""

from looked_into import answers, looking
from snapshot_states import State
from tuned_runs import finished, measured

from tuilab.looks.catalogue import LOOKS, LookName
from tuilab.runs.answers import save


def _measured() -> None:
    save(measured(), answers())


def _not_measured() -> None:
    save(finished(), answers())


def _to(name: LookName) -> str:
    """Return the keys that lead from the first look to another."""
    place = [look.name for look in LOOKS].index(name)
    return " ".join(["tab"] * place)


TUNED_STATES = {
    "look-similarity": State(_measured, looking(_to("similarity"))),
    "look-shifts": State(_measured, looking(_to("shifts"))),
    "look-not-measured": State(_not_measured, looking(_to("shifts"))),
}
"""Pictured at both sizes, dark."""
