"""A finished run under other statistics, measured by a process of its own."""

import pytest
from small_experiments import small_cnn, small_experiment

from tuilab.lab.measuring import Measuring
from tuilab.runs import measurements, store
from tuilab.runs.norm_statistics import NAME, NormStatistics
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import WorkerProcess

pytestmark = pytest.mark.slow


def test_with_its_moving_statistics_it_is_what_the_run_recorded_after_each_epoch() -> None:
    model = small_cnn(batch_norm=True, dropout=0.2)
    settings = {"limit": 64, "epochs": 3, "validation": "last-20%", "keep_checkpoints": "all"}
    run = store.create(small_experiment(model, device="cpu", **settings), preset="baseline")
    list(WorkerProcess(run).follow())
    with Measuring(run, NAME) as measuring:
        measuring.finish()
    found, epochs = measurements.load(run, NAME, NormStatistics), summarize(run).epochs
    assert [one.epoch for one in found.epochs] == [1, 2, 3]
    for one, recorded in zip(found.epochs, epochs, strict=True):
        moving = one.score("moving")
        assert moving is not None and moving.accuracy == pytest.approx(recorded.val_accuracy)
        assert moving.cross_entropy == pytest.approx(recorded.val_cross_entropy, rel=1e-4)
    assert len(found.final) == 7 and [norm.layer for norm in found.norms] == ["block1_conv1_bn", "dense_bn"]
