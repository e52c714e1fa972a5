"""Each of the twelve presets trains to its end, and what it says was trained is what the course means."""

import json

import pytest
from command_line import process

from tuilab import presets
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


@pytest.mark.slow
def test_all_twelve_presets_finish() -> None:
    ids: dict[str, str] = {}
    for preset in presets.load_all():
        experiment = preset.experiment
        words = [
            "run",
            "--preset",
            preset.name,
            "--data",
            "digits",
            "--limit",
            "40",
            "--epochs",
            "1",
            "--json",
        ]
        words += ["--device", "cpu", "--set", "training.batch_size=20"]
        if preset.family == "transfer":
            words += ["--weights", "random"]
        if experiment.continue_from:
            # a parent as its preset has it would train ten epochs
            words += ["--from", ids[experiment.continue_from]]
        ended = process(*words)
        assert ended.code == 0, ended.err
        told = json.loads(ended.out)
        ids[preset.name] = told["run"]
        assert (told["preset"], told["epochs"], told["state"]) == (preset.name, 1, "done")
        assert (told["trained_tensors"], told["trained_base_tensors"]) == TRAINED[preset.name]
        assert 0 <= told["test_accuracy"] <= 1 and told["test_cross_entropy"] > 0
        assert told["parent"] == ids.get(experiment.continue_from or "")
        assert (told["history"]["penalty"][0] > 0) == (preset.name == "bn-l2")
    assert list(ids) == list(TRAINED) and len(store.list_runs()) == 12
    listed = json.loads(process("results", "-f", "json").out)
    assert [row["preset"] for row in listed] == list(TRAINED)
    assert [row["trained_tensors"] for row in listed] == [tensors for tensors, _ in TRAINED.values()]
