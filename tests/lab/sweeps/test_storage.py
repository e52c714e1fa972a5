"""Where a study is kept: what is wrong with it is a sentence."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tuilab.errors import MissingError, TuilabError, UsageError
from tuilab.lab.sweeps.storage import StorageLostError, in_database, in_file, open_storage, optuna, shown


def refused(open_it: Callable[[], object]) -> TuilabError:
    with pytest.raises(TuilabError) as error:
        open_it()
    return error.value


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    error = refused(optuna)
    assert isinstance(error, MissingError) and error.sentence == "sweeps need Optuna, which is not installed"
    assert error.remedies == ("pip install 'tuilab[sweep]'",)


@pytest.mark.parametrize(
    ("url", "as_shown"),
    [
        ("postgresql://lab:secret@db/sweeps", "postgresql://lab:…@db/sweeps"),
        ("mysql+pymysql://lab:s:e@db/sweeps", "mysql+pymysql://lab:…@db/sweeps"),
        ("postgresql://lab@db/sweeps", "postgresql://lab@db/sweeps"),
        ("/shared/study.log", "/shared/study.log"),
    ],
)
def test_a_password_is_never_shown(url: str, as_shown: str) -> None:
    assert shown(url) == as_shown


def test_a_url_of_nothing_is_refused_before_anything_is_made() -> None:
    error = refused(lambda: in_database("nothing://here"))
    assert isinstance(error, UsageError) and "must be a URL such as postgresql://" in error.sentence


def test_a_database_without_its_driver_names_the_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)
    error = refused(lambda: in_database("mysql+pymysql://lab@127.0.0.1:1/lab"))
    assert isinstance(error, MissingError) and "needs the Python package pymysql" in error.sentence


def test_a_server_that_does_not_answer_may_answer_later() -> None:
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL")
    error = refused(lambda: in_database("postgresql://lab:secret@127.0.0.1:1/lab"))
    assert isinstance(error, StorageLostError) and "secret" not in error.sentence


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("no journal\nat all\n")
    error = refused(lambda: in_file(path, shared=False))
    assert isinstance(error, UsageError) and "is no journal of a study" in error.sentence


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    error = refused(lambda: open_storage(str(tmp_path / "file" / "study.log")))
    assert isinstance(error, StorageLostError) and "cannot be used" in error.sentence
