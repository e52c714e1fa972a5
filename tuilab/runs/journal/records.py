"""The records of a journal: what a worker says while it runs, in the order it happened.

Frozen pydantic models told apart by ``kind``. Accuracies are shares of 1, cross-entropy and
penalty are in nats a sample, times in seconds. A number that is not finite is kept as such
(``"NaN"``, ``"Infinity"`` in the file, which JSON cannot write as numbers).
"""

import hashlib
import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

Number = Annotated[float, BeforeValidator(lambda value: math.nan if value is None else value)]
"""A number that may be NaN or infinite; journals of the first days hold ``null`` for both."""

VALIDATION = "validation"
"""What the phase ``training`` is at between an epoch's last batch and its record."""
PhaseName = Literal["starting", "downloading", "loading", "features", "compiling", "training", "evaluating"]


class Record(BaseModel):
    """Base of all records."""

    # built when first read: a listing of runs decodes few kinds
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", defer_build=True)


class Started(Record):
    """The worker runs."""

    kind: Literal["started"] = "started"
    pid: int
    host: str
    versions: dict[str, str]
    """Versions of python, tensorflow, keras, numpy and tuilab."""
    manifest_seal: str = ""
    """Digest of what the run's manifest fixes, the experiment included; empty: not recorded."""
    threads: int | None = None
    """With how many TensorFlow computes an operation, which decides last digits; None: not recorded."""
    environment: dict[str, str] | None = None
    """Variables that are set and change last digits (``tuilab.machine.environment``); None: not recorded."""


class Resumed(Record):
    """The run continues from a checkpoint, or, where ``checkpoint`` is empty, begins again.

    What the journal says of epochs after it is no longer so: they are trained again.
    """

    kind: Literal["resumed"] = "resumed"
    epoch: int
    """Whole epochs that were trained before."""
    step: int
    """Steps of the next one that were trained before."""
    checkpoint: str
    """Folder below ``checkpoints/``."""


class Phase(Record):
    """A phase begins or continues: ``done`` of ``total`` ``unit``s of ``what``."""

    kind: Literal["phase"] = "phase"
    name: PhaseName
    what: str = ""
    done: int = 0
    total: int | None = None
    unit: str = ""
    worked: float | None = None
    """Seconds of work so far, pauses and stops left out; None in journals of earlier versions."""

    @property
    def validates(self) -> bool:
        """Whether it is about the validation at the end of an epoch."""
        return self.name == "training" and self.what == VALIDATION


class Note(Record):
    """Something a person should know: a fallback that was asked for, a choice that was made."""

    kind: Literal["note"] = "note"
    text: str


class DeviceRecord(Record):
    """Where it trains."""

    kind: Literal["device"] = "device"
    device: str
    """``cpu`` or ``gpu:K``."""
    name: str
    """The processor's or the card's own name."""
    precision: str
    reason: str
    """Why this one: one sentence."""
    deterministic: bool = True
    """Whether it computes in ways that give the same numbers every time."""
    xla: bool = False
    """Whether XLA compiles the steps of training."""


class DatasetRecord(Record):
    """What it trains on."""

    kind: Literal["dataset"] = "dataset"
    name: str
    source: str
    digest: str
    classes: list[str]
    training_images: int
    validation_images: int
    test_images: int
    test_digest: str = ""
    """SHA-256 of the test images, their labels and the classes; empty: not recorded."""
    split_seed: int | None = None
    """The seed that chose the test images; None: not recorded, or they are the same for every seed."""
    order: str = ""
    """SHA-256 of the order that gave training and validation their share of rare classes; empty: the images
    stand as they were read, or it was not recorded."""

    @property
    def taken(self) -> str:
        """What checkpoints and frozen features belong to: the images in the order of the run.

        Equal to ``digest`` where they stand as they were read.
        """
        if not self.order:
            return self.digest
        return hashlib.sha256(f"{self.digest} {self.order}".encode()).hexdigest()


class WeightsRecord(Record):
    """What the base starts from."""

    kind: Literal["weights"] = "weights"
    name: str
    """``imagenet``, ``random``, a file's name, or ``run ID`` for a parent's trained model."""
    source: str
    digest: str
    attribution: str = ""


class LayerRecord(Record):
    """One layer of the network as it was built."""

    name: str
    type: str
    output: list[int]
    parameters: int
    trained: int
    """Parameters of it that train."""


class NetworkRecord(Record):
    """What trains, counted from the root model after it was built and its flags were set."""

    kind: Literal["network"] = "network"
    trained_tensors: int
    trained_base_tensors: int
    trained_parameters: int
    total_parameters: int
    layers: list[LayerRecord]


class Measured(Record):
    """What is measured on images.

    The first two of ``tuilab.runs.metrics.METRICS`` are fields, as they have always been; the others stand in
    ``metrics``.
    """

    kind: Any  # here so that it comes first in a line, by which lines are told apart without decoding them
    metrics: dict[str, Number] = {}
    """Values by the names that a ``Metric`` gives them; empty: none was recorded."""

    def value(self, name: str) -> float | None:
        """Return a number by its name, whether a field or one of ``metrics``; None: it was not recorded."""
        return self.metrics[name] if name in self.metrics else self.__dict__.get(name)


class Batch(Measured):
    """How far an epoch is; running means over the epoch so far."""

    kind: Literal["batch"] = "batch"
    epoch: int
    """Counted from 1."""
    step: int
    """Steps done in this epoch."""
    steps: int
    accuracy: Number
    cross_entropy: Number
    penalty: Number
    gradient_norm: Number
    images_per_second: Number
    seconds_left: Number
    """Of the whole training, at the present speed."""
    worked: float | None = None
    """Seconds of work so far, as in ``Phase``."""


class Epoch(Measured):
    """One epoch done, its validation included."""

    kind: Literal["epoch"] = "epoch"
    epoch: int
    accuracy: Number
    cross_entropy: Number
    penalty: Number
    gradient_norm: Number
    """Mean over the steps of the norm of all gradients together, before clipping."""
    val_accuracy: Number
    val_cross_entropy: Number
    learning_rate: Number
    seconds: Number


class Evaluated(Measured):
    """The trained model on the test images."""

    kind: Literal["evaluated"] = "evaluated"
    test_accuracy: Number
    test_cross_entropy: Number


def named(kind: type[Measured], values: Mapping[str, float]) -> dict[str, Any]:
    """Return what a record of a kind is made from, to hold values by their names: fields, and ``metrics``."""
    own = {name: value for name, value in values.items() if name in kind.model_fields}
    return {**own, "metrics": {name: value for name, value in values.items() if name not in own}}


class Checkpoint(Record):
    """The network's weights are on disk: ``final``, the trained model, or what the run can continue from."""

    kind: Literal["checkpoint"] = "checkpoint"
    epoch: int
    """Whole epochs."""
    step: int = 0
    """Steps of the next one."""
    name: str
    """Folder below ``checkpoints/``."""
    digest: str
    """SHA-256 of its weights."""
    manifest: str = ""
    """SHA-256 of the manifest beside them; empty: not recorded."""


class Done(Record):
    """The run is finished."""

    kind: Literal["done"] = "done"
    seconds: Number
    """From the worker's start to here."""


class Stopped(Record):
    """The run was asked to stop and did, at a batch boundary."""

    kind: Literal["stopped"] = "stopped"
    epoch: int
    """Epochs that were finished."""
    reason: str
    seconds: Number


DIVERGED = "the training diverged"
"""So begins the reason of a run that failed because its numbers were no longer finite."""


class Failed(Record):
    """The run cannot continue."""

    kind: Literal["failed"] = "failed"
    reason: str
    remedies: list[str] = []
    exit_code: int
    seconds: Number


AnyRecord = (
    Started
    | Resumed
    | Phase
    | Note
    | DeviceRecord
    | DatasetRecord
    | WeightsRecord
    | NetworkRecord
    | Batch
    | Epoch
    | Evaluated
    | Checkpoint
    | Done
    | Stopped
    | Failed
)
LAST = (Done, Stopped, Failed)
"""A journal ends with one of these."""

adapter: TypeAdapter[AnyRecord] = TypeAdapter(
    Annotated[AnyRecord, Field(discriminator="kind")], config=ConfigDict(defer_build=True)
)
