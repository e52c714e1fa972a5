"""What the two processes print is read as it is meant, and a failure is a sentence."""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import records
from passages import bn_job

from tuilab.bench import ways
from tuilab.bench.child import Line
from tuilab.bench.job import Job
from tuilab.errors import RunError
from tuilab.runs.journal.records import (
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Phase,
    Record,
    Started,
)

VERSIONS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.6", "tuilab": "0.1.0"}


def epoch(number: int) -> Epoch:
    return records.epoch(number, val_cross_entropy=1.1, seconds=2.0 + number)


def one_run() -> Sequence[Record]:
    data: dict[str, Any] = {"name": "d", "source": "s", "digest": "", "classes": ["0", "1"]}
    data |= {"training_images": 80, "validation_images": 20, "test_images": 30}
    return [
        Started(pid=1, host="h", versions=VERSIONS),
        DatasetRecord(**data),
        DeviceRecord(device="cpu", name="a processor", precision="float32", reason="r"),
        epoch(1),
        Phase(name="evaluating"),
        epoch(2),
        Evaluated(test_accuracy=0.7, test_cross_entropy=0.9),
        Done(seconds=9),
    ]


def events(*records: Record) -> Iterator[Line]:
    for number, record in enumerate(records):
        yield Line(float(number), json.dumps({"run": "r", "record": record.model_dump(mode="json")}))


def test_the_events_of_a_chain_are_a_training_each(tmp_path: Path) -> None:
    found = ways.Found()
    ways.read_ours(events(*one_run(), *one_run()), bn_job(tmp_path, "iteration-ii"), found)
    first, second = found.trained
    assert (first.preset, second.preset) == ("iteration-i", "iteration-ii")
    assert (first.seconds, second.seconds) == (6, 8)  # the second begins where the first was tested
    assert first.epoch_seconds == second.epoch_seconds == (3, 4)
    assert second.history["val_cross_entropy"] == (1.1, 1.1)
    assert (second.training_images, second.test_accuracy) == (80, 0.7)
    assert (found.device, found.device_name) == ("cpu", "a processor")


def test_what_plain_keras_prints_is_a_training_a_line(tmp_path: Path) -> None:
    said = {
        "history": {name: [0.5, 0.6] for name in ways.SERIES},
        "epoch_seconds": [1, 2],
        "test_accuracy": 0.7,
        "test_cross_entropy": 0.9,
        "training_images": 80,
        "validation_images": 20,
        "test_images": 30,
        "gpus": ["A100"],
        "versions": VERSIONS,
        "peak_bytes": 1,
    }
    found = ways.Found()
    lines = iter([Line(5.0, json.dumps(said)), Line(7.0, json.dumps(said))])
    ways.read_plain(lines, bn_job(tmp_path, "iteration-ii"), found)
    assert [one.seconds for one in found.trained] == [5, 2]
    assert found.trained[1].history["accuracy"] == (0.5, 0.6)
    assert (found.device, found.device_name) == ("gpu", "A100")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return bn_job(tmp_path)


def test_a_refusal_of_tuilab_keeps_its_words_and_its_exit_code(job: Job, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="tuilab exited with code 3 while training bn") as refused:
        ways.ours(job, tmp_path, tmp_path / "home", ways.child_environment(None))
    assert refused.value.exit_code == 3
    assert "images.npz does not exist" in " ".join(refused.value.remedies)


def test_a_process_that_prints_no_result_is_said_so(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "TUILAB", ("-c", "print('hello')"))
    with pytest.raises(RunError, match="tuilab printed something that is not a result"):
        ways.ours(job, tmp_path, tmp_path / "home", ways.child_environment(None))


def test_a_killed_process_is_said_to_be_that(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ways, "TUILAB", ("-c", "import os; os.kill(os.getpid(), 9)"))
    with pytest.raises(RunError, match=r"was killed by signal 9 .* may have run out of memory"):
        ways.ours(job, tmp_path, tmp_path / "home", ways.child_environment(None))


def test_a_program_that_is_not_there_is_said_so(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    with pytest.raises(RunError, match="plain Keras cannot be started"):
        ways.plain(job, tmp_path, ways.child_environment(None))


def test_both_ways_see_the_same_gpu_and_no_other() -> None:
    assert ways.child_environment("GPU-1")["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert ways.child_environment(None)["CUDA_VISIBLE_DEVICES"] == "-1"
