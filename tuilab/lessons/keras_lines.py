"""The Keras code of an experiment, a few lines a concept, as a person would write it.

Each line of ``NAMES`` belongs to one concept. What the experiment does not use gets a comment
that says so, so every snippet is Python that compiles. In scope are ``keras``, the images and
labels (``images``, ``x``, ``y``, ``x_test``, ``y_test``), a layer's input ``x``, the ``inputs``
of the network, its ``base`` and the ``network`` itself.
"""

from collections.abc import Callable
from textwrap import wrap
from typing import assert_never

from tuilab.bases.base_network import BaseNetwork
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import UsageError, nearest
from tuilab.experiment.experiment import (
    CnnSpec,
    Experiment,
    ModelSpec,
    TransferSpec,
    base_of,
    classifier_of,
    head_of,
    in_order,
    learns,
)
from tuilab.experiment.held_out import HELD_OUT
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.unfreeze import form_of
from tuilab.sources.named import DATASETS
from tuilab.terminal import clean

WIDTH = 39
"""Columns a line of code keeps to, where its values allow it: those of the narrowest lesson pane."""


def keras_lines(name: str, experiment: Experiment) -> str:
    """Return the Keras code of one concept for ``experiment``, without a newline at its end.

    Args:
        name: one of ``NAMES``.
        experiment: whose settings are shown.

    Raises:
        UsageError: there is no such name.
    """
    if name not in _LINES:
        shown = clean(name, limit=80)
        raise UsageError(
            f"there is no Keras line {shown!r}; choose from {', '.join(NAMES)}{nearest(name, NAMES)}"
        )
    return "\n".join(_LINES[name](experiment))


def _call(function: str, *arguments: str, before: str = "", after: str = "") -> list[str]:
    """Return a call on one line, or its arguments folded on lines of their own where it is too long."""
    line = f"{before}{function}({', '.join(arguments)}){after}"
    if len(line) <= WIDTH or not arguments:
        return [line]
    folded = [f"    {arguments[0]},"]
    for argument in arguments[1:]:
        if len(folded[-1]) + len(argument) + 2 <= WIDTH:
            folded[-1] += f" {argument},"
        else:
            folded.append(f"    {argument},")
    return [f"{before}{function}(", *folded, f"){after}"]


def _comment(text: str) -> list[str]:
    """Return a remark, on as many lines as it needs."""
    return [f"# {line}" for line in wrap(text, WIDTH - 2, break_on_hyphens=False)]


def _text(value: str) -> str:
    """Return a text as Python, in double quotes where they need no escape."""
    shown = repr(value)
    return f'"{value}"' if shown == f"'{value}'" and '"' not in value else shown


def _optimizer(experiment: Experiment) -> list[str]:
    optimizer = experiment.optimizer
    if not learns(experiment.model):
        return _comment("no optimizer: nothing is trained")
    arguments = [
        repr(optimizer.learning_rate),
        *(f"{name}={value!r}" for name, value in optimizer.arguments.items()),
    ]
    if optimizer.clip_norm is not None:
        arguments.append(f"global_clipnorm={optimizer.clip_norm!r}")
    lines = _call(f"keras.optimizers.{optimizer.keras}", *arguments, before="optimizer = ")
    if optimizer.undecayed:
        lines.append(f"no_decay = [{', '.join(map(_text, optimizer.undecayed))}]")
        lines += _call("optimizer.exclude_from_weight_decay", "var_names=no_decay")
    return lines


def _clipping(experiment: Experiment) -> list[str]:
    if experiment.optimizer.clip_norm is None or not learns(experiment.model):
        return _comment("no clipping: gradients as they are")
    return [*_comment("limits the norm of all gradients together"), *_optimizer(experiment)]


def _scaling(experiment: Experiment) -> list[str]:
    match experiment.data.pixels:
        case "unit":
            return ['x = images.astype("float32") / 255.0']
        case "standardize":
            return [
                *_comment("over the training images, per channel"),
                "mean = images.mean(axis=(0, 1, 2))",
                "std = images.std(axis=(0, 1, 2))",
                "x = (images - mean) / std",
            ]
        case "imagenet":
            package, _, module = _base_or_courses(experiment).preprocessing.rpartition(".")
            return [
                *_comment("BGR, 0-255, minus ImageNet's channel means"),
                f"from {package} import {module}",
                'x = images.astype("float32")',
                f"x = {module}.preprocess_input(x)",
            ]
        case _:
            assert_never(experiment.data.pixels)


def _base_or_courses(experiment: Experiment) -> BaseNetwork:
    base = base_of(experiment.model)
    return BASES[COURSE_BASE] if base is None else base.base_network


def _penalty(model: ModelSpec) -> list[str]:
    """Return the lines that make the penalty; none if there is none."""
    if model.l1 and model.l2:
        return _call("keras.regularizers.L1L2", f"l1={model.l1!r}", f"l2={model.l2!r}", before="penalty = ")
    if model.l1:
        return _call("keras.regularizers.L1", repr(model.l1), before="penalty = ")
    return _call("keras.regularizers.L2", repr(model.l2), before="penalty = ") if model.l2 else []


def _regularizer(experiment: Experiment) -> list[str]:
    model = experiment.model
    penalty = _penalty(model)
    if not learns(model):
        return _comment("no weight penalty: nothing is trained")
    if not penalty:
        return _comment("no weight penalty here: l1 = l2 = 0")
    dense = " and of the first dense layer" if model.decay_dense else ""
    match model:
        case CnnSpec():
            return [*_comment(f"on the kernels of every convolution{dense}"), *penalty]
        case TransferSpec():
            return [
                *_comment(f"on the base's trainable kernels{dense}"),
                *penalty,
                "for weight in base.weights:",
                '    if weight.name == "kernel":',
                "        weight.regularizer = penalty",
            ]
        case _:
            assert_never(model)


def _layer(name: str, *arguments: str) -> list[str]:
    """Return a layer called on ``x``."""
    return _call(f"keras.layers.{name}", *arguments, before="x = ", after="(x)")


def _norm_and_relu(model: ModelSpec) -> list[str]:
    head = head_of(model)
    norm = _layer("BatchNormalization", f"momentum={head.bn_momentum!r}") if head.batch_norm else []
    relu = ['x = keras.layers.Activation("relu")(x)']
    return [line for lines in in_order(head.bn_position, norm, relu) for line in lines]


def _batch_norm(experiment: Experiment) -> list[str]:
    model = experiment.model
    if not head_of(model).batch_norm or not learns(model):
        return _comment("no batch normalization here")
    match model:
        case CnnSpec():
            where = "at every convolution and the first dense layer"
        case TransferSpec():
            where = f"in the head only: {model.base_network.title} has none"
        case _:
            assert_never(model)
    return [*_comment(where), *_norm_and_relu(model)]


def _penalized(model: ModelSpec, layer: str, *arguments: str, decays: bool) -> list[str]:
    """Return a layer called on ``x``, below its penalty where it has one."""
    penalty = _penalty(model) if decays else []
    more = ["kernel_regularizer=penalty"] if penalty else []
    return [*penalty, *_layer(layer, *arguments, *more)]


def _convolution(experiment: Experiment) -> list[str]:
    model = experiment.model
    match model:
        case TransferSpec():
            base, first = model.base_network, model.kept[0]
            arguments = [str(first.channels_out), "3", 'padding="same"', 'activation="relu"']
            return [*_comment(f"{first.name}, as in {base.title}"), *_layer("Conv2D", *arguments)]
        case CnnSpec():
            arguments = [str(model.filters[0]), "3", 'padding="same"']
            return [*_penalized(model, "Conv2D", *arguments, decays=True), *_norm_and_relu(model)]
        case _:
            assert_never(model)


def _dropout(experiment: Experiment) -> list[str]:
    model = experiment.model
    rate = head_of(model).dropout
    if not rate or not learns(model):
        return _comment("no dropout here")
    match model:
        case CnnSpec():
            where = "after every pool and the first dense layer"
        case TransferSpec():
            where = "in the head, after its ReLU"
        case _:
            assert_never(model)
    return [*_comment(where), *_layer("Dropout", repr(rate))]


def _base(experiment: Experiment) -> list[str]:
    model = base_of(experiment.model)
    if model is None:
        return _comment("no pre-trained base: random weights")
    weights = "None" if model.weights == "random" else _text(model.weights)
    base, name = model.base_network, model.base.replace("-", "_")
    whole = model.kept == base.layers
    arguments = ["include_top=False", f"weights={weights}", "input_shape=(32, 32, 3)"]
    lines = _call(base.keras, *arguments, before="base = " if whole else f"{name} = ")
    if not whole:
        lines.append(f'end = {name}.get_layer("{model.last_layer}")')
        lines += _call("keras.Model", f"{name}.inputs", "end.output", before="base = ")
    if experiment.continue_from is not None:
        lines += _comment(f"then the weights learned by {experiment.continue_from}")
    return lines


def _freezing(experiment: Experiment) -> list[str]:
    model = base_of(experiment.model)
    if model is None:
        return _comment("no base: all layers are trainable")
    tensors = totals(layer_stack(experiment)).tensors
    form = form_of(model.unfreeze)
    match form:
        case "none":
            lines = ["base.trainable = False"]
        case "all":
            lines = ["base.trainable = True"]
        case "blocks":
            blocks = sorted({layer.block for layer in model.trained})
            names = ", ".join(f'"block{block}"' for block in blocks)
            lines = [
                f"blocks = ({names}{',' if len(blocks) == 1 else ''})",
                "for layer in base.layers:",
                "    on = layer.name.startswith(blocks)",
                "    layer.trainable = on",
            ]
        case "from":
            lines = [
                "base.trainable = True",
                "for layer in base.layers:",
                f'    if layer.name == "{model.trained[0].name}":',
                "        break",
                "    layer.trainable = False",
            ]
        case "last":
            lines = [
                "base.trainable = True",
                f"for layer in base.layers[:-{len(model.trained)}]:",
                "    layer.trainable = False",
            ]
        case _:
            assert_never(form)
    lines += _comment("compile here, then count the tensors")
    return [*lines, "trained = network.trainable_variables", f"assert len(trained) == {tensors}"]


def _head(experiment: Experiment) -> list[str]:
    model = experiment.model
    # folders of images have as many classes as folders
    images = DATASETS.get(experiment.data.source)
    classes = str(len(images.classes)) if images else "classes"
    lines = [*([] if base_of(model) is None else ["x = base(inputs)"]), *_layer("Flatten")]
    classifier = classifier_of(model)
    match classifier:
        case "dense":
            head = head_of(model)
            return [
                *lines,
                *_penalized(model, "Dense", str(head.dense), decays=model.decay_dense),
                *_norm_and_relu(model),
                *(_layer("Dropout", repr(head.dropout)) if head.dropout else []),
                *_layer("Dense", classes, 'activation="softmax"'),
            ]
        case "class-means":
            return [
                *lines,
                "features = keras.Model(inputs, x)",
                *_comment("a mean of each class"),
                "f = features.predict(images)",
                "m = y.T @ f / y.sum(axis=0)[:, None]",
                *_comment("the nearest: largest 2 m·x - |m|²"),
                *_call(
                    "keras.layers.Dense",
                    classes,
                    'activation="softmax"',
                    "trainable=False",
                    before="means = ",
                ),
                "x = means(x)",
                "bias = -(m**2).sum(axis=1)",
                "means.set_weights([2 * m.T, bias])",
            ]
        case _:
            assert_never(classifier)


def _fit(experiment: Experiment) -> list[str]:
    training = experiment.training
    if not learns(experiment.model):
        return [*_comment("no fit: nothing is trained"), "network.evaluate(x_test, y_test)"]
    first = "" if training.limit is None else f"[:{training.limit}]"
    arguments = [
        f"x{first}",
        f"y{first}",
        f"batch_size={training.batch_size}",
        f"epochs={training.epochs}",
        f"validation_split={HELD_OUT}" if training.holds_out else "validation_data=(x_test, y_test)",
    ]
    return [
        f"keras.utils.set_random_seed({training.seed})",
        *_call("network.fit", *arguments),
        *(["network.evaluate(x_test, y_test)"] if training.holds_out else []),
    ]


_LINES: dict[str, Callable[[Experiment], list[str]]] = {
    "optimizer": _optimizer,
    "scaling": _scaling,
    "convolution": _convolution,
    "batch_norm": _batch_norm,
    "regularizer": _regularizer,
    "dropout": _dropout,
    "base": _base,
    "freezing": _freezing,
    "head": _head,
    "fit": _fit,
    "clipping": _clipping,
}

NAMES = tuple(_LINES)
"""The concepts that have lines."""
