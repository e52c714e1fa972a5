"""Networks: from the experiment's model to a Keras model, seen whole from its root."""

from typing import Any, assert_never

from tuilab.engine import base_networks
from tuilab.engine.freezing import set_trained_layers
from tuilab.experiment.experiment import (
    CnnSpec,
    HeadSpec,
    ModelSpec,
    TransferSpec,
    classifier_of,
    head_of,
    in_order,
)
from tuilab.experiment.network import SIDE


def build(model: ModelSpec, classes: int) -> Any:
    """Return a Keras model: float32 (n, 32, 32, 3) in, probabilities float32 (n, classes) out.

    Initial weights are drawn from Keras's global seed; a transfer network's base is random until
    ``load_base`` is called. Which layers train is set, and holds when seen from the root.
    """
    match model:
        case CnnSpec():
            return cnn(model, classes)
        case TransferSpec():
            return transfer(model, classes)
        case _:
            assert_never(model)


def cnn(model: CnnSpec, classes: int) -> Any:
    """Build the CNN of assignment 1: blocks, flatten, dense, softmax."""
    import keras
    from keras import layers

    penalty = _regularizer(model)
    x = inputs = keras.Input((SIDE, SIDE, 3), name="image")
    for block, filters in enumerate(model.filters, start=1):
        for n in range(1, model.convolutions + 1):
            name = f"block{block}_conv{n}"
            x = layers.Conv2D(filters, 3, padding="same", kernel_regularizer=penalty, name=name)(x)
            x = _activate(x, model, name)
        x = layers.MaxPooling2D(model.pool, name=f"block{block}_pool")(x)
        x = _dropout(x, model.dropout, f"block{block}_dropout")
    return keras.Model(inputs, _head(x, model, classes, penalty), name="cnn")


def transfer(model: TransferSpec, classes: int) -> Any:
    """Build a base up to ``last_layer`` with the head of assignment 2 on top."""
    import keras

    penalty = _regularizer(model)
    base = base_networks.build(model.base_network, model.last_layer)
    for layer in base.layers:
        if hasattr(layer, "kernel"):
            # a regularizer given after a layer is built has to be given to its variable
            layer.kernel.regularizer = penalty
    set_trained_layers(base, model)
    x = inputs = keras.Input((SIDE, SIDE, 3), name="image")
    return keras.Model(inputs, _head(base(x), model, classes, penalty), name="transfer")


def _head(x: Any, model: ModelSpec, classes: int, penalty: Any) -> Any:
    """Flatten, dense, dropout, softmax; or flatten and what ``class_means`` calculates the weights of."""
    from keras import layers

    x = layers.Flatten(name="flatten")(x)
    classifier = classifier_of(model)
    match classifier:
        case "dense":
            head, decay = head_of(model), penalty if model.decay_dense else None
            x = layers.Dense(head.dense, kernel_regularizer=decay, name="dense")(x)
            x = _dropout(_activate(x, head, "dense"), head.dropout, "dense_dropout")
        case "class-means":
            pass
        case _:
            assert_never(classifier)
    # float32 whatever the policy: a softmax in half precision loses small probabilities
    last = layers.Dense(classes, activation="softmax", dtype="float32", name="classes")
    last.trainable = classifier == "dense"
    return last(x)


def _activate(x: Any, normalizing: CnnSpec | HeadSpec, name: str) -> Any:
    """BN and ReLU in the order that the experiment asks for."""
    from keras import layers

    relu = layers.Activation("relu", name=f"{name}_relu")
    if not normalizing.batch_norm:
        return relu(x)
    norm = layers.BatchNormalization(momentum=normalizing.bn_momentum, name=f"{name}_bn")
    for layer in in_order(normalizing.bn_position, norm, relu):
        x = layer(x)
    return x


def _regularizer(model: ModelSpec) -> Any:
    from keras import regularizers

    if model.l1 and model.l2:
        return regularizers.L1L2(l1=model.l1, l2=model.l2)
    if model.l1:
        return regularizers.L1(model.l1)
    return regularizers.L2(model.l2) if model.l2 else None


def _dropout(x: Any, rate: float, name: str) -> Any:
    from keras import layers

    return layers.Dropout(rate, name=name)(x) if rate else x
