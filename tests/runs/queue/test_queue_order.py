"""The order of the queue: parents first, no run lost, whatever is moved where."""

import math

from hypothesis import given
from hypothesis import strategies as st

from tuilab.files import paths
from tuilab.runs.queue.entry import Entry, Queued
from tuilab.runs.queue.order import arranged, descendants, moved
from tuilab.runs.run import Run


def run_id(number: int) -> str:
    return f"20261101-120000-run-{number}"


def queued(number: int, order: float, after: int | None = None) -> Queued:
    parent = None if after is None else run_id(after)
    return Queued(Run(paths.runs() / run_id(number)), Entry(order=order, after=parent))


@st.composite
def queues(draw: st.DrawFn) -> list[Queued]:
    """Queues whose runs may wait for earlier ones, for later ones, for others, even in a circle."""
    count = draw(st.integers(0, 8))
    orders = st.floats(-5, 5, allow_nan=False)
    parents = st.none() | st.integers(0, 9)
    return [queued(n, draw(orders), draw(parents)) for n in range(count)]


def circular(queue: list[Queued]) -> bool:
    parents = {one.id: one.entry.after for one in queue}
    for start in parents:
        at, steps = parents.get(start), 0
        while at in parents and steps <= len(parents):
            at, steps = parents[at], steps + 1
        if steps > len(parents):
            return True
    return False


@given(queues())
def test_none_is_lost_and_parents_come_first(queue: list[Queued]) -> None:
    ids = [one.id for one in arranged(queue)]
    assert sorted(ids) == sorted(one.id for one in queue)
    if not circular(queue):
        for one in queue:
            if one.entry.after in ids:
                assert ids.index(str(one.entry.after)) < ids.index(one.id)


def test_a_run_comes_behind_the_one_whose_training_it_shares_and_is_not_of_its_kin() -> None:
    sharer = Queued(Run(paths.runs() / run_id(1)), Entry(order=0, shares=run_id(2)))
    both = Queued(Run(paths.runs() / run_id(3)), Entry(order=1, after=run_id(1), shares=run_id(2)))
    queue = [sharer, queued(2, 5), both]
    assert [one.id for one in arranged(queue)] == [run_id(2), run_id(1), run_id(3)]
    assert descendants(queue, run_id(2)) == []


@given(queues())
def test_without_parents_it_is_the_order_that_people_made(queue: list[Queued]) -> None:
    alone = [Queued(one.run, one.entry.changed(after=None)) for one in queue]
    assert [one.entry.order for one in arranged(alone)] == sorted(one.entry.order for one in queue)


@given(queues(), st.data())
def test_a_moved_run_comes_to_its_place_and_the_others_keep_their_order(
    queue: list[Queued], data: st.DataObject
) -> None:
    queue = [Queued(one.run, one.entry.changed(after=None)) for one in queue]
    if not queue:
        return
    one = data.draw(st.sampled_from(queue))
    place = data.draw(st.integers(1, len(queue) + 2))
    orders = moved(queue, one.id, place)
    assert all(map(math.isfinite, orders.values()))
    before = [other.id for other in arranged(queue) if other.id != one.id]
    after = [
        Queued(other.run, other.entry.changed(order=orders.get(other.id, other.entry.order)))
        for other in queue
    ]
    ids = [other.id for other in arranged(after)]
    assert [other for other in ids if other != one.id] == before
    assert ids.index(one.id) == min(place, len(queue)) - 1


def test_what_waits_for_a_run_and_for_those() -> None:
    queue = [queued(0, 1), queued(1, 2, after=0), queued(2, 3), queued(3, 4, after=1)]
    assert [one.id for one in descendants(queue, run_id(0))] == [run_id(1), run_id(3)]
    assert descendants(queue, run_id(2)) == []
