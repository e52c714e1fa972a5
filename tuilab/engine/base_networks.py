"""Base networks: from the layers that a base declares to a Keras model, and back out of a network."""

from typing import Any, assert_never

from tuilab.bases.base_network import BaseNetwork
from tuilab.experiment.network import SIDE


def build(base: BaseNetwork, last_layer: str) -> Any:
    """Return a base up to ``last_layer`` as a Keras model of its name, its weights random.

    All of its layers are made, as Keras's own function makes them, and the others are left behind: so what
    is made next, the head, draws the same initial values wherever the base ends.
    """
    import keras
    from keras import layers

    x = inputs = keras.Input((SIDE, SIDE, 3))
    outputs = {}
    for layer in base.layers:
        match layer.kind:
            case "convolution":
                made: Any = layers.Conv2D(
                    layer.channels_out, 3, padding="same", activation="relu", name=layer.name
                )
            case "pool":
                made = layers.MaxPooling2D(2, name=layer.name)
            case _:
                assert_never(layer.kind)
        x = outputs[layer.name] = made(x)
    return keras.Model(inputs, outputs[last_layer], name=base.name)


def base_in(network: Any) -> Any | None:
    """Return the base inside a network; None for a network that has none."""
    return next((layer for layer in network.layers if hasattr(layer, "layers")), None)
