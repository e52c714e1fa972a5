"""What the app writes for a person, and what it leaves where it ended by mistake."""

import stat

import pytest

from tuilab.errors import RunError
from tuilab.files import paths
from tuilab.tui.exporting import export
from tuilab.tui.fault import log_fault, log_text


def test_an_export_is_a_private_file_that_the_next_one_of_its_name_replaces() -> None:
    export("results.csv", "a,b\n")
    path = export("results.csv", "c,d\n")
    assert path == paths.home() / "exports" / "results.csv"
    assert path.read_text() == "c,d\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_export_that_cannot_be_written_is_told_in_a_sentence() -> None:
    paths.home().mkdir(parents=True)
    (paths.home() / "exports").write_text("a file in the way")
    with pytest.raises(RunError, match=r"exports/results\.csv cannot be written: "):
        export("results.csv", "a")


def test_a_fault_leaves_its_traceback_in_the_log_after_those_before_it() -> None:
    log_text("the first")
    try:
        raise ZeroDivisionError("the second")
    except ZeroDivisionError as error:
        path = log_fault(error)
    assert path is not None
    text = path.read_text()
    assert text.index("the first") < text.index("Traceback") < text.index("ZeroDivisionError: the second")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_log_that_no_disk_takes_is_none() -> None:
    paths.home().parent.mkdir(parents=True, exist_ok=True)
    paths.home().write_text("a file in the way")
    assert log_text("lost") is None
