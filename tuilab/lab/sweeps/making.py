"""The trials that a study should have: made with it, and by whoever works on it where some are missing."""

from collections.abc import Sequence

from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.search import points_of
from tuilab.lab.sweeps.slips import Slip
from tuilab.sweeps.board import same_point
from tuilab.sweeps.points import own_point

PRESET = "preset"
"""The place of the preset's own trial."""


def complete(ledger: Ledger, slips: Sequence[Slip]) -> bool:
    """Add the trials that a study lacks: known points, and the preset's own where it is none of them.

    Returns:
        Whether any were missing: the process that made the study was killed meanwhile.

    Raises:
        StorageLostError: the storage cannot be reached.
    """
    spec, there, added = ledger.spec, {slip.place for slip in slips}, False
    own = own_point(spec)
    own_is_tried = PRESET in there or any(
        same_point(slip.point, own) for slip in slips if slip.origin != "confirm"
    )
    if sum(slip.origin == "search" for slip in slips) < spec.points:
        for n, point in enumerate(points_of(spec) or ()):
            if f"p{n}" not in there:
                ledger.add(f"p{n}", point, "search", spec.seeds)
                added = True
            own_is_tried = own_is_tried or same_point(point, own)
    if not own_is_tried:
        ledger.add(PRESET, own, "preset", spec.seeds)
        added = True
    return added
