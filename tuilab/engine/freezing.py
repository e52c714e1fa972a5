"""What trains: set layer by layer, counted from the root, compared with what was asked for.

A model's own flag says little: a base with ``trainable = False`` whose inner layers were set to
train afterwards trains them, although ``base.trainable_variables`` is empty. So the count is of
the variables that the root model hands to the optimizer, and nothing else.
"""

from dataclasses import dataclass
from typing import Any

from tuilab.engine.base_networks import base_in
from tuilab.errors import RunError
from tuilab.experiment.experiment import ModelSpec, TransferSpec
from tuilab.experiment.network import planned, totals
from tuilab.runs.journal.records import LayerRecord, NetworkRecord


@dataclass(frozen=True)
class Expected:
    """What an experiment asks to train.

    Attributes:
        tensors: weight tensors in all.
        base_tensors: those of the base.
    """

    tensors: int
    base_tensors: int


def set_trained_layers(base: Any, model: TransferSpec) -> None:
    """Set the flag of every layer of the base, and of the base itself: it trains where any layer does."""
    trained = {layer.name for layer in model.trained}
    base.trainable = True
    for layer in base.layers:
        layer.trainable = layer.name in trained


def expected(model: ModelSpec) -> Expected:
    """Return what must train, from the experiment alone: Keras is not asked."""
    layers = planned(model)
    return Expected(
        tensors=totals(layers).tensors,
        base_tensors=totals(layer for layer in layers if layer.part == "base").tensors,
    )


def count(network: Any) -> NetworkRecord:
    """Count what trains, from the root model."""
    trained = {id(variable) for variable in network.trainable_variables}
    base = base_in(network)
    base_variables = [v for layer in getattr(base, "layers", ()) for v in layer.variables]
    layers = [layer for outer in network.layers for layer in getattr(outer, "layers", [outer])]
    return NetworkRecord(
        trained_tensors=len(trained),
        trained_base_tensors=sum(id(v) in trained for v in base_variables),
        trained_parameters=sum(_size(v) for v in network.trainable_variables),
        total_parameters=int(network.count_params()),
        layers=[_layer(layer, trained) for layer in layers if type(layer).__name__ != "InputLayer"],
    )


def check(network: Any, model: ModelSpec) -> NetworkRecord:
    """Count what trains and compare it with the experiment.

    Raises:
        RunError: something else trains than was asked for.
    """
    record = count(network)
    wanted = expected(model)
    if (record.trained_tensors, record.trained_base_tensors) != (wanted.tensors, wanted.base_tensors):
        raise RunError(
            f"the network would train {record.trained_tensors} tensors ({record.trained_base_tensors} of the "
            f"base), but the experiment asks for {wanted.tensors}, {wanted.base_tensors} of the base; "
            "the run was not started, because its results would be labelled wrongly"
        )
    return record


def check_rest(rest: Any, network: Any) -> None:
    """Check that what trains, the network's layers otherwise arranged, is exactly what trains in it.

    Raises:
        RunError: it does not; the network would be trained under a wrong name.
    """
    if {id(v) for v in rest.trainable_variables} != {id(v) for v in network.trainable_variables}:
        raise RunError(
            "once set up for training, the network would train different variables; the run was not "
            "started, because this is a bug in tuilab: please report it with the run's experiment.toml"
        )


def _layer(layer: Any, trained: set[int]) -> LayerRecord:
    return LayerRecord(
        name=layer.name,
        type=type(layer).__name__,
        output=[size for size in layer.output.shape[1:] if size is not None],
        parameters=int(layer.count_params()),
        trained=sum(_size(v) for v in layer.variables if id(v) in trained),
    )


def _size(variable: Any) -> int:
    size = 1
    for side in variable.shape:
        size *= side
    return size
