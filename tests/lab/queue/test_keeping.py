"""A worker stands by while a run is expected, and is replaced once the run that took it has begun well."""

from collections.abc import Iterator

import pytest
from finished_runs import write
from records import epoch
from small_runs import small_run

from tuilab import config
from tuilab.lab.queue import keeping
from tuilab.lab.queue.keeping import SETTLED_SECONDS, Keeping
from tuilab.runs.journal.records import Started
from tuilab.runs.worker.lease import Lease


class Kept:
    """Stands for a keeper that starts no process."""

    def __init__(self) -> None:
        self.pid: int | None = None
        made.append(self)

    def start(self, variables: dict[str, str]) -> None:
        self.pid, self.variables = 1, variables

    def close(self) -> None:
        self.pid = None


made: list[Kept] = []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Time that stands still, and keepers that are counted."""
    now = [0.0]
    monkeypatch.setattr(keeping.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(keeping, "Standby", Kept)
    made.clear()
    yield now


def test_one_waits_while_a_run_is_expected_with_what_that_will_find(clock: list[float]) -> None:
    kept = Keeping()
    kept.look([], {"TF_X": "1"})
    assert made[-1].pid and made[-1].variables == {"TF_X": "1"}
    kept.look([], None)
    assert made[0].pid is None
    kept.look([], {})
    assert len(made) == 2 and made[-1].pid, "one that was not wanted any more is started again"


def test_the_next_one_loads_once_the_run_at_work_has_finished_an_epoch(clock: list[float]) -> None:
    run, kept = small_run(), Keeping()
    kept.look([run.id], {})
    assert made[-1].pid is None
    write(run, [Started(pid=1, host="h", versions={}), epoch(1)])
    run.lease.write_text(Lease.own().text())
    kept.look([run.id], {})
    assert made[-1].pid


def test_or_has_been_at_work_for_long(clock: list[float]) -> None:
    run, kept = small_run(), Keeping()
    write(run, [Started(pid=1, host="h", versions={})])
    run.lease.write_text(Lease.own().text())
    kept.look([run.id], {})
    clock[0] += SETTLED_SECONDS - 1
    kept.look([run.id], {})
    assert made[-1].pid is None
    clock[0] += 1
    kept.look([run.id], {})
    assert made[-1].pid


def test_a_person_can_switch_it_off(clock: list[float]) -> None:
    place = config.file()
    place.parent.mkdir(parents=True)
    place.write_text("[queue]\nstandby = false\n")
    Keeping().look([], {})
    assert made[-1].pid is None
