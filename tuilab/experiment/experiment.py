"""The experiment's models: data, model, optimizer, training. Frozen; a docstring a field.

Defaults are the course's where it has one, else Keras's.
"""

import hashlib
import json
from typing import Annotated, Any, ClassVar, Literal, TypeVar, assert_never, get_args

from pydantic import Field, ValidationInfo, field_validator, model_validator

from tuilab.bases.base_network import BaseLayer, BaseNetwork
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import nearest
from tuilab.experiment.optimizers import OPTIMIZER_KINDS, OptimizerSpec
from tuilab.experiment.part import Factor, Fraction, Part, Text, Whole
from tuilab.experiment.training import TrainingSpec
from tuilab.experiment.unfreeze import trained_layers

Pixels = Literal["unit", "standardize", "imagenet"]
BnPosition = Literal["before", "after"]
Classifier = Literal["dense", "class-means"]

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
    """The classifier on top of the base: flatten, dense, BN, ReLU, dropout, dense softmax; or class means."""

    classifier: Classifier = "dense"
    """``dense``: two dense layers, which learn. ``class-means``: nothing does; the base's output is averaged
    over the training images of each class, and an image gets the class whose mean is nearest."""

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
        if self.head.classifier == "class-means" and any(layer.tensors for layer in self.trained):
            raise ValueError(
                f"unfreeze = {self.unfreeze!r} is not allowed: with head.classifier = 'class-means' nothing "
                "is trained; it must be none"
            )
        return self


NOT_IN_DIGEST = ("device", "features", "keep_checkpoints", "probes", "xla")
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


def classifier_of(model: ModelSpec) -> Classifier:
    """Return what turns features into classes; every network but one on a base has dense layers for it."""
    base = base_of(model)
    return "dense" if base is None else base.head.classifier


def learns(model: ModelSpec) -> bool:
    """Return whether a network is trained at all, or only averages are taken."""
    classifier = classifier_of(model)
    match classifier:
        case "dense":
            return True
        case "class-means":
            return False
        case _:
            assert_never(classifier)


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

    @model_validator(mode="after")
    def _trained_where_it_learns(self) -> "Experiment":
        epochs = self.training.epochs
        if learns(self.model):
            if not epochs:
                raise ValueError(
                    "training.epochs = 0 is not allowed: it must be a whole number from 1 to 100,000"
                )
            return self
        nothing = "is not allowed: with model.head.classifier = 'class-means' nothing is trained"
        if epochs:
            raise ValueError(f"training.epochs = {epochs} {nothing}; it must be 0")
        if self.continue_from is not None:
            raise ValueError(f"continue_from = {self.continue_from!r} {nothing}; leave it out")
        return self

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
