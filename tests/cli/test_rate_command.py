"""``tuilab rate``: the verdict and the picture, for people and programs; refusals in a sentence."""

import json
import shlex

import pytest
from command_line import call
from finished_runs import finished_run
from rate_tests import MadeUpTest

from tuilab.lab import rate_test


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_test, "RateTest", MadeUpTest)
    monkeypatch.setattr(MadeUpTest, "asked", [])


def test_the_verdict_the_picture_and_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "rate", "bn", "--data", "digits", "--set", "training.batch_size=32", "--seed", "3")
    assert ended.code == 0
    for words in ("Steepest at 0.0", "The edge is at 0.", "It suggests 0.0", "than the present 0.001."):
        assert words in ended.out
    assert "P the preset's rate 0.001" in ended.out
    (line,) = [line for line in ended.out.splitlines() if line.startswith("Next: ")]
    words = shlex.split(line.removeprefix("Next: "))
    assert words[:4] == ["tuilab", "run", "--preset", "bn"]
    assert words[-1].startswith("optimizer.learning_rate=0.0")
    assert "\x1b" not in ended.out, "no colour where it is no terminal"
    (request,) = MadeUpTest.asked
    assert (request.experiment.training.batch_size, request.experiment.training.seed) == (32, 3)


def test_the_span_is_what_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    words = "rate bn --data digits --lowest 1e-3 --highest 2 --steps 50 --smoothing 0.8 --limit 500 --json"
    ended = call(capsys, *words.split())
    found = json.loads(ended.out)
    assert (found["lowest"], found["highest"], found["steps"], found["smoothing"]) == (1e-3, 2.0, 50, 0.8)
    assert found["history"]["learning_rate"][0] == 1e-3
    assert 0 < len(found["history"]["smoothed_loss"]) == len(found["history"]["cross_entropy"]) <= 50
    assert found["steepest"] <= found["edge"] and found["configured"] == 0.001
    assert f"optimizer.learning_rate={found['suggested']:g}" in found["command"]
    assert "--limit 500" in found["command"]


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("rate nonsense", 2, "no preset has that name either"),
        ("rate bn --steps 3", 2, "--steps 3 is not allowed"),
        ("rate bn --set model.nope=1", 2, "there is no setting 'model.nope'"),
        ("rate bn --data /nowhere/x.npz", 3, "/nowhere/x.npz"),
        ("rate latest", 3, "has no checkpoint to start from"),
    ],
)
def test_what_cannot_be_tested_is_refused(
    words: str, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    finished_run()
    ended = call(capsys, *words.split())
    assert ended.code == code and sentence in ended.err
    assert not MadeUpTest.asked and "Traceback" not in ended.err
