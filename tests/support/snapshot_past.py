"""What happened in the lab of the snapshots: runs with curves like real ones, all of them made up."""

import math
import platform
from collections.abc import Iterator

from checkpoint_folders import written
from finished_runs import finished_run
from records import CIFAR10, DIGITS, DONE, FAILED, epoch, learning_batch

from tuilab.runs.journal.records import AnyRecord, Batch, Epoch, Failed, Stopped
from tuilab.runs.run import Run
from tuilab.runs.worker.lease import Lease, boot_id
from tuilab.tui.session.open_apps import OpenApp

DIVERGED = Failed(
    reason="the training diverged: the cross-entropy is nan by epoch 3, step 12 (learning rate 2)",
    remedies=[
        "a smaller optimizer.learning_rate may keep it finite",
        "so may clipped gradients: optimizer.clip_norm, 1 for example",
    ],
    exit_code=4,
    seconds=9.0,
)
"""As the engine says it."""


def curve(
    epochs: int, train: float, validation: float, *, penalty: float = 0.0, rate: float = 0.001
) -> Iterator[Batch | Epoch]:
    """Yield batches and epochs that approach two accuracies, the second of them not evenly."""
    for number in range(1, epochs + 1):
        for step in (5, 10, 15, 20):
            reached = _reached(number - 1 + step / 20)
            yield learning_batch(
                number,
                step,
                accuracy=0.1 + (train - 0.1) * reached,
                cross_entropy=2.4 - (1.2 + train) * reached,
                penalty=penalty * (1 - 0.02 * number),
            )
        reached, uneven = _reached(number), 0.03 * math.sin(2.3 * number) / number
        yield epoch(
            number,
            accuracy=0.1 + (train - 0.1) * _reached(number - 0.5),
            cross_entropy=2.4 - (1.2 + train) * _reached(number - 0.5),
            penalty=penalty * (1 - 0.02 * number),
            gradient_norm=5.0 / number,
            val_accuracy=0.1 + (validation - 0.1) * reached + uneven,
            val_cross_entropy=2.5 - (1.1 + validation) * reached - 2 * uneven,
            learning_rate=rate,
            seconds=18.0,
        )


def _reached(epochs: float) -> float:
    return 1 - math.exp(-epochs / 1.1)


def course() -> dict[str, Run]:
    """Make the runs of somebody who is half-way through the course; return them by their presets."""
    made = {}
    for preset, train, test, penalty in (
        ("baseline", 0.74, 0.69, 0.0),
        ("bn", 0.86, 0.76, 0.0),
        ("bn-momentum", 0.86, 0.79, 0.0),
        ("bn-l2", 0.84, 0.835, 0.45),
        ("iteration-i", 0.71, 0.652, 0.0),
    ):
        made[preset] = _course_run(preset, train, test, penalty)
    parent = made["iteration-i"]
    made["iteration-ii"] = _course_run("iteration-ii", 0.93, 0.861, 0.0, parent=parent)
    made["iteration-iii"] = _course_run("iteration-iii", 0.95, 0.814, 0.0)
    made["iteration-iv"] = _course_run("iteration-iv", 0.98, 0.787, 0.0, parent=made["iteration-iii"])
    made["named"] = _course_run("bn", 0.88, 0.741, 0.0, name="with dropout 0.1", dropout=0.1)
    made["failed"] = finished_run("bn-l2", epochs=[], last=FAILED)
    return made


def _course_run(
    preset: str,
    train: float,
    test: float,
    penalty: float,
    parent: Run | None = None,
    name: str = "",
    **model: float,
) -> Run:
    count = 10 if preset.startswith("iteration") else 5
    return finished_run(
        preset,
        {"data.source": "cifar10", **{f"model.{key}": value for key, value in model.items()}},
        name=name,
        parent=parent,
        accuracy=test,
        cross_entropy=2.2 - 2 * test,
        epochs=list(curve(count, train, test - 0.01, penalty=penalty)),  # type: ignore[arg-type]
        dataset=CIFAR10,
    )


def digits() -> Run:
    """Make one finished run of digits: a fresh home's first."""
    return finished_run(
        "bn-l2",
        accuracy=0.9437,
        cross_entropy=0.2041,
        epochs=list(curve(5, 0.99, 0.95, penalty=0.45)),  # type: ignore[arg-type]
        dataset=DIGITS,
        last=DONE,
    )


def stopped() -> Run:
    """Make a run that was stopped in its fourth epoch, with checkpoints; its second epoch was its best."""
    *records, _ = curve(4, 0.95, 0.9, penalty=0.45)
    records = [
        record.model_copy(update={"val_accuracy": 0.87})
        if isinstance(record, Epoch) and record.epoch == 2
        else record
        for record in records[:-3]
    ]
    whole = [record for record in records if isinstance(record, Epoch)]
    run = finished_run(
        "bn-l2",
        epochs=records,  # type: ignore[arg-type]
        last=Stopped(epoch=3, reason="asked to stop (SIGTERM)", seconds=61.0),
    )
    for number in (2, 3):
        written(run.checkpoints, number, history=tuple(whole[:number]))
    return run


def left_behind() -> None:
    """Make what a lab left behind that was ended overnight."""
    runs = [digits(), stopped(), finished_run("bn", epochs=[], last=FAILED)]
    dead = Lease(host=platform.node(), boot=boot_id(), pid=2**22 - 1, started=1.0)
    lab = OpenApp()
    lab._app = dead
    lab.note([run.id for run in runs])


def exploding() -> list[AnyRecord]:
    """Return what a training says that ends in NaN."""
    growing = [
        learning_batch(
            number, step, accuracy=0.1, cross_entropy=10.0 ** (number + step / 10), gradient_norm=50.0**number
        )
        for number in (1, 2)
        for step in (5, 10, 15, 20)
    ]
    whole = [
        epoch(
            n, accuracy=0.1, val_accuracy=0.1, cross_entropy=20.0 * 30.0**n, val_cross_entropy=25.0 * 30.0**n
        )
        for n in (1, 2)
    ]
    nan = learning_batch(3, 5, accuracy=0.1, cross_entropy=math.nan, gradient_norm=math.nan)
    return [*growing[:4], whole[0], *growing[4:], whole[1], nan, DIVERGED]
