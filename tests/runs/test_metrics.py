"""What is measured of an epoch is declared once, and read back by its name from every record."""

import math

import pytest
from journals import BATCH, EVALUATED, epoch

from tuilab.runs.journal.records import Batch, Epoch, Evaluated, adapter
from tuilab.runs.metrics import METRICS, Metric


def test_names_are_told_apart_wherever_they_stand() -> None:
    names = [name for metric in METRICS for name in (metric.name, metric.val, metric.test)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("metric", METRICS[:2], ids=lambda metric: metric.name)
def test_what_was_always_recorded_is_read_by_its_name(metric: Metric) -> None:
    for record, name in ((BATCH, metric.name), (epoch(1), metric.val), (EVALUATED, metric.test)):
        assert record.value(name) == getattr(record, name)


def test_a_further_metric_is_read_by_its_name_and_survives_the_journal() -> None:
    written = epoch(1).model_copy(update={"metrics": {"recall": 0.5, "val_recall": math.nan}})
    read = adapter.validate_json(written.model_dump_json())
    assert isinstance(read, Epoch)
    assert read.value("recall") == 0.5 and math.isnan(read.value("val_recall") or 0.0)


@pytest.mark.parametrize("record", [BATCH, epoch(1), EVALUATED], ids=["batch", "epoch", "evaluated"])
def test_a_journal_of_before_does_not_tell_it(record: Batch | Epoch | Evaluated) -> None:
    read = adapter.validate_json(record.model_dump_json(exclude={"metrics"}))
    assert read == record and isinstance(read, Batch | Epoch | Evaluated)
    assert read.value("recall") is None
