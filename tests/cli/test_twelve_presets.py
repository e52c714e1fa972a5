"""Each of the course's twelve presets trains to its end, and what it says was trained is what was meant."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from command_line import process

from tuilab import presets
from tuilab.engine.worker import Worker
from tuilab.lab.plan import plan
from tuilab.presets import Preset
from tuilab.results.record import outcome
from tuilab.runs import store
from tuilab.runs.summary import summarize

TRAINED = {
    # six convolutions and two dense layers, a kernel and a bias each; gamma and beta of seven BNs
    "baseline": (16, 0),
    "bn": (30, 0),
    "bn-momentum": (30, 0),
    "bn-l2": (30, 0),
    # the head: two dense layers and the gamma and beta of its BN; then the convolutions of the base
    "iteration-i": (6, 0),
    "iteration-ii": (10, 4),
    "iteration-iii": (12, 6),
    "iteration-iv": (16, 10),
    "notebook-i": (12, 6),
    "notebook-ii": (10, 4),
    "recorded-i": (32, 26),
    "recorded-ii": (10, 4),
}
"""Tensors that train, all and those in the base, as LAB.md has it."""


@pytest.fixture
def _signals_as_they_were() -> Iterator[None]:
    """Put the handlers back that a worker takes for itself."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def trained(preset: Preset, parent: str | None) -> dict[str, Any]:
    """Train a preset for one short epoch, with the worker in this process; return its outcome."""
    given: dict[str, Any] = {"data.source": "digits", "training.limit": 40, "training.epochs": 1}
    given |= {"training.batch_size": 20, "training.device": "cpu"}
    if preset.family == "transfer":
        given["model.weights"] = "random"
    # a parent as its preset has it would train ten epochs
    (step,) = plan(preset.name, [], given, parent=parent)
    run = step.start()
    assert Worker(run).main() == 0, run.journal.read_text()
    return outcome(summarize(run))


@pytest.mark.slow
@pytest.mark.usefixtures("_signals_as_they_were")
def test_all_twelve_presets_finish() -> None:
    told: dict[str, dict[str, Any]] = {}
    for preset in map(presets.find, TRAINED):
        origin = preset.experiment.continue_from
        told[preset.name] = trained(preset, told[origin]["run"] if origin else None)
        assert told[preset.name]["parent"] == (told[origin]["run"] if origin else None)
    assert len(told) == len(store.list_runs()) == 12
    for name, one in told.items():
        assert (one["epochs"], one["state"]) == (1, "done")
        assert (one["trained_tensors"], one["trained_base_tensors"]) == TRAINED[name]
        assert 0 <= one["test_accuracy"] <= 1 and one["test_cross_entropy"] > 0
        assert (one["history"]["penalty"][0] > 0) == (name == "bn-l2")
    listed = json.loads(process("results", "-f", "json").out)
    assert [row["preset"] for row in listed] == list(TRAINED)
    assert [row["trained_tensors"] for row in listed] == [tensors for tensors, _ in TRAINED.values()]
