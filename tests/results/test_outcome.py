"""The contract of ``tuilab run --json``: the same keys for ever, and JSON that every reader takes."""

import json
import math
from typing import Any

import pytest
from finished_runs import finished_run
from outcome_keys import KEYS
from records import CIFAR10, DONE, FAILED, epoch

from tuilab.results.outcome import epochs_text
from tuilab.results.record import outcome
from tuilab.runs.metrics import METRICS
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

HISTORY = {
    *(name for metric in METRICS for name in (metric.name, metric.val)),
    "penalty",
    "gradient_norm",
    "seconds",
}


def of(run: Run) -> dict[str, Any]:
    return outcome(summarize(run))


def test_a_finished_run_has_every_key_of_the_contract() -> None:
    run = finished_run("iteration-ii", {"training.seed": 7}, name="mine", parent=finished_run("iteration-i"))
    told = of(run)
    assert set(told) >= KEYS and set(told["history"]) == HISTORY
    assert told["run"] == run.id and told["preset"] == "iteration-ii" and told["name"] == "mine"
    assert told["experiment_digest"] == run.experiment().digest
    assert (told["dataset"], told["dataset_source"]) == ("digits", "built in")
    assert (told["weights"], told["weights_source"]) == ("imagenet", "Keras's cache")
    assert (told["seed"], told["device"], told["precision"]) == (7, "cpu", "float32")
    assert (told["trained_tensors"], told["trained_parameters"], told["total_parameters"]) == (14, 1000, 2000)
    assert (told["test_accuracy"], told["test_cross_entropy"], told["seconds"]) == (0.25, 1.25, 12.5)
    assert (told["expected"], told["notebook_accuracy"]) == (None, None), "digits are not the course's images"
    assert told["versions"]["tensorflow"] == "2.21.0"
    assert told["parent"] == run.manifest().parent


def test_the_history_has_a_number_an_epoch() -> None:
    run = finished_run(epochs=[epoch(n, accuracy=n / 10, penalty=n / 100) for n in (1, 2, 3)])
    told = of(run)
    assert told["epochs"] == 3 and {len(numbers) for numbers in told["history"].values()} == {3}
    assert told["history"]["accuracy"] == [0.1, 0.2, 0.3]
    assert told["history"]["penalty"] == [0.01, 0.02, 0.03]


def test_the_courses_band_is_two_numbers() -> None:
    told = of(finished_run("baseline", dataset=CIFAR10))
    assert (told["expected"], told["notebook_accuracy"]) == ([0.73, 0.76], None)
    told = of(finished_run("iteration-ii", dataset=CIFAR10))
    assert (told["expected"], told["notebook_accuracy"]) == (None, 0.8606)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_null_in_strict_json(value: float) -> None:
    broken = epoch(2, accuracy=value, val_cross_entropy=value, gradient_norm=value, penalty=value)
    run = finished_run(
        accuracy=value,
        cross_entropy=value,
        epochs=[epoch(1), broken],
        last=DONE.model_copy(update={"seconds": value}),
    )
    told = json.loads(json.dumps(of(run), allow_nan=False))
    assert told["test_accuracy"] is told["test_cross_entropy"] is told["seconds"] is None
    assert told["history"]["gradient_norm"] == [2.0, None]
    assert told["history"]["val_accuracy"] == [0.4, 0.4]


def test_a_run_that_failed_has_the_same_keys() -> None:
    told = of(finished_run(last=FAILED, epochs=[], dataset=None))
    assert set(told) >= KEYS and told["state"] == "failed"
    assert told["dataset"] is told["test_accuracy"] is None
    assert told["history"] == {name: [] for name in HISTORY}


def test_a_training_that_diverged_has_failed_and_says_so() -> None:
    """``state`` stays what it was for those who read it; a new key says why."""
    diverged = FAILED.model_copy(update={"reason": "the training diverged: the cross-entropy is nan"})
    told = [of(finished_run(last=last)) for last in (diverged, FAILED, DONE)]
    assert [(one["state"], one["diverged"]) for one in told] == [
        ("failed", True),
        ("failed", False),
        ("done", False),
    ]


def test_a_fork_is_said_to_have_trained_its_own_epochs_alone() -> None:
    fork = summarize(finished_run(epochs=[epoch(n) for n in range(1, 6)]))
    assert epochs_text(fork) == "5 epochs"
    told = []
    for forked_at in (3, 4, 5):
        fork.manifest = fork.manifest.model_copy(update={"forked_at": forked_at})
        told.append(epochs_text(fork))
    assert told == ["epochs 4 to 5", "epoch 5", "0 epochs"]
