"""What was measured of a trained network's kernels: how long they are, and what they cost."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from tuilab.runs.journal.records import Number

Normalized = Literal["directly", "behind its ReLU", "no"]
"""Whether a batch normalization that trains follows a kernel: directly, the kernel's length does not matter
to what comes out; behind a ReLU that holds for kernel and bias together."""


class Kernel(BaseModel):
    """A kernel."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    name: str
    """Of its layer."""
    weights: int
    norm: Number
    penalty: Number
    """What it adds to the loss; 0 where it has no penalty or is frozen."""
    trained: bool
    normalized: Normalized
    epsilon_share: Number | None = None
    """Where it is normalized directly: which share of what is divided by is epsilon instead of the moving
    variance, a mean over channels. Length does not matter only as far as this is small."""
    angle: Number | None = None
    """Degrees between it and what it was an epoch before; None where no checkpoint was kept of that."""


class KernelMoment(BaseModel):
    """A network after some epochs."""

    model_config = ConfigDict(frozen=True)

    epoch: int
    kernels: tuple[Kernel, ...]
    """From the image to the classes."""


class MeasuredKernels(BaseModel):
    """The network at the end, and after each epoch whose checkpoint was kept."""

    model_config = ConfigDict(frozen=True)

    moments: tuple[KernelMoment, ...]
    """By epoch; the trained network is the last."""
    passed_over: tuple[str, ...] = ()
    """What is wrong with checkpoints that could not be measured, a sentence each."""
