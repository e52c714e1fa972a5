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


@pytest.mark.slow
def test_a_compiled_run_that_reads_its_images_from_a_file_has_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    in_memory = finished(xla="on")
    monkeypatch.setattr("tuilab.engine.stages.place_of", lambda images, device_bytes: "disk")
    assert numbers(finished(xla="on")) == numbers(in_memory)


def test_a_run_that_trains_nothing_is_not_recorded_as_compiled() -> None:
    model = transfer(last_layer="block1_pool", head={"classifier": "class-means"})
    run = store.create(small_experiment(model, limit=40, device="cpu", xla="on"), preset="one-shot")
    assert Worker(run).main() == 0
    summary = summarize(run)
    assert summary.device is not None and not summary.device.xla
