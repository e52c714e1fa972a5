"""``tuilab sweep show``: the answer first, then what it rests on; and the same for programs."""

import csv
import io
import json

import boards
import pytest
from command_line import call

from tuilab import presets
from tuilab.sweeps.board import Board
from tuilab.sweeps.export_keys import CONTENT, RUN, SWEEP, TRIAL, VERDICT


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch):
    """Return what a call prints of a board."""

    def show(capsys: pytest.CaptureFixture[str], board: Board, *words: str):
        monkeypatch.setattr("tuilab.lab.sweeps.boards.fresh_board", lambda name: board)
        return call(capsys, "sweep", "show", "latest", *words)

    return show


def test_the_answer_comes_first_then_heat_map_ranking_and_what_explains_it(
    shown, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = shown(capsys, boards.finished())
    assert ended.code == 0 and not ended.err
    parts = ended.out.split("\n\n")
    assert parts[0].startswith(
        "The best values are bn_momentum 0.9, l2 1e-3: their validation accuracy is 0.8410"
    )
    assert parts[3].startswith("validation accuracy, mean of 3 seeds ± standard deviation\n")
    ranking = parts[4].splitlines()
    assert ranking[2].split()[:4] == ["1", "0.9", "1e-3", "0.8410"] and "+2.3" in ranking[2]
    assert any("the preset" in line for line in ranking) and "6 more are not listed" in parts[4]
    assert parts[5].startswith("What explains the differences in validation accuracy: bn_momentum 98 %")


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_it_is_as_wide_as_the_terminal(
    shown, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr("tuilab.cli.tables.width_of_stdout", lambda: columns)
    monkeypatch.setattr("tuilab.cli.wrapping.width_of", lambda stream: columns)
    ended = shown(capsys, boards.half_done(), "--plot")
    assert max(map(len, ended.out.splitlines())) <= columns
    assert "accuracy on the validation images" in ended.out and "highest of 7 others" in ended.out


def test_programs_get_json_and_rows_of_trials_or_of_runs(shown, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(shown(capsys, boards.finished(), "--json").out)
    assert len(told["trials"]) == 16 and told["verdict"]["best"]["trial"] == 10
    assert json.loads(shown(capsys, boards.finished(), "--format", "json").out) == told
    for words, rows in ((("--format", "csv"), 16), (("--format", "csv", "--runs"), 48)):
        assert len(list(csv.DictReader(io.StringIO(shown(capsys, boards.finished(), *words).out)))) == rows


def test_the_heat_maps_settings_may_be_named_and_further_ones_fixed(
    shown, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(capsys, boards.finished(), "--down", "model.l2", "--fix", "model.bn_momentum=0.9").out
    assert "bn_momentum is 0.9 in every cell." in out
    wrong = shown(capsys, boards.finished(), "--down", "model.l3")
    assert wrong.code == 2 and "the sweep does not vary 'model.l3'" in " ".join(wrong.err.split())
    assert shown(capsys, boards.finished(), "--fix", "model.l2").code == 2


def test_the_best_settings_become_a_preset(shown, capsys: pytest.CaptureFixture[str]) -> None:
    ended = shown(capsys, boards.finished(), "--save-preset", "best-of-all")
    assert ended.code == 0 and "the best settings are the preset best-of-all now" in " ".join(
        ended.err.split()
    )
    assert presets.find("best-of-all").own


def test_of_a_sweep_of_which_nothing_is_done_that_is_said(shown, capsys: pytest.CaptureFixture[str]) -> None:
    ended = shown(capsys, Board(spec=boards.sweep()))
    assert ended.code == 0 and ended.out.startswith("Nothing can be said yet: none of 16 trials is done.")


def test_help_names_every_key_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    told = " ".join(call(capsys, "sweep", "show", "--help").out.split())
    for keys in (CONTENT, SWEEP, VERDICT, TRIAL, RUN):
        for group, meaning in keys.items():
            assert f"{', '.join(group)}: {meaning}" in told, group


@pytest.mark.parametrize("works", [True, False])
def test_how_long_it_still_takes_is_said_while_somebody_works_on_it(
    shown, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    monkeypatch.setattr("tuilab.lab.sweeps.boards.alive", lambda name: works)
    ended = shown(capsys, boards.half_done())
    assert ended.code == 0
    assert ("The sweep is at work: about 11 min left." in ended.out) is works
