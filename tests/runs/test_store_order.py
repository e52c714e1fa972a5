"""Runs stand in the order in which they were made, whatever their names say of the time."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from store_clock import NOON

from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.runs.store import create, find, folders, list_runs

EXPERIMENT = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd", momentum=0.9))


@pytest.fixture
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Go to another time zone."""

    def go(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield go
    monkeypatch.undo()
    time.tzset()


def test_latest_is_what_was_made_last_wherever_the_clock_said_what(
    clock: list[float], zone: Callable[[str], None]
) -> None:
    made = []
    for place, minute in (("Asia/Tokyo", 0), ("America/Los_Angeles", 5), ("UTC", 9), ("Asia/Tokyo", 20)):
        zone(place)
        clock[0] = NOON + 60 * minute
        made.append(create(EXPERIMENT, preset="bn"))
        assert find("latest") == made[-1]
    assert sorted(run.id for run in made) != [run.id for run in made], "the names say otherwise"
    assert list_runs() == made
    assert folders() == sorted(made, key=lambda run: run.id)


def test_so_it_is_where_the_clock_is_set_back_an_hour(
    clock: list[float], zone: Callable[[str], None]
) -> None:
    zone("Europe/Berlin")
    clock[0] = datetime(2026, 10, 25, 0, 59, tzinfo=UTC).timestamp()  # 02:59 in summer time
    first = create(EXPERIMENT, preset="bn")
    clock[0] += 120  # 02:01 in winter time
    second = create(EXPERIMENT, preset="bn")
    assert second.id < first.id
    assert list_runs() == [first, second] and find("latest") == second


def test_a_run_whose_manifest_does_not_tell_stands_where_its_name_says(clock: list[float]) -> None:
    runs = []
    for day in range(3):
        clock[0] = NOON + 24 * 3600 * day
        runs.append(create(EXPERIMENT, preset="bn"))
    (runs[1].folder / "run.json").write_text("{")
    assert list_runs() == runs


def not_again(*_: object, **__: object) -> None:
    raise AssertionError("it was read a second time")


def test_each_manifest_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [create(EXPERIMENT, preset="bn") for _ in range(3)]
    assert list_runs() == runs
    monkeypatch.setattr("tuilab.runs.creation_times.read_regular", not_again)
    assert list_runs() == runs
