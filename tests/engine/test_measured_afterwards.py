"""A finished run measured from its trained model: to the last digit what its worker recorded."""

import shutil

import pytest
from finished_runs import finished_run
from small_experiments import small_cnn, small_experiment

from tuilab.errors import TuilabError
from tuilab.lab.measuring import Measuring
from tuilab.runs import answers, store
from tuilab.runs.run import Run
from tuilab.runs.worker.process import WorkerProcess

pytestmark = pytest.mark.slow


def measured(run: Run) -> list[str]:
    phases: list[str] = []
    with Measuring(run) as measuring:
        measuring.finish(lambda phase: phases.append(f"{phase.name} {phase.what}".strip()))
    return phases


def test_what_was_not_recorded_is_measured_from_the_trained_model() -> None:
    experiment = small_experiment(
        small_cnn(batch_norm=True, dropout=0.2), limit=64, epochs=2, validation="last-20%", device="cpu"
    )
    run = store.create(experiment, preset="baseline")
    list(WorkerProcess(run).follow())  # a process of its own: how TensorFlow was loaded changes digits
    recorded = [answers.load(run, part) for part in ("test", "validation")]
    shutil.rmtree(run.probes)
    phases = measured(run)
    assert "evaluating test images" in phases and "evaluating validation images" in phases
    for before in recorded:
        after = answers.load(run, before.part)
        assert (after.epoch, after.labels.tolist()) == (before.epoch, before.labels.tolist())
        assert after.probabilities.tobytes() == before.probabilities.tobytes()


def test_a_run_that_is_not_done_cannot_be_measured() -> None:
    run = finished_run(last=None)
    with pytest.raises(TuilabError, match=f"{run.id} is running: only a run that is done"):
        measured(run)
    assert not run.probes.exists()
