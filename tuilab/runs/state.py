"""The state of a run, worked out here alone: from what its journal says and what is known of its worker."""

from dataclasses import dataclass
from typing import Literal, assert_never

from tuilab.runs.worker.lease import Liveness

State = Literal["queued", "waiting", "running", "done", "stopped", "failed", "interrupted", "unreachable"]

Recorded = Literal["waiting", "running", "done", "stopped", "failed"]
"""What a journal says by itself: ``waiting`` before its first record."""

RESUMABLE = frozenset[State]({"stopped", "failed", "interrupted"})
"""States from which a run can be resumed."""
UNDER_WAY = frozenset[State]({"waiting", "running"})
"""States in which a worker is at work or about to be."""


@dataclass(frozen=True)
class Worker:
    """What is known of a run's worker beside what it wrote; it holds until the journal says more.

    Attributes:
        liveness: whether it works: ``dead`` also where nothing more can be read of what it writes.
        reason: why it is dead or cannot be reached; text from outside.
        queued: whether the run waits in the queue for one.
        restarted: whether it was started on a run that had ended, and has written nothing yet.
        seq: the number of the journal's last entry when this was found out.
    """

    liveness: Liveness = "alive"
    reason: str = ""
    queued: bool = False
    restarted: bool = False
    seq: int = -1


AT_WORK = Worker()
"""A worker about which nothing is known but what it writes."""


def state(recorded: Recorded, worker: Worker) -> State:
    """Return the state of a run; what its journal says of its end holds, unless it was started again."""
    if worker.queued and recorded != "done":
        return "queued"
    if worker.restarted:
        recorded = "waiting"
    match recorded:
        case "done" | "stopped" | "failed":
            return recorded
        case "waiting" | "running":
            match worker.liveness:
                case "dead":
                    return "interrupted"
                case "unreachable":
                    return "unreachable"
                case "alive" | "none":
                    return recorded
                case _:
                    assert_never(worker.liveness)
        case _:
            assert_never(recorded)
