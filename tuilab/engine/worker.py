"""The worker: a process that trains one run. ``python -m tuilab.engine.worker RUN_FOLDER``.

It reads the run's experiment, says everything in the run's journal, and ends. Whoever started
it points its output at ``worker.log`` (TensorFlow's C++ code prints whatever the log level says).
"""

import contextlib
import os
import platform
import signal
import sys
import time
import traceback
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Any

from tuilab import __version__
from tuilab.engine import (
    checkpoints,
    devices,
    features,
    freezing,
    networks,
    optimizers,
    pixels,
    splits,
    weights,
)
from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.telemetry import Reporter
from tuilab.engine.training import Trainer
from tuilab.errors import RunError, TuilabError
from tuilab.runs.journal import JournalWriter
from tuilab.runs.lease_holder import take_lease
from tuilab.runs.process import DISK_FULL, NO_SPACE
from tuilab.runs.records import (
    Checkpoint,
    DatasetRecord,
    Done,
    Evaluated,
    Failed,
    Note,
    PhaseName,
    Started,
    Stopped,
)
from tuilab.runs.store import Run
from tuilab.sources.dataset import Dataset
from tuilab.sources.datasets import load_dataset
from tuilab.sources.progress import Unit
from tuilab.sources.vgg16 import load_vgg16
from tuilab.spec.experiment import Experiment, TransferSpec
from tuilab.terminal import clean


class Worker:
    """Trains one run, from its folder to its last record."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._began = time.perf_counter()
        self._report = Reporter(JournalWriter(run.journal))
        self._stop_reason: str | None = None
        self._epochs = 0
        self._learning = False

    def stop(self, number: int, _: FrameType | None = None) -> None:
        """Take a signal: stop at the next batch boundary."""
        self._stop_reason = f"asked to stop ({signal.Signals(number).name})"

    def main(self) -> int:
        """Train; return the exit code, which the last record holds too."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self.stop)
        try:
            return self._work()
        except OSError as error:  # the journal does not take the last word: the exit code has to say it
            _log_error()
            return DISK_FULL if error.errno in NO_SPACE else RunError.exit_code

    def _work(self) -> int:
        """Train; turn whatever ends it into the journal's last record and the exit code."""
        try:
            self._train()
        except StopRequested:
            self._report(
                Stopped(epoch=self._epochs, reason=self._stop_reason or "stopped", seconds=self._seconds())
            )
            return 130
        except TuilabError as error:
            _log_error()
            return self._fail(error.sentence, list(error.remedies), error.exit_code)
        except OSError as error:
            _log_error()
            if error.errno in NO_SPACE:
                reason = f"the disk of {clean(str(self._run.folder))} is full"
                self._fail(reason, _SPACE, RunError.exit_code)
                return DISK_FULL
            return self._unknown(error)
        except MemoryError:
            _log_error()
            return self._fail(
                "the machine's memory does not hold this experiment", _SMALLER, RunError.exit_code
            )
        except Exception as error:  # noqa: BLE001 - the process's outermost frame: told in the journal, logged whole
            _log_error()
            if type(error).__name__ == "ResourceExhaustedError":
                return self._fail(
                    "the device's memory does not hold this experiment", _SMALLER, RunError.exit_code
                )
            return self._unknown(error)
        return 0

    def _train(self) -> None:
        experiment, parent = self._run.experiment(), self._run.manifest().parent
        self._say_started()
        choice = devices.reserve(experiment.training.device)
        dataset, parts = self._load(experiment)
        base = self._load_base(experiment, parent)

        self._pause()
        self._report.phase("starting", "TensorFlow")
        self._report(devices.prepare(choice, experiment.training.precision))
        import keras

        self._pause()
        self._report.phase("compiling")
        keras.utils.set_random_seed(experiment.training.seed)
        network = networks.build(experiment.model, len(dataset.classes))
        if parent is not None:
            said = weights.load_parent(network, Run(self._run.folder.parent / parent), dataset)
        elif base is not None and isinstance(experiment.model, TransferSpec):
            said = weights.load_base(network, experiment.model, base)
        else:
            said = weights.initial(experiment.model, experiment.training.seed)
        self._report(said)
        self._report(freezing.check(network, experiment.model))
        scale = pixels.scaling(experiment.data.pixels, parts.training.images)
        try:
            self._fit(experiment, network, scale, parts)
            self._report(self._test(network, scale, parts.test))
        except StopRequested:
            if self._learning:
                self._save(network, weights.STOPPED)
            raise
        self._save(network, weights.FINAL)
        self._report(Done(seconds=self._seconds()))

    def _fit(self, experiment: Experiment, network: Any, scale: pixels.Scale, parts: splits.Splits) -> None:
        """Train, from frozen features where the network has a frozen part and memory holds them."""
        training, validation, rest = parts.training, parts.validation, network
        divided = features.cut(network)
        if divided is not None and features.fits(divided, len(training) + len(validation)):
            freezing.check_rest(divided.rest, network)
            training, validation = self._features(divided, scale, training, validation)
            rest, scale = divided.rest, pixels.unscaled
        trainer = Trainer(
            experiment,
            rest,
            optimizers.build(experiment.optimizer, experiment.training.precision),
            scale,
            training,
            report=self._hear,
            should_stop=self._should_stop,
        )
        self._report.phase("training", total=experiment.training.epochs, unit="epochs")
        self._learning = True
        trainer.fit(validation)

    def _features(
        self, divided: features.Cut, scale: pixels.Scale, training: splits.Split, validation: splits.Split
    ) -> list[splits.Split]:
        total = len(training) + len(validation)
        what = f"of {divided.after}"
        self._report.phase("features", what, 0, total, "images")
        done, computed = 0, []
        for part in (training, validation):

            def progress(n: int, before: int = done) -> None:
                self._report.progress("features", what, before + n, total, "images")

            computed.append(
                features.compute(divided, scale, part, progress=progress, should_stop=self._should_stop)
            )
            done += len(part)
        return computed

    def _test(self, network: Any, scale: pixels.Scale, test: splits.Split) -> Evaluated:
        """Measure the whole network on the test images."""
        self._report.phase("evaluating", "test images", 0, len(test), "images")
        accuracy, cross_entropy = Evaluator(network, scale, should_stop=self._should_stop).evaluate(
            test, lambda done: self._report.progress("evaluating", "test images", done, len(test), "images")
        )
        return Evaluated(test_accuracy=accuracy, test_cross_entropy=cross_entropy)

    def _progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        """Pass on how far readers and downloads are; end them where a stop was asked for."""
        self._pause()
        self._report.progress(phase, what, done, total, unit)

    def _pause(self) -> None:
        """Raise StopRequested where a stop was asked for."""
        if self._should_stop():
            raise StopRequested

    def _should_stop(self) -> bool:
        return self._stop_reason is not None

    def _save(self, network: Any, name: str) -> None:
        """Keep what was learnt; where the disk does not take it, what was measured still stands."""
        try:
            saved = checkpoints.save(network, self._run.checkpoints, name, self._epochs)
        except OSError as error:
            _log_error()
            why = clean(str(error), limit=200)
            self._report(
                Note(text=f"the trained model could not be saved, so no run can start from it: {why}")
            )
            return
        self._report(Checkpoint(epoch=self._epochs, name=name, digest=saved.sha256))

    def _say_started(self) -> None:
        versions = {name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")}
        self._report(
            Started(
                pid=os.getpid(),
                host=platform.node(),
                versions={"tuilab": __version__, "python": platform.python_version(), **versions},
            )
        )

    def _load(self, experiment: Experiment) -> tuple[DatasetRecord, splits.Splits]:
        self._report.phase("loading", "images")
        training = experiment.training
        dataset = load_dataset(experiment.data.source, seed=training.seed, progress=self._progress)
        parts = splits.split(dataset, training)
        if training.limit and training.limit > len(dataset.train_labels):
            everything = f"all {len(dataset.train_labels)} training images there are"
            self._report(
                Note(text=f"training.limit = {training.limit} is more than there is: {everything} are used")
            )
        record = _dataset_record(dataset, parts)
        self._report(record)
        return record, parts

    def _load_base(self, experiment: Experiment, parent: str | None) -> Any:
        model = experiment.model
        if parent is not None or not isinstance(model, TransferSpec) or model.weights == "random":
            return None
        self._report.phase("loading", "VGG16 weights")
        return load_vgg16(model.weights, progress=self._progress)

    def _hear(self, record: Any) -> None:
        self._report(record)
        if record.kind == "epoch":
            self._epochs = record.epoch

    def _unknown(self, error: Exception) -> int:
        first = (str(error).strip().splitlines() or [""])[0]
        name = type(error).__name__
        reason = f"the worker met an error that it does not know: {name}: {clean(first, limit=200)}"
        return self._fail(reason, [f"the whole of it is in {self._run.log}"], RunError.exit_code)

    def _fail(self, reason: str, remedies: list[str], exit_code: int) -> int:
        self._report(Failed(reason=reason, remedies=remedies, exit_code=exit_code, seconds=self._seconds()))
        return exit_code

    def _seconds(self) -> float:
        return round(time.perf_counter() - self._began, 3)


_SPACE = ["free some space there, or put runs elsewhere: TUILAB_HOME=/a/folder tuilab run ..."]
_SMALLER = ["a smaller batch: --set training.batch_size=...", "or fewer images: --limit N"]


def _dataset_record(dataset: Dataset, parts: splits.Splits) -> DatasetRecord:
    return DatasetRecord(
        name=dataset.name,
        source=dataset.source,
        digest=dataset.digest,
        classes=list(dataset.classes),
        training_images=len(parts.training),
        validation_images=len(parts.validation),
        test_images=len(parts.test),
    )


def main(arguments: list[str]) -> int:
    """Run the worker of the folder named by the only argument."""
    run = Run(Path(arguments[0]).absolute())
    try:
        take_lease(run.lease)
        worker = Worker(run)
    except TuilabError as error:  # the journal is another's: worker.log has to do
        print(error.sentence, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        _log_error()
        return DISK_FULL if error.errno in NO_SPACE else RunError.exit_code
    return worker.main()


def _log_error() -> None:
    """Write the error being handled to worker.log, where the disk that holds it takes it."""
    with contextlib.suppress(OSError):
        traceback.print_exc()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
