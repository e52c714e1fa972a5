"""Each of the twelve presets trains to its end, and what it says was trained is what the course means."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from command_line import process

from tuilab import presets
from tuilab.presets import Preset
from tuilab.runs import store

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


def trained(preset: Preset, parent: str | None) -> dict[str, Any]:
    """Train a preset for one short epoch and return what ``--json`` printed."""
    words = ["run", "--preset", preset.name, "--data", "digits", "--limit", "40", "--epochs", "1", "--json"]
    words += ["--device", "cpu", "--set", "training.batch_size=20"]
    if preset.family == "transfer":
        words += ["--weights", "random"]
    if parent is not None:
        # a parent as its preset has it would train ten epochs
        words += ["--from", parent]
    ended = process(*words)
    assert ended.code == 0, ended.err
    return json.loads(ended.out)


def chain(preset: Preset, children: dict[str, Preset]) -> list[dict[str, Any]]:
    """Train a preset and, from its model, the one that continues it."""
    told = [trained(preset, None)]
    if preset.name in children:
        told.append(trained(children[preset.name], told[0]["run"]))
        assert told[1]["parent"] == told[0]["run"]
    return told


@pytest.mark.slow
def test_all_twelve_presets_finish() -> None:
    everything = presets.load_all()
    children = {name: preset for preset in everything if (name := preset.experiment.continue_from)}
    first = [preset for preset in everything if not preset.experiment.continue_from]
    with ThreadPoolExecutor(2) as pool:  # TensorFlow takes most of the time to be imported, on one core
        told = [one for chained in pool.map(lambda preset: chain(preset, children), first) for one in chained]
    assert [one["preset"] for one in told] == list(TRAINED) and len(store.list_runs()) == 12
    for one in told:
        assert (one["epochs"], one["state"]) == (1, "done")
        assert (one["trained_tensors"], one["trained_base_tensors"]) == TRAINED[one["preset"]]
        assert 0 <= one["test_accuracy"] <= 1 and one["test_cross_entropy"] > 0
        assert (one["history"]["penalty"][0] > 0) == (one["preset"] == "bn-l2")
    listed = json.loads(process("results", "-f", "json").out)
    assert [row["preset"] for row in listed] == list(TRAINED)
    assert [row["trained_tensors"] for row in listed] == [tensors for tensors, _ in TRAINED.values()]
