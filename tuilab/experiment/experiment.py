"""The experiment's models: data, model, optimizer, training. Frozen; a docstring a field.

Defaults are the course's where it has one, else Keras's.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, TypeVar, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from tuilab.bases.base_network import BaseLayer, BaseNetwork
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import nearest
from tuilab.experiment.optimizers import OPTIMIZER_KINDS, OptimizerSpec
from tuilab.experiment.part import Count, Factor, Fraction, Part, Text, Whole
from tuilab.experiment.unfreeze import trained_layers

Pixels = Literal["unit", "standardize", "imagenet"]
BnPosition = Literal["before", "after"]
Validation = Literal["last-20%", "test"]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
ProbeName = Literal["batch-statistics"]

Step = TypeVar("Step")


class DataSpec(Part):
    """Which images, and how their pixels reach the network."""

    source: Text = "cifar10"
    """The name of a data set, or a path to an archive, an .npz file or class folders."""

    pixels: Pixels = "unit"
    """``unit``: 0 to 1, as in the course. ``standardize``: minus the mean and divided by the standard
    deviation of the training images, per channel. ``imagenet``: BGR, 0-255, minus ImageNet's channel
    means, which is what {base} was trained on."""


class CnnSpec(Part):
    """The small CNN of assignment 1: blocks of [convolutions, max-pool, dropout], then a dense layer."""

    kind: Literal["cnn"]

    filters: Annotated[
        tuple[Annotated[Whole, Field(ge=1, le=4096)], ...], Field(min_length=1, max_length=5)
    ] = (
        32,
        64,
        128,
    )
    """Filters of each block's convolutions: one number per block."""

    convolutions: Annotated[Whole, Field(ge=1, le=8)] = 2
    """3x3 convolutions per block."""

    pool: Annotated[Whole, Field(ge=1, le=32)] = 3
    """Side of the max-pool that ends a block; at least one pixel must be left (32 // pool // ...)."""

    dropout: Fraction = 0.2
    """Share of activations dropped after every pool and after the first dense layer; 0: none."""

    dense: Annotated[Whole, Field(ge=1, le=65536)] = 128
    """Units of the first dense layer."""

    batch_norm: bool = False
    """Batch normalization at every convolution and at the first dense layer."""

    bn_position: BnPosition = "before"
    """Batch normalization before or after the activation."""

    bn_momentum: Fraction = 0.99
    """How slowly the moving mean and variance follow the batches: moving = m * moving + (1 - m) * batch.
    Changes only what is used at inference."""

    l1: Factor = 0.0
    """L1 factor on the kernels: adds l1 * sum(|w|) to the loss."""

    l2: Factor = 0.0
    """L2 factor on the kernels: adds l2 * sum(w^2) to the loss. Both above 0: L1L2."""

    decay_dense: bool = True
    """Whether the first dense layer is penalized as well as the convolutions."""

    @model_validator(mode="after")
    def _image_outlasts_the_pools(self) -> "CnnSpec":
        side = 32
        for block in range(1, len(self.filters) + 1):
            if side // self.pool < 1:
                raise ValueError(
                    f"pool = {self.pool} with {len(self.filters)} blocks leaves no image: block {block} gets "
                    f"{side}x{side} pixels; pool must be at most {_largest_pool(len(self.filters))}"
                )
            side //= self.pool
        return self


class HeadSpec(Part):
    """The classifier on top of the base: flatten, dense, BN, ReLU, dropout, dense softmax."""

    dense: Annotated[Whole, Field(ge=1, le=65536)] = 256
    """Units of the first dense layer."""

    batch_norm: bool = True
    """Batch normalization between the first dense layer and its ReLU."""

    bn_momentum: Fraction = 0.99
    """Momentum of that batch normalization's moving mean and variance."""

    dropout: Fraction = 0.5
    """Share of activations dropped before the last layer; 0: none."""

    bn_position: ClassVar[BnPosition] = "before"
    """Not for choice: the course's head normalizes before its ReLU."""


class TransferSpec(Part):
    """{base}'s base with a new head, assignment 2."""

    kind: Literal["transfer"]

    base: str = COURSE_BASE
    """The name of the pre-trained network that it stands on."""

    weights: Text = "imagenet"
    """``imagenet``, ``random``, or a path to a Keras weight file of the {base} base."""

    last_layer: str = "block5_pool"
    """The last layer of the base that is kept."""

    unfreeze: str = "none"
    """Which layers of the base are trainable: none, all, last-N, from:LAYER, blocks:2,3."""

    head: HeadSpec = HeadSpec()
    """The new layers."""

    l1: Factor = 0.0
    """L1 factor on the base's trainable kernels (Keras does not count frozen ones)."""

    l2: Factor = 0.0
    """L2 factor on the base's trainable kernels. Both above 0: L1L2."""

    decay_dense: bool = True
    """Whether the head's first dense layer is penalized too."""

    @property
    def weights_name(self) -> str:
        """The weights as a run's record calls them: those of a file are not taken for a name."""
        return self.weights if self.weights in {"imagenet", "random"} else f"file {self.weights}"

    @property
    def base_network(self) -> BaseNetwork:
        """What ``base`` names."""
        return BASES[self.base]

    @property
    def kept(self) -> tuple[BaseLayer, ...]:
        """The layers of the base that are kept, from its first on."""
        return self.base_network.up_to(self.last_layer)

    @property
    def trained(self) -> tuple[BaseLayer, ...]:
        """Those of them that train, pools among them."""
        return trained_layers(self.unfreeze, self.kept)

    @model_validator(mode="before")
    @classmethod
    def _whole_unless_said(cls, given: Any) -> Any:
        """Keep another base than the course's whole where no last layer is given: each has its own."""
        if isinstance(given, dict) and isinstance(name := given.get("base"), str) and name in BASES:
            return {"last_layer": BASES[name].names[-1], **given}
        return given

    @field_validator("base")
    @classmethod
    def _base_exists(cls, value: str) -> str:
        if value not in BASES:
            raise ValueError(f"it must be {' or '.join(BASES)}{nearest(value, BASES)}")
        return value

    @field_validator("last_layer")
    @classmethod
    def _last_layer_exists(cls, value: str, known: ValidationInfo) -> str:
        base = BASES.get(known.data.get("base", ""))  # none: the base itself was refused
        if base is not None and value not in base.names:
            raise ValueError(
                f"it must be a layer from {base.names[0]} to {base.names[-1]}{nearest(value, base.names)}"
            )
        return value

    @model_validator(mode="after")
    def _unfreeze_point_exists(self) -> "TransferSpec":
        try:
            trained_layers(self.unfreeze, self.kept)
        except ValueError as error:
            raise ValueError(f"unfreeze = {self.unfreeze[:80]!r} is not allowed: {error}") from error
        return self


class TrainingSpec(Part):
    """How long, on what, and from which seed."""

    epochs: Annotated[Whole, Field(ge=1, le=100_000)] = 5
    """Passes over the training images."""

    batch_size: Count = 64
    """Images per step."""

    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 1
    """Decides the initial weights, the order of the images and dropout, for each epoch from (seed, epoch)."""

    validation: Validation = "test"
    """``last-20%``: the last fifth of the training images, held out, as Keras's ``validation_split`` does.
    ``test``: the test images."""

    precision: Precision = "float32"
    """Keras's dtype policy; the mixed ones are for GPUs."""

    device: Annotated[str, Field(pattern=r"^(auto|cpu|gpu:[0-9]{1,3})$")] = "auto"
    """``auto`` (the GPU with the most free memory, else the CPU), ``cpu`` or ``gpu:K``. Not part of "
    "the digest."""

    limit: Count | None = None
    """Use only the first N training images, for quick tries; all test images are still used."""

    features: Literal["auto", "on", "off"] = "auto"
    """Whether the output of a base's frozen part is computed once and kept. ``auto``: where that pays off
    and fits. The results are the same up to float rounding. Not part of the digest."""

    keep_checkpoints: Literal["latest", "all"] = "latest"
    """``latest``: the checkpoints of the two newest epochs and of the best one. ``all``: those of every
    epoch, so that a fork can start from any of them. Not part of the digest."""

    probes: tuple[ProbeName, ...] = ()
    """What is recorded while it trains, beside the journal. ``batch-statistics``: the mean and variance of
    every batch in every batch normalization. No number changes with it. Not part of the digest."""

    @field_validator("probes")
    @classmethod
    def _each_probe_once(cls, value: tuple[ProbeName, ...]) -> tuple[ProbeName, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a probe is named twice; name it once")
        return value

    @property
    def activation_bytes(self) -> int:
        """Bytes of each number that layers compute; weights are float32 whatever the precision."""
        match self.precision:
            case "float32":
                return 4
            case "mixed_float16" | "mixed_bfloat16":
                return 2

    @property
    def holds_out(self) -> bool:
        """Whether validation takes a part of the training images away."""
        match self.validation:
            case "last-20%":
                return True
            case "test":
                return False


NOT_IN_DIGEST = ("device", "features", "keep_checkpoints", "probes")
"""Settings of ``TrainingSpec`` that say where and how an experiment runs and what is kept of it: not what
it is."""

ModelSpec = Annotated[CnnSpec | TransferSpec, Field(discriminator="kind")]

KINDS: dict[str, tuple[str, ...]] = {
    "model": tuple(
        get_args(spec.model_fields["kind"].annotation)[0] for spec in get_args(get_args(ModelSpec)[0])
    ),
    "optimizer": OPTIMIZER_KINDS,
}
"""Parts that there are several kinds of, and what these are called."""


def base_of(model: ModelSpec) -> TransferSpec | None:
    """Return the model where it stands on a pretrained base; None for a network that has none."""
    match model:
        case TransferSpec():
            return model
        case CnnSpec():
            return None


def head_of(model: ModelSpec) -> CnnSpec | HeadSpec:
    """Return what sets the layers behind the last pool: dense units, batch normalization, dropout."""
    match model:
        case TransferSpec():
            return model.head
        case CnnSpec():
            return model


def in_order(position: BnPosition, norm: Step, relu: Step) -> tuple[Step, Step]:
    """Return batch normalization and activation, as a position says: whichever comes first stands first."""
    match position:
        case "before":
            return norm, relu
        case "after":
            return relu, norm


class Experiment(Part):
    """All that decides what is trained."""

    data: DataSpec = DataSpec()
    """Which images."""

    model: ModelSpec
    """Which network."""

    optimizer: OptimizerSpec
    """How the weights are updated."""

    training: TrainingSpec = TrainingSpec()
    """How long and from which seed."""

    continue_from: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    """The preset whose trained model this one starts from, or nothing."""

    @property
    def digest(self) -> str:
        """16 hex digits that name this experiment, the same on every machine and for ever.

        SHA-256 over the canonical JSON of what differs from the defaults (so a setting added
        later does not rename old experiments). ``NOT_IN_DIGEST`` is left out.
        """
        content = self.model_dump(mode="json", exclude_defaults=True)
        for name in NOT_IN_DIGEST:
            content.get("training", {}).pop(name, None)
        if not content.get("training"):
            content.pop("training", None)
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(canonical.encode()).hexdigest()[:16]

    @property
    def weights(self) -> str | None:
        """Which weights the base starts from; None for a network that has no base."""
        base = base_of(self.model)
        return base.weights if base is not None else None


def _largest_pool(blocks: int) -> int:
    return max(pool for pool in range(1, 33) if 32 // pool**blocks >= 1)
