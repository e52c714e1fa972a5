"""``tuilab compare``: two runs on a terminal and in every format."""

import json
import sys

import pytest
from command_line import assert_refused, call
from finished_runs import finished_run
from records import DIGITS, epoch

from tuilab.results import formats


def test_two_runs_are_compared_in_sentences_and_tables(capsys: pytest.CaptureFixture[str]) -> None:
    first = finished_run("bn", accuracy=0.5, name="plain")
    second = finished_run("bn", {"model.bn_momentum": 0.5}, accuracy=0.75, name="\x1b[31mevil")
    ended = call(capsys, "compare", first.id, second.id, "--plot")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0] == f"A  bn (plain): done, 2 of 5 done; {first.id}" and lines[1].startswith(
        "B  bn (\\e[31m"
    )
    assert "B is 25.0 points better than A." in ended.out and "\x1b" not in ended.out
    assert ["test", "accuracy", "0.5000", "0.7500", "+25.0", "points"] in [line.split() for line in lines]
    assert ["model.bn_momentum", "0.99", "0.5"] in [line.split() for line in lines]
    assert "accuracy on the validation images" in ended.out.partition("settings are the same")[2]


@pytest.mark.parametrize("name", formats.names())
def test_every_export_format_serves(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = finished_run("bn"), finished_run("bn-l2")
    ended = call(capsys, "compare", first.id, second.id, "--format", name)
    assert (ended.code, ended.err) == (0, "") and first.id in ended.out and second.id in ended.out
    assert_refused(call(capsys, "compare", first.id, second.id, "-f", name, "--plot"), 2, "--plot", name)
    if name == "json":
        assert len(json.loads(ended.out)["runs"]) == 2


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_it_fits_whatever_the_terminals_width(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = finished_run("bn", name="a name of some length"), finished_run("bn-l2")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)
    lines = call(capsys, "compare", first.id, second.id).out.splitlines()
    assert max(map(len, lines)) <= columns


def test_a_run_is_not_compared_with_itself_and_one_that_trains_is_as_far_as_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = finished_run()
    assert_refused(call(capsys, "compare", run.id, "latest"), 2, f"both names are those of {run.id}")
    assert_refused(call(capsys, "compare", run.id, "nosuch"), 2, "there is no run 'nosuch'")
    assert_refused(call(capsys, "compare", run.id, run.id, "-f", "excel"), 2, "'excel' is not one of")
    finished_run(last=None, dataset=DIGITS, epochs=[epoch(1)])
    assert "B has not been tested." in call(capsys, "compare", run.id, "latest").out
