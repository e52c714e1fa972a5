"""Where a worker cannot write its journal, what it knows reaches the person nevertheless."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_experiments import small_cnn, small_experiment

from tuilab.errors import RunError
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.worker.process import WorkerProcess


@pytest.fixture
def run() -> Iterator[Run]:
    made = store.create(
        small_experiment(small_cnn(), limit=64, batch_size=32, epochs=2, device="cpu"), preset="baseline"
    )
    yield made
    if shutil.which("chattr"):
        subprocess.run(["chattr", "-R", "-i", "-a", made.folder], check=False, capture_output=True)


def told(worker: WorkerProcess) -> RunError:
    with pytest.raises(RunError) as caught:
        list(worker.follow())
    assert caught.value.exit_code == 4
    assert "gave no reason" not in caught.value.sentence and "Traceback" not in caught.value.sentence
    return caught.value


@pytest.mark.parametrize("name", ["lease.json", "lease.lock", "journal.jsonl"])
def test_a_folder_where_a_file_belongs(run: Run, name: str) -> None:
    (run.folder / name / "inside").mkdir(parents=True)
    error = told(WorkerProcess(run))
    place = run.folder / name
    assert error.sentence == f"{place} cannot be read or written: {os.strerror(errno.EISDIR)}"
    assert error.remedies[0] == "there is a folder where a file belongs: move it away"


@pytest.mark.parametrize(("name", "attribute"), [("journal.jsonl", "i"), ("journal.jsonl", "a"), ("", "i")])
def test_what_cannot_be_changed(run: Run, name: str, attribute: str) -> None:
    place = run.folder / name
    run.log.touch()
    place.touch()
    if subprocess.run(["chattr", f"+{attribute}", place], capture_output=True, check=False).returncode:
        pytest.skip("this disk, or this person, makes nothing immutable")
    error = told(WorkerProcess(run))
    assert str(place) in error.sentence and os.strerror(errno.EPERM) in error.sentence
    assert "chattr -i -a" in error.remedies[0]


def test_a_second_worker_of_the_same_run_is_told_who_was_faster(run: Run) -> None:
    """Both looked before either had the lease."""
    worker = WorkerProcess(run)
    held = take_lease(run.lease)
    error = told(worker)
    assert error.sentence == f"{run.folder} is already being trained by process {os.getpid()}"
    held.release()


BROKEN = {
    "import numpy": ("numpy/__init__.py", "raise ImportError('libopenblas.so.0: cannot open shared object')"),
    "no package": ("pydantic/__init__.py", "raise ModuleNotFoundError(\"No module named 'pydantic_core'\")"),
    "an exit": ("tuilab_nothing.py", ""),
}


@pytest.mark.parametrize("which", ["import numpy", "no package"])
def test_a_broken_library_is_named(
    run: Run, which: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, code = BROKEN[which]
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    error = told(WorkerProcess(run))
    kind = "ImportError: libopenblas" if which == "import numpy" else "ModuleNotFoundError: No module named"
    assert error.sentence.startswith(f"the worker of {run.id} could not continue: {kind}")
    assert error.remedies[0] == "tuilab doctor checks what is installed"


def test_a_python_that_does_not_know_tuilab_is_told(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S -E -m tuilab.engine.worker\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(RunError) as caught:
        list(WorkerProcess(run).follow())
    assert "No module named" in caught.value.sentence
