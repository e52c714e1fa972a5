"""VGG16's convolutional base as a table (Simonyan & Zisserman 2014, configuration D).

The names and their order are those of ``keras.applications.VGG16(include_top=False)``, less
its input layer: 13 convolutions of 3x3 in five blocks, each block closed by a 2x2 max-pool.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Vgg16Layer:
    """One layer of the base.

    Attributes:
        name: Keras's name, e.g. ``block5_conv1``.
        kind: ``convolution`` (two tensors: kernel and bias) or ``pool`` (none).
        block: 1-5.
        channels_in: channels of its input.
        channels_out: channels of its output.
    """

    name: str
    kind: Literal["convolution", "pool"]
    block: int
    channels_in: int
    channels_out: int

    @property
    def tensors(self) -> int:
        """Weight tensors: kernel and bias of a convolution, none of a pool."""
        return 2 if self.kind == "convolution" else 0

    @property
    def parameters(self) -> int:
        """Numbers in those tensors: 3*3*in*out + out."""
        return 9 * self.channels_in * self.channels_out + self.channels_out if self.tensors else 0


def _table() -> tuple[Vgg16Layer, ...]:
    layers: list[Vgg16Layer] = []
    channels = 3
    for block, (width, convolutions) in enumerate(((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)), start=1):
        for n in range(1, convolutions + 1):
            layers.append(Vgg16Layer(f"block{block}_conv{n}", "convolution", block, channels, width))
            channels = width
        layers.append(Vgg16Layer(f"block{block}_pool", "pool", block, channels, channels))
    return tuple(layers)


LAYERS = _table()
NAMES = tuple(layer.name for layer in LAYERS)


def up_to(last_layer: str) -> tuple[Vgg16Layer, ...]:
    """Return the layers from the first to ``last_layer`` (a name in ``NAMES``), both included."""
    return LAYERS[: NAMES.index(last_layer) + 1]
