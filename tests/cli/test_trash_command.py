"""``tuilab trash`` lists what was deleted, brings it back, and deletes it for good."""

import json
import os
import time

import pytest
from command_line import call
from finished_runs import finished_run

from tuilab.runs.run import Run
from tuilab.runs.store import list_runs
from tuilab.runs.trash import KEEP_SECONDS, list_trash, trash


def deleted(preset: str, days: float, name: str = "") -> Run:
    run = finished_run(preset, name=name)
    then = time.time() - days * 86400
    os.utime(trash(run).folder, (then, then))
    return run


def test_with_nothing_deleted_it_says_how_long_runs_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "trash").out == (
        "there are no deleted runs; runs deleted in the app are kept for 7 days\n"
    )


def test_deleted_runs_are_listed_with_when_and_until_when(capsys: pytest.CaptureFixture[str]) -> None:
    older, newer = deleted("bn", 2, "mi\x1bne"), deleted("bn-l2", 1)
    first, second, hint = call(capsys, "trash").out.splitlines()
    until = time.time() - 2 * 86400 + KEEP_SECONDS
    assert first.startswith(f"{newer.id}  deleted ")
    assert second.startswith(f"{older.id}  mi\\e[") or second.startswith(f"{older.id}  mi\\ene  deleted ")
    assert f"kept until {time.strftime('%Y-%m-%d', time.localtime(until))}" in second
    assert hint == "tuilab trash restore RUN restores one"
    table = json.loads(call(capsys, "trash", "list", "--json").out.splitlines()[1])
    files = [path for path in list_trash()[1].folder.rglob("*") if path.is_file()]
    assert (table["run"], table["bytes"]) == (older.id, sum(path.stat().st_size for path in files))
    assert table["kept_until"] - table["deleted"] == KEEP_SECONDS


def test_one_is_brought_back_by_the_beginning_of_its_id_or_as_the_latest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    older, newer = deleted("bn", 2), deleted("bn-l2", 1)
    assert call(capsys, "trash", "restore", "latest").out == f"{newer.id} is restored\n"
    refused = call(capsys, "trash", "restore", "2031")
    assert refused.code == 2
    assert refused.err.startswith(f"tuilab: there is no deleted run '2031': the deleted runs are {older.id}")
    assert call(capsys, "trash", "restore", older.id[:-1]).code == 0
    assert sorted(run.id for run in list_runs()) == sorted([older.id, newer.id])


def test_it_is_emptied_once_somebody_said_yes(capsys: pytest.CaptureFixture[str]) -> None:
    deleted("bn", 2)
    deleted("bn", -1)  # by a clock that goes ahead
    asked = call(capsys, "trash", "empty")
    assert asked.code == 2 and "tuilab trash empty --yes" in asked.err and len(list_trash()) == 2
    assert call(capsys, "trash", "empty", "--yes").out.startswith("2 deleted runs deleted for good, ")
    assert list_trash() == ()
    assert call(capsys, "trash", "empty", "--yes").out == "there are no deleted runs\n"
