"""The order of the queue: parents before the runs that start from them, else as people arranged it.

So it is with a run and those that share its training.
"""

from collections.abc import Sequence

from tuilab.runs.queue.entry import Queued


def arranged(queue: Sequence[Queued]) -> list[Queued]:
    """Return runs that wait in the order in which they are considered.

    One whose parent waits as well comes right when that has come. Those that wait for each other in a circle
    (somebody wrote that into the files) come last; none is left out.
    """
    rest = sorted(queue, key=lambda one: (one.entry.order, one.id))
    ids = {one.id for one in rest}
    done: set[str] = set()
    found: list[Queued] = []
    while rest:
        waiting = ids - done
        ready = (one for one in rest if waiting.isdisjoint(one.entry.waits_for))
        one = next(ready, rest[0])
        rest.remove(one)
        done.add(one.id)
        found.append(one)
    return found


def moved(queue: Sequence[Queued], run_id: str, place: int) -> dict[str, float]:
    """Return the places to write so that a run comes to stand at ``place`` (from 1) of the arranged queue.

    As few as can be: the run's own, or all of them if there is no number left between its neighbours.
    """
    others = [one for one in arranged(queue) if one.id != run_id]
    at = min(max(place - 1, 0), len(others))
    before, after = others[:at], others[at:]
    low = max((one.entry.order for one in before), default=None)
    high = min((one.entry.order for one in after), default=None)
    if low is None and high is None:
        return {}
    if low is None and high is not None:
        middle = high - 1
    elif high is None and low is not None:
        middle = low + 1
    else:
        assert low is not None and high is not None
        middle = (low + high) / 2
    fits = (low is None or low < middle) and (high is None or middle < high)
    if fits:
        return {run_id: middle}
    ids = [*(one.id for one in before), run_id, *(one.id for one in after)]
    return {one: float(n) for n, one in enumerate(ids, start=1)}


def descendants(queue: Sequence[Queued], run_id: str) -> list[Queued]:
    """Return the runs that wait for a run, and for those, in the order of the queue."""
    ids = {run_id}
    found = []
    for one in arranged(queue):
        if one.entry.after in ids and one.id != run_id:
            ids.add(one.id)
            found.append(one)
    return found
