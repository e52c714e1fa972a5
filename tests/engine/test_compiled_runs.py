"""A run that asks for compiled steps, in one process; ``faults/test_killed_compiled.py`` goes further."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from small_experiments import small_cnn, small_experiment, transfer
from workers import numbers

from tuilab.engine.worker import Worker
from tuilab.runs import store
from tuilab.runs.summary import Summary, summarize


@pytest.fixture(autouse=True)
def process_as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put back what a worker sets in its process: signal handlers and the environment."""
    for name in ("CUDA_VISIBLE_DEVICES", "KERAS_BACKEND"):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def finished(**training: Any) -> Summary:
    """What a run of dropout, batch normalization and a pool that does not fill the map comes to."""
    settings = {"limit": 64, "batch_size": 24, "device": "cpu", **training}
    model = small_cnn(batch_norm=True, dropout=0.2, pool=3)
    run = store.create(small_experiment(model, **settings), preset="bn")
    assert Worker(run).main() == 0
    return summarize(run)


def test_where_its_images_fit_nowhere_a_run_says_that_it_is_not_compiled_and_gives_a_plain_runs_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = finished()
    monkeypatch.setattr("tuilab.engine.step.place_of", lambda images, device_bytes: "disk")
    asked = finished(xla="on")
    assert asked.notes == [
        "XLA does not compile the steps of this training: its images do not fit into memory beside the "
        "network, so that each step fetches its own"
    ]
    assert numbers(asked) == numbers(plain)


def test_a_run_that_trains_nothing_is_not_recorded_as_compiled() -> None:
    model = transfer(last_layer="block1_pool", head={"classifier": "class-means"})
    run = store.create(small_experiment(model, limit=40, device="cpu", xla="on"), preset="one-shot")
    assert Worker(run).main() == 0
    summary = summarize(run)
    assert summary.device is not None and not summary.device.xla
