"""The network as it will be built, layer by layer, told before anything is: TensorFlow is not asked.

Names, types, shapes and parameters are those of the Keras model that the engine builds; the tests
hold the two together.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from math import prod
from typing import Literal, assert_never

from tuilab.experiment.experiment import (
    CnnSpec,
    Experiment,
    HeadSpec,
    ModelSpec,
    TransferSpec,
    classifier_of,
    head_of,
    in_order,
)

SIDE = 32
"""Pixels on a side of the images."""

LayerType = Literal[
    "Conv2D", "BatchNormalization", "Activation", "MaxPooling2D", "Dropout", "Flatten", "Dense"
]

NetworkPart = Literal["cnn", "base", "head"]


@dataclass(frozen=True)
class PlannedLayer:
    """One layer.

    Attributes:
        name: as in the built network.
        type: Keras's class.
        part: ``cnn``, or ``base`` and ``head`` of a transfer network.
        block: 1, 2, ... for layers of a block; None behind the blocks.
        output: shape for one image, e.g. (32, 32, 64).
        parameters: numbers it holds; those of batch normalization include its moving statistics.
        trained: parameters that train: gamma and beta of batch normalization, none of a frozen layer.
        frozen: a layer of the base that was not asked to train (a pool can be one, and has nothing to train),
            or one whose weights are calculated.
        decay: the penalty on its kernel that counts, e.g. ``L2 0.001`` or ``L1 0.0001 L2 0.001``; else empty.
        flops: floating-point operations of the forward pass of one image, a multiply-add being two.
            Convolutions, dense layers and batch normalization are counted; the rest is nothing beside them.
        activations: numbers kept for the backward pass, for one image: the layer's output where a layer
            trains in it or before it; 0 in the frozen part before the first, and where no copy is made.
    """

    name: str
    type: LayerType
    part: NetworkPart
    block: int | None
    output: tuple[int, ...]
    parameters: int
    trained: int
    frozen: bool
    decay: str
    flops: int
    activations: int

    @property
    def tensors(self) -> int:
        """Weight tensors that train: kernel and bias, or gamma and beta."""
        return 2 if self.trained else 0


@dataclass(frozen=True)
class Totals:
    """Sums over a network's layers; see ``PlannedLayer``."""

    parameters: int
    trained: int
    tensors: int
    flops: int
    activations: int


def layer_stack(experiment: Experiment, classes: int = 10) -> tuple[PlannedLayer, ...]:
    """Return the layers of the experiment's network from the image to the probabilities.

    Args:
        experiment: its model decides; nothing else is looked at.
        classes: units of the last layer.
    """
    return planned(experiment.model, classes)


def planned(model: ModelSpec, classes: int = 10) -> tuple[PlannedLayer, ...]:
    """Return the layers of a network alone, as ``layer_stack`` does."""
    return _stack(model, classes)  # pyright: ignore[reportArgumentType] - frozen, so hashable


def totals(stack: Iterable[PlannedLayer]) -> Totals:
    """Return the sums over some layers."""
    layers = tuple(stack)
    return Totals(
        parameters=sum(layer.parameters for layer in layers),
        trained=sum(layer.trained for layer in layers),
        tensors=sum(layer.tensors for layer in layers),
        flops=sum(layer.flops for layer in layers),
        activations=sum(layer.activations for layer in layers),
    )


@lru_cache(maxsize=256)
def _stack(model: ModelSpec, classes: int) -> tuple[PlannedLayer, ...]:
    match model:
        case CnnSpec():
            stack = _Stack(model, "cnn")
            _blocks(stack, model)
        case TransferSpec():
            stack = _Stack(model, "base")
            _base(stack, model)
            stack.part, stack.frozen = "head", False
        case _:
            assert_never(model)
    stack.block = None
    stack.flatten()
    classifier = classifier_of(model)
    match classifier:
        case "dense":
            head = head_of(model)
            stack.dense("dense", head.dense, decayed=model.decay_dense)
            _activate(stack, head, "dense")
            stack.dropout("dense_dropout", head.dropout)
        case "class-means":
            stack.frozen = True
        case _:
            assert_never(classifier)
    stack.dense("classes", classes, decayed=False)
    return tuple(stack.layers)


def _blocks(stack: "_Stack", model: CnnSpec) -> None:
    for block, filters in enumerate(model.filters, start=1):
        stack.block = block
        for n in range(1, model.convolutions + 1):
            stack.convolution(f"block{block}_conv{n}", filters)
            _activate(stack, model, f"block{block}_conv{n}")
        stack.pool(f"block{block}_pool", model.pool)
        stack.dropout(f"block{block}_dropout", model.dropout)


def _base(stack: "_Stack", model: TransferSpec) -> None:
    asked = {layer.name for layer in model.trained}
    for layer in model.kept:
        stack.block = layer.block
        stack.frozen = layer.name not in asked
        match layer.kind:
            case "convolution":
                stack.convolution(layer.name, layer.channels_out)
            case "pool":
                stack.pool(layer.name, 2)
            case _:
                assert_never(layer.kind)


def _activate(stack: "_Stack", normalizing: CnnSpec | HeadSpec, name: str) -> None:
    norm = [stack.batch_norm] if normalizing.batch_norm else []
    for add in chain(*in_order(normalizing.bn_position, norm, [stack.relu])):
        add(name)


class _Stack:
    """Grows layer by layer and knows the shape of what the next one gets."""

    def __init__(self, model: ModelSpec, part: NetworkPart) -> None:
        self.layers: list[PlannedLayer] = []
        self.part: NetworkPart = part
        self.block: int | None = None
        self.frozen = False
        self._decay = " ".join(f"{kind} {f:g}" for kind, f in (("L1", model.l1), ("L2", model.l2)) if f)
        self._output: tuple[int, ...] = (SIDE, SIDE, 3)
        self._trains = False  # whether a layer so far trains

    def convolution(self, name: str, filters: int) -> None:
        """Add a 3x3 convolution that keeps the image's size."""
        height, width, channels = self._output
        kernel = 9 * channels * filters
        self._output = (height, width, filters)
        self._add(name, "Conv2D", kernel + filters, flops=2 * kernel * height * width, decayed=True)

    def dense(self, name: str, units: int, *, decayed: bool) -> None:
        """Add a dense layer."""
        kernel = prod(self._output) * units
        self._output = (units,)
        self._add(name, "Dense", kernel + units, flops=2 * kernel, decayed=decayed)

    def batch_norm(self, name: str) -> None:
        """Add batch normalization: gamma and beta, which train, and two moving statistics."""
        channels = self._output[-1]
        flops = 2 * prod(self._output)
        self._add(f"{name}_bn", "BatchNormalization", 4 * channels, trained=2 * channels, flops=flops)

    def relu(self, name: str) -> None:
        """Add a ReLU."""
        self._add(f"{name}_relu", "Activation")

    def pool(self, name: str, side: int) -> None:
        """Add a max-pool; what does not fill a window is left out."""
        height, width, channels = self._output
        self._output = (height // side, width // side, channels)
        self._add(name, "MaxPooling2D")

    def dropout(self, name: str, rate: float) -> None:
        """Add dropout, where there is any."""
        if rate:
            self._add(name, "Dropout")

    def flatten(self) -> None:
        """Add a change of shape."""
        self._output = (prod(self._output),)
        self._add("flatten", "Flatten", copies=False)

    def _add(
        self,
        name: str,
        kind: LayerType,
        parameters: int = 0,
        *,
        trained: int | None = None,
        flops: int = 0,
        decayed: bool = False,
        copies: bool = True,
    ) -> None:
        trained = 0 if self.frozen else parameters if trained is None else trained
        self._trains = self._trains or trained > 0
        self.layers.append(
            PlannedLayer(
                name=name,
                type=kind,
                part=self.part,
                block=self.block,
                output=self._output,
                parameters=parameters,
                trained=trained,
                frozen=self.frozen,
                decay=self._decay if decayed and trained else "",
                flops=flops,
                activations=prod(self._output) if self._trains and copies else 0,
            )
        )
