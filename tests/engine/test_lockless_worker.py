"""A real worker on a disk without locks: it trains, and its journal says what that means."""

from pathlib import Path

import pytest
from lockless import ANSWERS, without_locks
from small_experiments import small_cnn, small_experiment

from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import WorkerProcess

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("answer", ANSWERS)
def test_it_trains_and_says_so(answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch, tmp_path, ANSWERS[answer], paths.home())
    experiment = small_experiment(small_cnn(), limit=64, batch_size=32, epochs=1, device="cpu")
    run = store.create(experiment, preset="baseline")
    list(WorkerProcess(run).follow())
    summary = summarize(run)
    assert summary.state == "done" and any("has no locks (flock)" in note for note in summary.notes)
