"""A storage that cannot hold a sweep is refused in a sentence, and no sweep is made of it."""

import json
import os
from pathlib import Path
from typing import Any

import boards
import pytest

from tuilab.errors import TuilabError, UsageError
from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.starting import create, join
from tuilab.lab.sweeps.storage import StorageLostError, in_database, in_file, optuna

SPEC = boards.sweep(boards.GRID[1:], name="s", seeds=(0,))


def refused(storage: str, *, joins: bool = False) -> TuilabError:
    with pytest.raises(TuilabError) as error:
        join(storage, "s") if joins else create(SPEC, storage)
    assert folders.names() == [], "nothing is made"
    return error.value


def study(path: Path, **attrs: Any) -> str:
    made = optuna().create_study(storage=in_file(path, shared=False), study_name="s")
    for name, value in attrs.items():
        made.set_user_attr(name, value)
    return str(path)


def test_one_that_holds_another_study_of_that_name(tmp_path: Path) -> None:
    error = refused(study(tmp_path / "study.log", whose="another"))
    assert isinstance(error, UsageError) and "already holds a study 's'" in error.sentence


def test_one_whose_study_is_of_another_version(tmp_path: Path) -> None:
    later = json.dumps({**json.loads(SPEC.model_dump_json()), "version": 7})
    path = study(tmp_path / "study.log", tuilab_sweep=later)
    assert "its version is 7, and this one reads 1" in refused(path, joins=True).sentence
    assert "already holds a study 's'" in refused(path).sentence


def test_one_that_cannot_be_reached(tmp_path: Path) -> None:
    error = refused(f"sqlite:///{tmp_path}/no/such/folder/study.db")
    assert isinstance(error, StorageLostError) and "cannot be used" in error.sentence


def test_a_file_that_may_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "study.log"
    path.write_text("")
    may = os.access  # root may write it whatever its mode
    monkeypatch.setattr(os, "access", lambda what, mode: may(what, mode) and Path(what) != path)
    error = refused(str(path))
    assert isinstance(error, StorageLostError) and "it cannot be written" in error.sentence
    assert not path.read_text()


def test_a_database_that_may_only_be_read(tmp_path: Path) -> None:
    path = tmp_path / "study.db"
    in_database(f"sqlite:///{path}")
    error = refused(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert isinstance(error, StorageLostError) and "readonly database" in error.sentence
