"""Run folders with a past: made of given records, without a worker and without TensorFlow."""

from collections.abc import Mapping, Sequence
from typing import Any

from tuilab import presets
from tuilab.experiment import Experiment, TransferSpec, with_overrides
from tuilab.runs import store
from tuilab.runs.journal.records import (
    LAST,
    AnyRecord,
    Batch,
    Checkpoint,
    DatasetRecord,
    DeviceRecord,
    Done,
    Epoch,
    Evaluated,
    Failed,
    LayerRecord,
    NetworkRecord,
    Started,
    Stopped,
    WeightsRecord,
)
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.store import Run
from tuilab.runs.worker.lease import Lease, read_lease

DIGITS = DatasetRecord(
    name="digits",
    source="built in",
    digest="d1",
    classes=[str(digit) for digit in range(10)],
    training_images=1442,
    validation_images=355,
    test_images=355,
)
CIFAR10 = DatasetRecord(
    name="cifar10",
    source="the official archive",
    digest="d2",
    classes=["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    training_images=40_000,
    validation_images=10_000,
    test_images=10_000,
)
IMAGENET = WeightsRecord(name="imagenet", source="Keras's cache", digest="w1", attribution="CC BY 4.0")
RANDOM = WeightsRecord(name="random", source="RANDOM weights, drawn from seed 1", digest="")
INITIAL = WeightsRecord(name="-", source="initial values, drawn from seed 1", digest="")
CPU = DeviceRecord(device="cpu", name="a processor", precision="float32", reason="asked for")
VERSIONS = {"tuilab": "0.1.0", "python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"}
BATCH = Batch(
    epoch=1,
    step=3,
    steps=10,
    accuracy=0.5,
    cross_entropy=1.0,
    penalty=0.0,
    gradient_norm=1.0,
    images_per_second=1234.0,
    seconds_left=62.0,
)
DONE = Done(seconds=12.5)
FAILED = Failed(reason="the loss is not a number", exit_code=4, seconds=3.0)
STOPPED = Stopped(epoch=2, reason="asked to stop (SIGTERM)", seconds=5.0)
NETWORK = NetworkRecord(
    trained_tensors=14,
    trained_base_tensors=0,
    trained_parameters=1000,
    total_parameters=2000,
    layers=[LayerRecord(name="dense", type="Dense", output=[10], parameters=2000, trained=1000)],
)


def epoch(number: int, **changed: float) -> Epoch:
    """Return an ordinary epoch with the given numbers changed."""
    numbers: dict[str, Any] = {
        "accuracy": 0.5,
        "cross_entropy": 1.5,
        "penalty": 0.0,
        "gradient_norm": 2.0,
        "val_accuracy": 0.4,
        "val_cross_entropy": 1.7,
        "learning_rate": 0.001,
        "seconds": 2.5,
    }
    return Epoch(epoch=number, **{**numbers, **changed})


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
    records: list[AnyRecord] = [Started(pid=1, host="h", versions=VERSIONS), CPU]
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

    Where no last record ends it, it is as if this process trained the run.
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
