"""Changes of the queue: a run is taken once, dropped whole, and what is written survives damage."""

from pathlib import Path

import pytest
from small_runs import small_run

from tuilab.errors import UsageError
from tuilab.runs import store
from tuilab.runs.index import read_all
from tuilab.runs.queue import changes
from tuilab.runs.queue import entry as entries
from tuilab.runs.queue.entry import LARGEST, Entry, asked_here, is_queued, path_of
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize


def queued(order: float = 1.0, after: Run | None = None, *, new: bool = True) -> Run:
    run = small_run()
    changes.put(run, Entry(order=order, after=after.id if after else None, new=new, **asked_here()))
    return run


def test_an_entry_is_read_as_it_was_written_and_is_private() -> None:
    run = queued(2.5)
    entry = entries.read(run)
    assert entry is not None and entry.order == 2.5 and entry.host and not entry.held
    assert path_of(run).stat().st_mode & 0o777 == 0o600
    assert summarize(run).state == "queued"
    assert [one.state for one, _ in read_all([run])[0]] == ["queued"]


def test_one_worker_takes_a_run_and_a_second_does_not() -> None:
    run = queued()
    assert changes.take(run) and not changes.take(run)
    assert not is_queued(run) and summarize(run).state == "waiting"


def test_a_held_run_is_not_taken() -> None:
    run = queued()
    changes.edit(run, lambda old: old.changed(held=True))
    assert not changes.take(run) and is_queued(run)


def test_dropping_a_new_run_deletes_it_and_what_waits_for_it() -> None:
    parent, other = queued(1), queued(2)
    child = queued(3, parent)
    grandchild = queued(4, child)
    assert changes.drop(parent) == [child, grandchild]
    assert store.list_runs() == [other]
    with pytest.raises(UsageError, match="is not in the queue"):
        changes.drop(small_run())


def test_dropping_a_run_that_was_to_go_on_keeps_it_and_its_children() -> None:
    run = queued(1, new=False)
    child = queued(2, run)
    assert changes.drop(run) == []
    assert run.folder.is_dir() and not is_queued(run) and is_queued(child)


def test_dropping_a_run_keeps_those_that_share_its_training() -> None:
    leader = queued(1)
    sharer = small_run()
    changes.put(sharer, Entry(order=2, shares=leader.id))
    assert changes.drop(leader) == []
    assert not leader.folder.exists() and is_queued(sharer)


DAMAGED = ["", "{", '{"order": "x"}', '{"version": 2}', '{"after": "../x"}', "[]", "x" * LARGEST * 2]


@pytest.mark.parametrize("text", DAMAGED, ids=lambda text: text[:20])
def test_a_damaged_entry_is_told_and_never_starts(text: str) -> None:
    run, other = queued(1), queued(2)
    path_of(run).write_text(text)
    with pytest.raises(UsageError, match=f"tuilab queue drop {run.id}"):
        entries.read(run)
    first = next(one for one in changes.queue() if one.id == run.id)
    assert (first.damage and first.entry.held and "later version" in first.damage) or "version" not in text
    assert not changes.take(run)
    assert changes.drop(run) == [] and [one.id for one in changes.queue()] == [other.id]


def test_a_link_is_no_entry(tmp_path: Path) -> None:
    run = small_run()
    (tmp_path / "elsewhere").write_text("{}")
    path_of(run).symlink_to(tmp_path / "elsewhere")
    assert changes.queue()[0].damage


def test_variables_that_decide_digits_and_devices_are_kept_and_no_others() -> None:
    kept = {"CUDA_VISIBLE_DEVICES": "1", "OMP_NUM_THREADS": "2"}
    told = asked_here({**kept, "SECRET": "x", "TF_LONG": "y" * 5000})
    assert told["environment"] == kept


def test_moving_says_where_it_came_to_stand() -> None:
    parent = queued(1)
    child, third = queued(2, parent), queued(3)
    assert changes.move(third, 1) == 1
    assert changes.move(child, 1) == 3, "right behind the run that it starts from"
    assert [one.id for one in changes.queue()] == [third.id, parent.id, child.id]
    assert changes.move(third, 99) == 3
