"""What decides last digits is settled before TensorFlow loads, recorded, and said where it changed."""

import os

import pytest

from tuilab.engine import numerics
from tuilab.errors import UsageError
from tuilab.machine.environment import OPERATIONS, THREADS
from tuilab.runs.journal.records import DeviceRecord, Started

VERSIONS = {
    "tensorflow": "2.21.0",
    "keras": "3.15.1",
    "numpy": "2.3.0",
    "python": "3.11.7",
    "tuilab": "0.1.0",
}
BEFORE = Started(pid=1, host="h", versions=VERSIONS, threads=2, environment={"TF_ENABLE_ONEDNN_OPTS": "1"})


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the functions set in the environment is put back; the machine's own setting does not matter."""
    for name in (THREADS, OPERATIONS, "TF_ENABLE_ONEDNN_OPTS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(numerics, "usable_cores", lambda: 3)


def now(**changed: object) -> Started:
    return BEFORE.model_copy(update={"pid": 2, **changed})


def notes(before: Started | None, after: Started) -> list[str]:
    return [note.text.partition(": ")[0] for note in numerics.differences(before, after)]


def test_a_run_that_begins_has_a_thread_for_each_core() -> None:
    assert numerics.settle(None) == 3
    assert (os.environ[THREADS], os.environ[OPERATIONS]) == ("3", "3")
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "1"


def test_a_run_that_goes_on_has_the_threads_that_it_began_with_whatever_cores_are_left() -> None:
    assert numerics.settle(BEFORE) == 2
    assert (os.environ[THREADS], os.environ[OPERATIONS]) == ("2", "3")


def test_what_a_person_says_is_done_and_a_number_that_was_not_recorded_is_no_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert numerics.settle(now(threads=None)) == 3
    monkeypatch.setenv(THREADS, "5")
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    assert numerics.settle(BEFORE) == 5
    assert os.environ["TF_ENABLE_ONEDNN_OPTS"] == "0"


def test_the_threads_of_a_machine_a_hundred_times_as_large_are_not_started_here() -> None:
    assert numerics.settle(now(threads=100_000)) == 3


def test_threads_that_tensorflow_dies_of_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(THREADS, "-1")
    with pytest.raises(UsageError, match=f"^{THREADS}=-1 in the environment is not allowed"):
        numerics.settle(BEFORE)


def test_nothing_is_said_of_what_is_as_it_was_or_was_not_recorded() -> None:
    assert notes(None, now()) == [] and notes(BEFORE, now()) == []
    assert notes(Started(pid=1, host="h", versions={}), now(threads=7)) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"threads": 1}, "the run began with 2 threads and continues with 1 thread"),
        (
            {"environment": {"TF_ENABLE_ONEDNN_OPTS": "0"}},
            "the run began with TF_ENABLE_ONEDNN_OPTS=1 and continues with TF_ENABLE_ONEDNN_OPTS=0",
        ),
        (
            {"environment": {"TF_ENABLE_ONEDNN_OPTS": "1", "XLA_FLAGS": "--x"}},
            "the run began with XLA_FLAGS unset and continues with XLA_FLAGS=--x",
        ),
        (
            {"versions": {**VERSIONS, "tensorflow": "2.22.0"}},
            "the run began with tensorflow 2.21.0 and continues with tensorflow 2.22.0",
        ),
    ],
    ids=["threads", "switch", "new switch", "version"],
)
def test_what_changed_is_said(changed: dict[str, object], said: str) -> None:
    assert notes(BEFORE, now(**changed)) == [said]
    (note,) = numerics.differences(BEFORE, now(**changed))
    assert note.text.endswith(
        "may differ in their last digits from those of a run that was never interrupted"
    )


def test_versions_that_compute_nothing_change_no_digit() -> None:
    assert notes(BEFORE, now(versions={**VERSIONS, "python": "3.12.0", "tuilab": "9"})) == []


def test_another_processor_is_said_and_fewer_cores_of_the_same_are_not() -> None:
    def device(name: str) -> DeviceRecord:
        return DeviceRecord(device="cpu", name=name, precision="float32", reason="asked for")

    two, one, other = device("AMD EPYC, 2 cores"), device("AMD EPYC, 1 cores"), device("Xeon, 2 cores")
    assert list(numerics.another_device(None, two)) == list(numerics.another_device(two, one)) == []
    (note,) = numerics.another_device(two, other)
    assert note.text.startswith("the run began with AMD EPYC and continues with Xeon: ")


def test_a_run_that_goes_on_compiled_otherwise_than_it_began_says_so() -> None:
    plain = DeviceRecord(device="gpu:0", name="Card 0", precision="float32", reason="the only GPU")
    compiled = plain.model_copy(update={"xla": True})
    (note,) = numerics.another_device(plain, compiled)
    assert note.text.startswith("the run began with plain steps and continues with steps compiled by XLA: ")
    assert numerics.devices_apart(compiled, plain) == "steps compiled by XLA, and not plain steps"
    assert numerics.devices_apart(compiled, compiled) == ""


def test_unusual_switches_are_those_that_are_not_set_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XLA_FLAGS", raising=False)
    numerics.settle(None)
    assert numerics.unusual_switches() == ""
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    monkeypatch.setenv("XLA_FLAGS", "--x")
    assert numerics.unusual_switches() == f"TF_ENABLE_ONEDNN_OPTS=0 XLA_FLAGS=--x {THREADS}=3"
