"""The ways to train a job, each in fresh processes: plain Keras; tuilab, its cache empty or filled."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from tuilab.bench.child import Child, Line
from tuilab.bench.job import Job
from tuilab.errors import RunError, TuilabError
from tuilab.experiment.toml import to_toml
from tuilab.machine.environment import hide_keras_settings
from tuilab.processes.children import let_libraries_warn
from tuilab.runs.journal.records import DatasetRecord, DeviceRecord, Epoch, Evaluated, Started, adapter
from tuilab.runs.metrics import ALWAYS
from tuilab.terminal import clean

Way = Literal["plain Keras", "tuilab", "tuilab warm"]

SERIES = (*(metric.name for metric in ALWAYS), "penalty", *(metric.val for metric in ALWAYS))
"""Names of a history's lists."""

TUILAB = ("-c", "from tuilab.cli.main import main; main()", "run", "--events")


@dataclass(frozen=True)
class Trained:
    """One experiment, trained and tested.

    Attributes:
        preset: its name.
        seconds: from the start of the process, or from the test accuracy before, to its test accuracy.
        epoch_seconds: a number an epoch, validation included.
        history: a list for each of ``SERIES``, a number an epoch.
        training_images, validation_images, test_images: how many.
        test_accuracy: share of 1.
        test_cross_entropy: nats.
    """

    preset: str
    seconds: float
    epoch_seconds: tuple[float, ...]
    history: Mapping[str, tuple[float, ...]]
    training_images: int
    validation_images: int
    test_images: int
    test_accuracy: float
    test_cross_entropy: float


@dataclass(frozen=True)
class Passage:
    """A job done one way, from the start of its process to the last test accuracy.

    Attributes:
        way: which.
        trained: each experiment, parents first.
        peak_bytes: most memory (RSS) of the processes together.
        peak_process_bytes: most of a single one.
        device: ``cpu``, ``gpu:K``, or the names of the GPUs that plain Keras sees.
        device_name: the processor's or the card's name; not yet cleaned for a screen.
        versions: of TensorFlow, Keras, NumPy.
    """

    way: Way
    trained: tuple[Trained, ...]
    peak_bytes: int
    peak_process_bytes: int
    device: str
    device_name: str
    versions: Mapping[str, str]

    @property
    def seconds(self) -> float:
        """From start to the last test accuracy."""
        return sum(one.seconds for one in self.trained)


def plain(job: Job, folder: Path, environment: Mapping[str, str]) -> Passage:
    """Train a job in plain Keras, all of it in one process, as in one notebook.

    Args:
        folder: takes the experiments and what the process prints on stderr.
        environment: the process's.

    Raises:
        RunError: it failed; the sentence has its last words.
    """
    files = []
    for number, (_, experiment) in enumerate(job.steps):
        files.append(folder / f"experiment-{number}.toml")
        files[-1].write_text(to_toml(experiment), encoding="utf-8")
    first, *rest = map(str, files)
    words = [first, str(job.options["data.source"])]
    words += ["--weights", job.weights] if job.weights else []
    words += ["--then", *rest] if rest else []
    command = [sys.executable, "-m", "tuilab.engine.reference.notebook", *words]
    return _passage("plain Keras", job, command, environment, folder, read_plain)


def ours(
    job: Job, folder: Path, home: Path, environment: Mapping[str, str], *, way: Way = "tuilab"
) -> Passage:
    """Train a job with ``tuilab run``.

    Args:
        folder: takes what the process prints on stderr.
        home: its TUILAB_HOME.
        environment: the process's, the home left out.
        way: what to call it: whether the home's cache is filled.

    Raises:
        RunError: it failed; the sentence has its last words.
    """
    command = [sys.executable, *TUILAB, *job.words()]
    return _passage(way, job, command, {**environment, "TUILAB_HOME": str(home)}, folder, read_ours)


def child_environment(visible: str | None) -> dict[str, str]:
    """Return what both ways find in their environment.

    Args:
        visible: the one GPU that both may use, as CUDA_VISIBLE_DEVICES takes it; None hides all.
    """
    environment = {
        **os.environ,
        "CUDA_VISIBLE_DEVICES": "-1" if visible is None else visible,
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
    hide_keras_settings(environment)
    let_libraries_warn(environment)
    return environment


@dataclass
class Found:
    """What a process said so far."""

    trained: list[Trained] = field(default_factory=list)
    device: str = ""
    device_name: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)

    def began(self) -> float:
        """Return the seconds at which the training under way began."""
        return sum(one.seconds for one in self.trained)


def read_plain(lines: Iterator[Line], job: Job, found: Found) -> None:
    """Read what ``tuilab.engine.reference.notebook`` prints."""
    for line, (preset, _) in zip(lines, job.steps, strict=False):
        result: dict[str, Any] = json.loads(line.text)
        found.trained.append(
            Trained(
                preset=preset,
                seconds=line.seconds - found.began(),
                epoch_seconds=tuple(result["epoch_seconds"]),
                history={name: tuple(result["history"][name]) for name in SERIES},
                training_images=result["training_images"],
                validation_images=result["validation_images"],
                test_images=result["test_images"],
                test_accuracy=result["test_accuracy"],
                test_cross_entropy=result["test_cross_entropy"],
            )
        )
        found.device = "gpu" if result["gpus"] else "cpu"
        found.device_name = ", ".join(result["gpus"])
        found.versions = result["versions"]
    for _ in lines:  # to its end, so that it never waits for a reader
        pass


def read_ours(lines: Iterator[Line], job: Job, found: Found) -> None:
    """Read what ``tuilab run --events`` prints."""
    epochs: list[Epoch] = []
    images: DatasetRecord | None = None
    for line in lines:
        record = adapter.validate_python(json.loads(line.text)["record"])
        match record:
            case Started():
                epochs, images, found.versions = [], None, record.versions
            case DeviceRecord():
                found.device, found.device_name = record.device, record.name
            case DatasetRecord():
                images = record
            case Epoch():
                epochs.append(record)
            case Evaluated() if images is not None and len(found.trained) < len(job.steps):
                found.trained.append(
                    Trained(
                        preset=job.steps[len(found.trained)][0],
                        seconds=line.seconds - found.began(),
                        epoch_seconds=tuple(epoch.seconds for epoch in epochs),
                        history={name: tuple(getattr(epoch, name) for epoch in epochs) for name in SERIES},
                        training_images=images.training_images,
                        validation_images=images.validation_images,
                        test_images=images.test_images,
                        test_accuracy=record.test_accuracy,
                        test_cross_entropy=record.test_cross_entropy,
                    )
                )
            case _:
                pass  # nothing that is compared


def _passage(
    way: Way,
    job: Job,
    command: list[str],
    environment: Mapping[str, str],
    folder: Path,
    read: Callable[[Iterator[Line], Job, Found], None],
) -> Passage:
    log, found = folder / "stderr.log", Found()
    try:
        with Child(command, environment, log) as child:
            read(child.lines(), job, found)
            code = child.wait()
    except OSError as error:
        raise RunError(f"{way} cannot be started: {clean(error.strerror or str(error))}") from error
    except (ValueError, KeyError, ValidationError) as error:
        raise RunError(
            f"{way} printed something that is not a result: {clean(str(error), limit=200)}", _last(log)
        ) from error
    if code != 0 or len(found.trained) != len(job.steps):
        raise _failure(way, job, code, log)
    return Passage(
        way=way,
        trained=tuple(found.trained),
        peak_bytes=child.peak_tree,
        peak_process_bytes=child.peak_process,
        device=found.device,
        device_name=found.device_name,
        versions={name: found.versions[name] for name in ("tensorflow", "keras", "numpy")},
    )


def _failure(way: Way, job: Job, code: int, log: Path) -> TuilabError:
    how = f"was killed by signal {-code}" if code < 0 else f"exited with code {code}"
    hint = "; the system may have run out of memory" if code == -9 else ""
    error = RunError(f"{way} {how} while training {job.preset}{hint}; its last output:", _last(log))
    if code in (2, 3) and way != "plain Keras":
        error.exit_code = code  # tuilab's own: a value that is not allowed, or something missing
    return error


def _last(log: Path, lines: int = 4) -> list[str]:
    """Return the last lines of what a process printed."""
    texts = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return [clean(text.strip(), limit=300) for text in texts if text.strip()][-lines:]
