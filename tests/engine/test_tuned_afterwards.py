"""What training changed and what shifted images cost, measured of real runs in a process of its own."""

import pytest
from small_experiments import small_cnn, small_experiment, transfer

from tuilab.experiment import Experiment, HeadSpec
from tuilab.lab.measuring import Measuring
from tuilab.runs import measurements, store
from tuilab.runs.measurements import MeasurementName
from tuilab.runs.run import Run
from tuilab.runs.shifts import Shifts
from tuilab.runs.similarity import Similarity
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import WorkerProcess

pytestmark = pytest.mark.slow
FROZEN = transfer(last_layer="block2_pool", head=HeadSpec(dense=8), unfreeze="none")


def trained(experiment: Experiment, parent: Run | None = None) -> Run:
    run = store.create(experiment, preset="baseline", parent=parent.id if parent else None)
    list(WorkerProcess(run).follow())
    assert summarize(run).state == "done"
    return run


def measure(run: Run, what: MeasurementName) -> None:
    with Measuring(run, what) as measuring:
        measuring.finish()


def test_shifted_images_are_measured_beside_the_accuracy_that_the_run_recorded() -> None:
    run = trained(small_experiment(small_cnn(batch_norm=True), limit=64, device="cpu"))
    measure(run, "shifts")
    found, evaluated = measurements.load(run, "shifts", Shifts), summarize(run).evaluated
    assert evaluated is not None and found.accuracy == evaluated.test_accuracy
    assert found.cross_entropy == pytest.approx(evaluated.test_cross_entropy, rel=1e-6)
    measure(run, "similarity")
    layers = measurements.load(run, "similarity", Similarity)
    assert layers.began_with == "initial values, drawn from seed 1"
    assert all(one.similarity is not None and 0 < one.similarity < 1 for one in layers.layers)


def test_of_a_run_that_continues_the_layers_that_stayed_frozen_are_exactly_1() -> None:
    first = trained(small_experiment(FROZEN, limit=64, device="cpu"))
    tuned = FROZEN.model_copy(update={"unfreeze": "last-2"})
    run = trained(small_experiment(tuned, limit=64, epochs=2, device="cpu"), first)
    measure(run, "similarity")
    found = measurements.load(run, "similarity", Similarity)
    alike = {one.name: one.similarity for one in found.layers}
    assert [alike[name] for name in ("block1_conv1", "block1_conv2", "block1_pool", "block2_conv1")] == [
        1.0
    ] * 4
    assert all((alike[name] or 0) < 1 for name in ("block2_conv2", "block2_pool", "dense", "classes"))
    assert first.id in found.began_with
