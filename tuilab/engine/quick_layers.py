"""A network of the same layers, some of which compute the same in a quicker way.

Each way is exact to float rounding and is taken only where it was measured to pay (CPU, float32). The
variables stay those of the layers, so checkpoints, exports and counts see one network.
"""

from typing import Any

from tuilab.engine import fused_norm, small_maps

WAYS = (small_maps, fused_norm)
"""Modules with ``pays(layer, shape)`` and ``quick(layer)``."""


def through(layer: Any, x: Any) -> Any:
    """Return what a layer makes of a Keras tensor, the quick way where that pays."""
    way = _way(layer, x.shape)
    return (way.quick(layer) if way else layer)(x)


def rebuilt(network: Any) -> Any:
    """Return a network that takes the quick way where that pays; the network itself where it nowhere does.

    Args:
        network: a chain of layers, as ``networks.build`` makes them.
    """
    import keras

    layers = chain(network)
    if not any(_way(layer, layer.input.shape) for layer in layers):
        return network
    x = start = keras.Input(network.input.shape[1:], dtype=network.input.dtype, name="image")
    for layer in layers:
        x = through(layer, x)
    return keras.Model(start, x, name=network.name)


def chain(network: Any) -> list[Any]:
    """Return the layers of a network in their order, those of a base inside it among them, without inputs."""
    layers = [layer for outer in network.layers for layer in getattr(outer, "layers", [outer])]
    return [layer for layer in layers if type(layer).__name__ != "InputLayer"]


def _way(layer: Any, shape: tuple[int | None, ...]) -> Any:
    import tensorflow as tf

    if tf.config.get_visible_devices("GPU") or layer.compute_dtype != "float32":
        return None
    return next((way for way in WAYS if way.pays(layer, shape)), None)
