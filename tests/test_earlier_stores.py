"""A store that version 0.1.0 wrote is listed, compared, resumed and forked by this one.

``support/store_0_1_0.tar.xz`` holds three runs of a tiny network on digits: one done, a fork of it after its
first epoch, and one that was stopped at step 285 of its second epoch. Only their workers' logs were emptied.
"""

import csv
import io
import json
import tarfile
from pathlib import Path

import pytest
from command_line import call

from tuilab.experiment.dotted import differences, dotted
from tuilab.files import paths
from tuilab.runs import checkpoints, store

ARCHIVE = Path(__file__).parent / "support" / "store_0_1_0.tar.xz"
DONE, FORK, STOPPED = "20261126-164532-bn", "20261126-164548-bn", "20261126-164604-bn"


@pytest.fixture(autouse=True)
def _earlier_store() -> None:
    paths.home().mkdir(mode=0o700)
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(paths.home(), filter="data")
    for place in [paths.runs(), *paths.runs().rglob("*")]:
        place.chmod(0o700 if place.is_dir() else 0o600)


def test_its_runs_are_listed_with_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(call(capsys, "results", "--format", "csv").out)))
    assert [(row["run"], row["accuracy"], row["test_cross_entropy"]) for row in rows] == [
        (DONE, "0.03380281690140845", "2.310126786836436"),
        (FORK, "0.1295774647887324", "2.3233654230413303"),
    ]
    assert [row["parent"] for row in rows] == ["", DONE]
    assert rows[0]["name"] == "done, two epochs"


def test_the_stopped_one_is_shown_with_what_it_trained(capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(call(capsys, "show", STOPPED, "--json").out)
    assert (shown["state"], shown["epochs"], shown["seed"]) == ("stopped", 1, 1)
    assert shown["history"]["val_accuracy"] == [0.10422535211267606]
    assert shown["experiment_digest"] == "5741c03d7dbf2f05"
    told = call(capsys, "show", STOPPED)
    assert told.code == 0 and "step 285 of epoch 2" in told.out


def test_two_of_them_are_compared() -> None:
    done, fork = (dotted(store.find(run_id).experiment()) for run_id in (DONE, FORK))
    assert [difference.key for difference in differences(done, fork)] == ["optimizer.learning_rate"]


def test_its_checkpoint_within_an_epoch_is_whole() -> None:
    run = store.find(STOPPED)
    newest = checkpoints.listed(run.checkpoints)[0]
    assert newest.name == "epoch-00001-step-000285"
    position = checkpoints.read(newest).manifest.position
    assert (position.epoch, position.step) == (1, 285)


@pytest.mark.slow
def test_it_is_resumed_within_the_epoch_and_forked(capsys: pytest.CaptureFixture[str]) -> None:
    resumed = call(capsys, "resume", STOPPED, "--json")
    assert resumed.code == 0, resumed.err
    history = json.loads(resumed.out)["history"]
    assert history["val_accuracy"][0] == 0.10422535211267606 and len(history["val_accuracy"]) == 3
    forked = call(capsys, "fork", DONE, "--at-epoch", "1", "--set", "optimizer.learning_rate=0.01", "--json")
    assert forked.code == 0, forked.err
    assert json.loads(forked.out)["history"]["accuracy"][0] == pytest.approx(
        json.loads(call(capsys, "show", DONE, "--json").out)["history"]["accuracy"][0], abs=0
    )
