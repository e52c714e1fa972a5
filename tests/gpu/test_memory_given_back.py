"""On a real card: it is found, a run trains on it, and whatever ends the run, its memory is given back.

What is resumed ends with the numbers of a run that nobody disturbed, and a run of the same seed has the same
numbers again, to the last digit.
"""

import json
import os
import signal
from typing import Any

import pytest
from card import (
    DEVICE,
    EPOCHS,
    ON_CARD,
    TOLERANCE,
    Lab,
    memory_used,
    numbers,
    parts,
    stop_while_training,
    training,
    until,
    until_given_back,
    until_gone,
    worker_of,
)

from tuilab.experiment.device_memory import device_need
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.gpu

LONG = ("--epochs", str(EPOCHS))
needs_card = pytest.mark.skipif(not ON_CARD, reason="there is no card whose memory could be looked at")


@pytest.fixture(scope="module")
def undisturbed(lab: Lab) -> dict[str, Any]:
    """What a run measures that nobody disturbs."""
    measured = lab.train(*LONG)
    assert (measured["state"], measured["epochs"]) == ("done", EPOCHS)
    return measured


@needs_card
def test_doctor_shows_the_card_and_that_a_run_would_use_it(lab: Lab) -> None:
    findings = json.loads(lab.tell("doctor", "--json"))
    of_gpu = {finding["what"]: finding for finding in findings if finding["group"] == "GPU"}
    card = parts()[0]
    shown = of_gpu[f"GPU {card.index}"]
    assert shown["state"] == "ok" and card.name in shown["detail"], shown
    assert of_gpu["a run would use"]["state"] == "ok", of_gpu["a run would use"]
    assert of_gpu["CUDA libraries"]["state"] == "ok", "TensorFlow sees the GPU, whatever doctor misses"


def test_a_run_trains_on_it_learns_and_gives_its_memory_back(lab: Lab, undisturbed: dict[str, Any]) -> None:
    assert undisturbed["device"] == DEVICE
    assert undisturbed["test_accuracy"] > 0.9
    until_given_back(lab)


def test_a_second_run_of_the_same_seed_has_the_same_numbers(lab: Lab, undisturbed: dict[str, Any]) -> None:
    again = lab.train(*LONG)
    assert again["run"] != undisturbed["run"]
    assert numbers(again) == numbers(undisturbed)
    until_given_back(lab)


def test_stopped_it_gives_its_memory_back_and_resumed_it_has_the_same_numbers(
    lab: Lab, undisturbed: dict[str, Any]
) -> None:
    run = lab.begin(*LONG)
    training(run)
    if ON_CARD:
        until(lambda: memory_used() > lab.memory_before + TOLERANCE, "the driver shows what a run holds")
        held, counted = memory_used() - lab.memory_before, device_need(run.experiment()).total
        print(f"a run holds {held / 2**20:,.0f} MiB of the card; {counted / 2**20:,.0f} MiB are counted")
    stop_while_training(lab, run)
    assert summarize(run).state == "stopped"
    until_gone(run)
    until_given_back(lab)
    resumed = json.loads(lab.tell("resume", run.id, "--json"))
    assert numbers(resumed) == numbers(undisturbed)
    until_given_back(lab)


def test_killed_it_gives_its_memory_back_and_resumed_it_has_the_same_numbers(
    lab: Lab, undisturbed: dict[str, Any]
) -> None:
    run = lab.begin(*LONG)
    training(run)
    os.kill(worker_of(run), signal.SIGKILL)
    until_gone(run)
    assert summarize(run).state == "interrupted"
    until_given_back(lab)
    resumed = json.loads(lab.tell("resume", run.id, "--json"))
    assert numbers(resumed) == numbers(undisturbed)
    until_given_back(lab)


def test_a_run_that_fails_gives_its_memory_back(lab: Lab) -> None:
    """Its loss is no longer finite after some steps, which ends it."""
    explodes = ("--set", "model.batch_norm=false", "--set", "optimizer.learning_rate=1000")
    lab.tell(
        "run", "-p", "digits-bn", "--data", "digits", "--device", DEVICE, "--epochs", "4", *explodes, code=4
    )
    until_given_back(lab)
