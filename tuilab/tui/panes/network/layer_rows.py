"""The layers of a network as rows: what belongs to one convolution or dense layer stands in one row."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import assert_never

from tuilab.experiment import Experiment, head_of
from tuilab.experiment.network import PlannedLayer, layer_stack


@dataclass(frozen=True)
class LayerRow:
    """One row: a layer with the batch normalization, activation and dropout that belong to it.

    Attributes:
        name: of the layer that gives the row its name; ``block1 ×3`` for a block in one row.
        group: rows of one group may be put into one: part, block and whether they are frozen.
        output: shape for one image behind the row's last layer.
        parameters: of all its layers.
        state: ``trains``, ``frozen``, or ``none`` where there is nothing to train.
        frozen: whether it stands before the unfreeze boundary, pools too.
        short: notes of a few characters, as ``BN L2``.
        long: the same with numbers, as ``BN 0.8 → ReLU · L2 0.001``.
        first: name of its first layer.
        setting: the key of the setting that makes it; empty for the last layer and a change of shape.
    """

    name: str
    group: tuple[str, int | None, bool]
    output: tuple[int, ...]
    parameters: int
    state: str
    frozen: bool
    short: str
    long: str
    first: str
    setting: str

    @property
    def in_base(self) -> bool:
        """Whether it belongs to a base, so that the boundary can stand before it."""
        return self.group[0] == "base"


def layer_rows(experiment: Experiment, classes: int = 10) -> tuple[LayerRow, ...]:
    """Return the rows of an experiment's network, from the image to the probabilities."""
    groups: list[list[PlannedLayer]] = []
    for layer in layer_stack(experiment, classes):
        if layer.type in {"BatchNormalization", "Activation", "Dropout"} and groups:
            groups[-1].append(layer)
        else:
            groups.append([layer])
    return tuple(_row(layers, experiment) for layers in groups)


def fitted(rows: Sequence[LayerRow], height: int) -> tuple[LayerRow, ...]:
    """Return the rows with as many blocks put into one row as it takes to fit into ``height``.

    If not all fit, what only changes a shape goes first. Then frozen blocks are closed, from the
    image on, then those that train, and last what lies on either side of the boundary in a block that it
    divides. There may be no way to fit: then all are closed.
    """
    if len(rows) > height:
        rows = [row for row in rows if row.first != "flatten"]
    groups = [tuple(group) for _, group in groupby(rows, key=lambda row: row.group)]
    blocks = Counter(group[0].group[:2] for group in groups)

    def turn(n: int) -> tuple[bool, bool, int]:
        first = groups[n][0]
        return blocks[first.group[:2]] > 1, not first.frozen, n

    closable = sorted((n for n, group in enumerate(groups) if len(group) > 1 and group[0].group[1]), key=turn)
    total = len(rows)
    for n in closable:
        if total <= height:
            break
        total -= len(groups[n]) - 1
        groups[n] = (_closed(groups[n]),)
    return tuple(row for group in groups for row in group)


def _row(layers: Sequence[PlannedLayer], experiment: Experiment) -> LayerRow:
    first, last = layers[0], layers[-1]
    parameters = sum(layer.parameters for layer in layers)
    trains = any(layer.trained for layer in layers)
    return LayerRow(
        name=first.name,
        group=(first.part, first.block, first.frozen),
        output=last.output,
        parameters=parameters,
        state="trains" if trains else "frozen" if parameters else "none",
        frozen=first.frozen,
        short=" ".join(_short(layers)),
        long=" · ".join(_long(layers, experiment)),
        first=first.name,
        setting=_setting(first),
    )


def _short(layers: Iterable[PlannedLayer]) -> Iterable[str]:
    layers = tuple(layers)
    if any(layer.type == "BatchNormalization" for layer in layers):
        yield "BN"
    if decay := layers[0].decay:
        yield "".join(decay.split()[::2])
    if layers[0].type == "MaxPooling2D" and layers[-1].type == "Dropout":
        yield "drop"


def _long(layers: Sequence[PlannedLayer], experiment: Experiment) -> Iterable[str]:
    head = head_of(experiment.model)
    words = {"BatchNormalization": f"BN {head.bn_momentum:g}", "Activation": "ReLU"}
    order = [words[layer.type] for layer in layers if layer.type in words]
    if order:
        yield " → ".join(order)
    elif layers[0].type == "Conv2D":
        yield "ReLU"  # a base's convolutions hold their own
    elif layers[0].name == "classes":
        yield "class means → softmax" if layers[0].frozen else "softmax"
    if layers[0].decay:
        yield layers[0].decay
    if layers[-1].type == "Dropout":
        yield f"dropout {head.dropout:g}"


def _setting(layer: PlannedLayer) -> str:
    match layer.part:
        case "base":
            return "model.unfreeze"
        case "head":
            return "model.head.dense" if layer.name == "dense" else ""
        case "cnn":
            made_by = {"Conv2D": "model.filters", "MaxPooling2D": "model.pool"}
            return "model.dense" if layer.name == "dense" else made_by.get(layer.type, "")
        case _:
            assert_never(layer.part)


def _closed(rows: Sequence[LayerRow]) -> LayerRow:
    first = rows[0]
    states = {row.state for row in rows} - {"none"}
    return replace(
        first,
        name=f"block{first.group[1]} ×{len(rows)}",
        output=rows[-1].output,
        parameters=sum(row.parameters for row in rows),
        state=states.pop() if len(states) == 1 else first.state,
        short=" ".join(dict.fromkeys(word for row in rows for word in row.short.split() if word != "drop")),
        long=" · ".join(dict.fromkeys(word for row in rows for word in row.long.split(" · ") if word)),
    )
