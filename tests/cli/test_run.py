"""``tuilab run`` with a real worker: what a script and a person get."""

import json
from typing import Any

import pytest
from command_line import Ended, process
from outcome_keys import KEYS

from tuilab.runs import store
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.slow

BN = ["run", "--preset", "bn", "--data", "digits", "--epochs", "2", "--limit", "200", "--device", "cpu"]


def object_of(ended: Ended) -> dict[str, Any]:
    """Return the one JSON object that stands alone on stdout."""
    assert ended.code == 0, ended.err
    assert ended.out.endswith("}\n") and ended.out.count("\n") == 1
    return json.loads(ended.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def without_times(history: dict[str, list[float]]) -> dict[str, list[float]]:
    return {name: numbers for name, numbers in history.items() if name != "seconds"}


def test_json_events_and_plot_are_three_views_of_the_same_numbers() -> None:
    ended = process(*BN, "--json")
    told = object_of(ended)
    assert set(told) >= KEYS and told["epochs"] == 2 and told["dataset"] == "digits"
    assert told["history"].keys() >= {"accuracy", "val_accuracy", "cross_entropy", "penalty", "gradient_norm"}
    assert {len(numbers) for numbers in told["history"].values()} == {2}
    lines = ended.err.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("epoch ")] == ["1/2", "2/2"]
    assert "Traceback" not in ended.err and "\x1b" not in ended.err

    ended = process(*BN, "--events")
    assert ended.code == 0
    events = [json.loads(line) for line in ended.out.splitlines()]
    kinds = [event["record"]["kind"] for event in events]
    assert kinds[0] == "started" and kinds[-1] == "done"
    assert {"device", "dataset", "weights", "network", "epoch", "evaluated", "checkpoint"} <= set(kinds)
    assert [event["seq"] for event in events] == list(range(len(events)))
    epochs = [event["record"] for event in events if event["record"]["kind"] == "epoch"]
    again = [{**epoch, **epoch["metrics"]} for epoch in epochs]
    same = without_times(told["history"])
    assert {name: [record[name] for record in again] for name in same} == same, "the same seed: same numbers"
    assert store.find("latest").id == events[0]["run"]

    ended = process(*BN[:6], "1", *BN[7:], "--seed", "2", "--plot", "--name", "another seed")
    assert ended.code == 0 and "cross-entropy   ─ train" in ended.out and "another seed" in ended.out
    other = summarize(store.find("latest"))
    assert other.epochs[0].cross_entropy != told["history"]["cross_entropy"][0]


def test_a_parent_is_trained_first_and_used_the_next_time() -> None:
    words = [*BN[:2], "iteration-ii", *BN[3:6], "1", "--limit", "90", "--device", "cpu"]
    words += [
        "--weights",
        "random",
        "--set",
        "model.head.dense=8",
        "--set",
        "training.batch_size=20",
        "--json",
    ]
    ended = process(*words)
    told = object_of(ended)
    assert "iteration-ii starts from a trained iteration-i" in ended.err and "trained first" in ended.err
    parent, child = store.list_runs()
    assert (parent.manifest().preset, child.manifest().parent) == ("iteration-i", parent.id)
    assert len(summarize(parent).epochs) == 10 and told["epochs"] == 1
    assert told["run"] == child.id and told["parent"] == parent.id
    assert told["weights"] == "random" and parent.id in told["weights_source"]
    assert told["trained_base_tensors"] == 4

    ended = process(*words)
    assert f"iteration-ii starts from {parent.id}" in ended.err
    again = object_of(ended)
    assert len(store.list_runs()) == 3 and again["parent"] == parent.id
    assert without_times(again["history"]) == without_times(told["history"])
