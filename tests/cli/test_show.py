"""``tuilab show`` and ``tuilab fetch``."""

import json
import math
from pathlib import Path

import pytest
from command_line import assert_refused, call
from finished_runs import finished_run, write
from records import DIGITS, FAILED, epoch

from tuilab.errors import MissingError
from tuilab.experiment import from_toml
from tuilab.runs import store
from tuilab.runs.journal.records import Failed, Note


def test_a_run_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run("baseline", name="my first", accuracy=0.3604)
    shown = call(capsys, "show", "latest").out
    for words in (run.id, "my first", "digits", "14 tensors", "0.3604", str(run.folder)):
        assert words in shown
    assert [line[:9] for line in shown.splitlines() if line.startswith("epoch")] == ["epoch 1/5", "epoch 2/5"]
    assert shown == call(capsys, "show", run.id).out


def test_json_is_what_run_printed_and_toml_runs_again(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run("bn", {"training.seed": 9})
    assert json.loads(call(capsys, "show", run.id, "--json").out)["run"] == run.id
    assert from_toml(call(capsys, "show", run.id, "--toml").out) == run.experiment()


def test_a_failed_run_says_why_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run(
        last=Failed(reason="the memory is full", remedies=["a smaller batch"], exit_code=4, seconds=1)
    )
    ended = call(capsys, "show", "latest")
    assert ended.code == 0 and "failed: the memory is full" in ended.out and "a smaller batch" in ended.out


def test_text_from_outside_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    evil, shown = "\x1b[31m[bold]\x9b\u202e", "\\e[31m[bold]\\x9b\\u202e"
    run = finished_run(
        name=evil, dataset=DIGITS.model_copy(update={"name": evil, "source": evil}), last=FAILED
    )
    write(run, [Note(text=evil), FAILED.model_copy(update={"reason": evil, "remedies": [evil]})])
    ended = call(capsys, "show", "latest")
    assert not {"\x1b", "\x9b", "\u202e"} & set(ended.out) and ended.out.count(shown) == 6
    assert call(capsys, "show", "latest", "--json").out.isascii()


@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, 1e300])
def test_curves_are_drawn_whatever_the_numbers(value: float, capsys: pytest.CaptureFixture[str]) -> None:
    finished_run(epochs=[epoch(1), epoch(2, accuracy=value, cross_entropy=value, val_cross_entropy=value)])
    ended = call(capsys, "show", "latest", "--plot")
    assert ended.code == 0 and "cross-entropy   ─ train" in ended.out and "\x1b" not in ended.out
    assert max(len(line) for line in ended.out.splitlines() if "│" in line) <= 80


def test_one_epoch_none_and_only_unfinite_ones_are_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run(epochs=[epoch(1)])
    assert "accuracy" in call(capsys, "show", "latest", "--plot").out
    finished_run(epochs=[epoch(1, accuracy=math.nan, val_accuracy=math.nan)])
    assert call(capsys, "show", "latest", "--plot").code == 0
    finished_run(epochs=[], last=FAILED)
    assert "nothing to draw" in call(capsys, "show", "latest", "--plot").out


def test_a_plot_beside_json_leaves_stdout_alone(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run()
    ended = call(capsys, "show", "latest", "--json", "--plot")
    assert json.loads(ended.out)["epochs"] == 2 and "cross-entropy   ─ train" in ended.err


def test_a_damaged_run_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run()
    (run.folder / "run.json").write_text("{")
    assert_refused(call(capsys, "show", run.id), 2, str(run.folder / "run.json"), "damaged")


def test_a_damaged_journal_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run()
    with run.journal.open("ab") as file:
        file.write(b"rubbish\n")
    ended = call(capsys, "show", run.id)
    assert ended.code == 0 and "the journal is damaged at byte" in ended.out


def test_fetch_prints_where_each_file_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuilab.sources import base_weights
    from tuilab.sources.named.cifar10 import FILES

    monkeypatch.setitem(vars(FILES), "fetch", lambda _: Path("/c/cifar\x1b[31m"))
    monkeypatch.setattr(base_weights, "fetch_weights", lambda *_: Path("/v/vgg16.h5"))
    assert call(capsys, "fetch").out == "cifar10: /c/cifar\\e[31m\nvgg16: /v/vgg16.h5\n"
    ended = call(capsys, "fetch", "vgg16")
    assert ended.out == "vgg16: /v/vgg16.h5\n" and "CC BY 4.0" in ended.err
    assert_refused(call(capsys, "fetch", "vgg19"), 2, "'vgg19' cannot be downloaded", "did you mean 'vgg16'?")


def test_a_fetch_that_fails_lists_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuilab.sources.named.cifar10 import FILES

    def fail(_: object) -> Path:
        raise MissingError("CIFAR-10 cannot be downloaded: no network", ["--data PATH"])

    monkeypatch.setitem(vars(FILES), "fetch", fail)
    ended = call(capsys, "fetch", "cifar10")
    assert_refused(ended, 3, "no network")
    assert ended.err.splitlines()[1:] == ["  - --data PATH"]


def test_a_run_that_shares_a_training_says_whose(capsys: pytest.CaptureFixture[str]) -> None:
    leader = finished_run("bn")
    run = store.create(leader.experiment(), preset="bn", shares=leader.id)
    shown = call(capsys, "show", run.id).out
    assert f"the training of {leader.id}" in shown
    assert json.loads(call(capsys, "show", run.id, "--json").out)["shares"] == leader.id
    assert json.loads(call(capsys, "show", leader.id, "--json").out)["shares"] is None
