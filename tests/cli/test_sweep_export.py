"""``tuilab sweep export``: a sweep as a file, in the format that its ending or ``--format`` says."""

import csv
import json
from pathlib import Path

import boards
import pytest
from command_line import call


@pytest.fixture(autouse=True)
def _finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuilab.lab.sweeps.boards.fresh_board", lambda name: boards.finished())


def test_the_ending_of_the_file_says_the_format(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for words, rows in (((), 16), (("--runs",), 48)):
        ended = call(capsys, "sweep", "export", "latest", "-o", str(tmp_path / "a.csv"), *words)
        assert ended.code == 0 and "the sweep bn-by-l2 is written to" in ended.err
        assert len(list(csv.DictReader((tmp_path / "a.csv").open()))) == rows
    assert call(capsys, "sweep", "export", "latest", "-o", str(tmp_path / "a.json")).code == 0
    assert json.loads((tmp_path / "a.json").read_text())["sweep"]["name"] == "bn-by-l2"
    assert call(capsys, "sweep", "export", "x", "-o", str(tmp_path / "b"), "--format", "latex").code == 0
    assert "tabular" in (tmp_path / "b").read_text()


def test_a_study_is_written_and_what_opens_it_is_printed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    optuna = pytest.importorskip("optuna")
    file = tmp_path / "a.db"
    ended = call(capsys, "sweep", "export", "latest", "--format", "optuna", "-o", str(file))
    assert ended.code == 0 and "optuna.load_study(study_name=" in ended.out
    assert len(optuna.load_study(study_name="bn-by-l2", storage=f"sqlite:///{file}").trials) == 16


def test_what_cannot_be_written_is_said_in_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    ended = call(capsys, "sweep", "export", "latest", "-o", str(tmp_path / "a"), "--format", "optun")
    assert ended.code == 2 and "did you mean 'optuna'?" in ended.err
    ended = call(capsys, "sweep", "export", "latest", "-o", str(tmp_path / "none" / "a.csv"))
    assert ended.code != 0 and "cannot be written: No such file or directory" in ended.err
