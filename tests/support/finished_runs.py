"""Run folders with a past: made of given records, without a worker and without TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

from records import CPU, DIGITS, DONE, IMAGENET, INITIAL, NETWORK, RANDOM, STARTED, epoch

from tuilab import presets
from tuilab.experiment import Experiment, TransferSpec, with_overrides
from tuilab.runs import store
from tuilab.runs.journal.records import (
    LAST,
    AnyRecord,
    Checkpoint,
    DatasetRecord,
    Epoch,
    Evaluated,
    WeightsRecord,
)
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, read_lease


def experiment_of(preset: str, settings: Mapping[str, Any]) -> Experiment:
    """Return a preset's experiment with settings changed."""
    return with_overrides(presets.find(preset).experiment, settings)


def finished_run(
    preset: str = "bn",
    settings: Mapping[str, Any] | None = None,
    *,
    name: str = "",
    parent: Run | None = None,
    accuracy: float = 0.25,
    cross_entropy: float = 1.25,
    epochs: Sequence[Epoch] | None = None,
    dataset: DatasetRecord | None = DIGITS,
    weights: WeightsRecord | None = None,
    last: AnyRecord | None = DONE,
    checkpoint: bool = True,
) -> Run:
    """Make the folder of a run of digits that trained.

    Args:
        last: its last record; with another than ``DONE`` nothing was tested and no model kept; with
            None its journal just ends.
        checkpoint: whether the folder of its trained model is there.
    """
    experiment = experiment_of(preset, {"data.source": "digits", **(settings or {})})
    run = store.create(experiment, preset=preset, name=name, parent=parent.id if parent else None)
    if weights is None:
        transfer = isinstance(experiment.model, TransferSpec)
        weights = (RANDOM if experiment.weights == "random" else IMAGENET) if transfer else INITIAL
    records: list[AnyRecord] = [STARTED, CPU]
    records += [dataset] if dataset else []
    records += [weights, NETWORK]
    records += epochs if epochs is not None else [epoch(1), epoch(2)]
    if last is not None and last.kind == "done":
        records += [
            Evaluated(test_accuracy=accuracy, test_cross_entropy=cross_entropy),
            Checkpoint(epoch=2, name="final", digest="c1"),
        ]
        if checkpoint:
            (run.checkpoints / "final").mkdir()
    write(run, [*records, *([last] if last else [])])
    return run


def write(run: Run, records: Sequence[AnyRecord]) -> None:
    """Append records to a run's journal; each is a second younger than the one before it.

    If no last record ends it, it is as if this process trained the run.
    """
    over = bool(records) and isinstance(records[-1], LAST)
    lease = read_lease(run.lease)
    if lease.same_holder(Lease.own()) if lease else not over:
        run.lease.write_text(Lease.own().model_copy(update={"ended": over}).text())
    seconds = iter(range(1_800_000_000, 1_900_000_000))
    journal = JournalWriter(run.journal, clock=lambda: float(next(seconds)))
    for record in records:
        journal.append(record)
    journal.close()
