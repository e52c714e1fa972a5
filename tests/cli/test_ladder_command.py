"""``tuilab ladder``: a preset that was never run, a run, as JSON; refusals in a sentence."""

import json

import pytest
from command_line import call
from finished_runs import finished_run


def test_of_a_preset_that_was_never_run(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "ladder", "iteration-ii", "--data", "digits")
    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "unfreeze ladder of iteration-ii: 14 points"
    (own,) = [line for line in lines if line.startswith(">  ")]
    assert own.split()[1] == "last-3" and "4,854,026" in own
    assert "\x1b" not in ended.out, "no colour where it is no terminal"


def test_a_run_stands_on_its_rung(capsys: pytest.CaptureFixture[str]) -> None:
    run = finished_run("iteration-ii-cold", accuracy=0.7)
    found = json.loads(call(capsys, "ladder", run.id, "--json").out)
    assert (found["run"], found["here"]) == (run.id, "last-3")
    stood = {point["unfreeze"]: [one["run"] for one in point["runs"]] for point in found["points"]}
    assert stood.pop("last-3") == [run.id] and not any(stood.values())


def test_a_high_rate_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "ladder", "iteration-ii", "--set", "optimizer.learning_rate=0.001")
    assert ended.code == 0 and "is high for 2 unfrozen layers" in " ".join(ended.out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bn"], "there is no base to unfreeze"),
        (["one-shot"], "nothing can be unfrozen"),
        (["nothing-like-it"], "no preset has that name either"),
    ],
)
def test_what_has_no_ladder_gets_a_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = call(capsys, "ladder", *words)
    assert ended.code == 2 and said in ended.err
