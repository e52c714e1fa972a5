"""The course's networks and optimizers in plain Keras, layer by layer, as a person writes them."""

from pkgutil import resolve_name
from typing import Any, assert_never

from tuilab.experiment.experiment import CnnSpec, ModelSpec, TransferSpec, base_of, in_order, learns
from tuilab.experiment.optimizers import OptimizerSpec


def network(model: ModelSpec, classes: int, weights: str | None) -> Any:
    """Return a Keras model: float32 (n, 32, 32, 3) in, probabilities float32 (n, classes) out.

    Args:
        weights: path of a Keras weight file of the base; None starts a base at random.
    """
    match model:
        case CnnSpec():
            return cnn(model, classes)
        case TransferSpec():
            return transfer(model, classes, weights)
        case _:
            assert_never(model)


def cnn(model: CnnSpec, classes: int) -> Any:
    """Build the CNN of assignment 1."""
    from keras import Input, Sequential, layers

    penalty = _penalty(model.l1, model.l2)

    def activation() -> list[Any]:
        relu: Any = layers.Activation("relu")
        if not model.batch_norm:
            return [relu]
        norm: Any = layers.BatchNormalization(momentum=model.bn_momentum)
        return list(in_order(model.bn_position, norm, relu))

    net = Sequential([Input((32, 32, 3))])

    def add(*some: Any) -> None:
        for layer in some:
            net.add(layer)

    for filters in model.filters:
        for _ in range(model.convolutions):
            add(layers.Conv2D(filters, 3, padding="same", kernel_regularizer=penalty), *activation())
        add(layers.MaxPooling2D(model.pool))
        if model.dropout:
            add(layers.Dropout(model.dropout))
    add(layers.Flatten())
    add(layers.Dense(model.dense, kernel_regularizer=penalty if model.decay_dense else None), *activation())
    if model.dropout:
        add(layers.Dropout(model.dropout))
    add(layers.Dense(classes, activation="softmax", dtype="float32"))
    return net


def transfer(model: TransferSpec, classes: int, weights: str | None) -> Any:
    """Build a base up to ``last_layer`` with the head of assignment 2 on top."""
    import keras
    from keras import Input, Sequential, layers

    penalty = _penalty(model.l1, model.l2)
    application = resolve_name(model.base_network.keras)
    whole = application(weights=weights, include_top=False, input_shape=(32, 32, 3))
    base = keras.Model(whole.inputs, whole.get_layer(model.last_layer).output)
    for layer in base.layers:
        if hasattr(layer, "kernel"):
            layer.kernel.regularizer = penalty
    head, learned = model.head, learns(model)
    net = Sequential([Input((32, 32, 3)), base, layers.Flatten()])
    if learned:
        net.add(layers.Dense(head.dense, kernel_regularizer=penalty if model.decay_dense else None))
        if head.batch_norm:
            net.add(layers.BatchNormalization(momentum=head.bn_momentum))
        net.add(layers.Activation("relu"))
        if head.dropout:
            net.add(layers.Dropout(head.dropout))
    net.add(layers.Dense(classes, activation="softmax", dtype="float32", trainable=learned))
    return net


def unfreeze(net: Any, model: ModelSpec) -> None:
    """Set which layers of the base train; ``compile`` has to follow."""
    base = base_of(model)
    if base is not None:
        trained = {layer.name for layer in base.trained}
        for layer in net.layers[0].layers:
            layer.trainable = layer.name in trained


def optimizer(spec: OptimizerSpec) -> Any:
    """Return a Keras optimizer, not yet built."""
    from keras import optimizers

    plain = getattr(optimizers, spec.keras)
    built = plain(spec.learning_rate, **spec.arguments, global_clipnorm=spec.clip_norm)
    if spec.undecayed:
        built.exclude_from_weight_decay(var_names=list(spec.undecayed))
    return built


def _penalty(l1: float, l2: float) -> Any:
    from keras import regularizers

    return regularizers.L1L2(l1=l1, l2=l2) if l1 or l2 else None
