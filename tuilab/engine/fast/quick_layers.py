"""A network of the same layers, some of which compute the same in a quicker way.

Each way is exact to float rounding and is taken only where it pays. The variables stay those of the layers,
so checkpoints, exports and counts see one network.
"""

from functools import cache
from typing import Any

from tuilab.engine.fast import first_maximum, fused_norm, same_dropout, small_maps

CPU_WAYS = (small_maps, fused_norm)
"""Modules with ``pays(layer, shape)`` and ``compute(layer, x, training=...)``; measured in float32."""
GPU_WAYS = (fused_norm, same_dropout)
"""The same where a GPU computes, in every precision."""
XLA_WAYS = (first_maximum, same_dropout)
"""What XLA computes otherwise, slowly, or not at all."""


def through(layer: Any, x: Any, *, xla: bool = False) -> Any:
    """Return what a layer makes of a Keras tensor, the quick way where that pays."""
    way = _way(layer, x.shape, xla=xla)
    return (quick(layer, way) if way else layer)(x)


def quick(layer: Any, way: Any) -> Any:
    """Return a Keras layer that computes in one of ``WAYS`` what a built layer does, with its variables."""
    return _quick_layer()(layer, way, name=f"{layer.name}_quick")


def rebuilt(network: Any, *, xla: bool = False) -> Any:
    """Return a network that takes the quick way where that pays; the network itself where it nowhere does.

    Args:
        network: a chain of layers, as ``networks.build`` makes them.
        xla: whether XLA compiles what computes it.
    """
    import keras

    layers = chain(network)
    if not any(_way(layer, layer.input.shape, xla=xla) for layer in layers):
        return network
    x = start = keras.Input(network.input.shape[1:], dtype=network.input.dtype, name="image")
    for layer in layers:
        x = through(layer, x, xla=xla)
    return keras.Model(start, x, name=network.name)


def chain(network: Any) -> list[Any]:
    """Return the layers of a network in their order, those of a base inside it among them, without inputs."""
    layers = [layer for outer in network.layers for layer in getattr(outer, "layers", [outer])]
    return [layer for layer in layers if type(layer).__name__ != "InputLayer"]


def _way(layer: Any, shape: tuple[int | None, ...], *, xla: bool) -> Any:
    return next((way for way in _ways(layer.compute_dtype, xla=xla) if way.pays(layer, shape)), None)


def _ways(precision: str, *, xla: bool) -> tuple[Any, ...]:
    import tensorflow as tf

    compiled = XLA_WAYS if xla else ()
    if tf.config.get_visible_devices("GPU"):
        return (*compiled, *GPU_WAYS)
    return (*compiled, *(CPU_WAYS if precision == "float32" else ()))


@cache
def _quick_layer() -> Any:
    import keras

    class QuickLayer(keras.layers.Layer):
        """Computes what another layer does, which it holds."""

        def __init__(self, layer: Any, way: Any, **options: Any) -> None:
            super().__init__(**options)
            self.layer, self._way = layer, way

        def build(self, input_shape: Any) -> None:
            """Nothing: the other layer is built."""

        def compute_output_shape(self, input_shape: Any) -> Any:
            return self.layer.compute_output_shape(input_shape)

        def call(self, x: Any, training: bool | None = None) -> Any:
            return self._way.compute(self.layer, x, training=bool(training))

    return QuickLayer
