"""What was measured of a trained network's gradients and ReLUs, on a few of its training images."""

from pydantic import BaseModel, ConfigDict

from tuilab.runs.journal.records import Number


class LayerGradient(BaseModel):
    """A layer with a kernel, and the ReLU behind it."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    name: str
    weights: int
    """Numbers in its kernel."""
    norm: Number
    """Of its kernel."""
    gradient: Number | None
    """Norm of the gradient of the cross-entropy, for its kernel; None: the layer is frozen."""
    of_loss: Number | None
    """The same of the whole loss, which has the weight penalties in it: what a step follows."""
    units: int | None
    """Channels of a convolution, units of a dense layer; None: no ReLU follows it."""
    dead: int | None
    """Units whose ReLU is 0 everywhere in every image."""
    zeros: Number | None
    """Share of its ReLU's outputs that are 0."""


class GradientMoment(BaseModel):
    """A network after some epochs."""

    model_config = ConfigDict(frozen=True, ser_json_inf_nan="strings")

    epoch: int
    global_norm: Number
    """Norm of the gradient of the whole loss, for all that trains together: what clipping looks at."""
    layers: tuple[LayerGradient, ...]
    """From the image to the classes."""


class MeasuredGradients(BaseModel):
    """The network at the end, and after each epoch whose checkpoint was kept."""

    model_config = ConfigDict(frozen=True)

    images: int
    """The first so many of the training images."""
    batch: int
    """Images that were normalized together, at most."""
    moments: tuple[GradientMoment, ...]
    """By epoch; the trained network is the last."""
    passed_over: tuple[str, ...] = ()
    """What is wrong with checkpoints that could not be measured, a sentence each."""
