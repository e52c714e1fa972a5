"""The planned network is the built one: names, types, shapes, parameters, what trains, what is decayed."""

from typing import Any

import pytest
from small_experiments import small_cnn, small_experiment, transfer

from tuilab import presets
from tuilab.engine import freezing, networks
from tuilab.experiment.experiment import HeadSpec, ModelSpec, TransferSpec
from tuilab.experiment.network import layer_stack, totals


def of_presets() -> list[Any]:
    """Every preset's model; a base with random weights, which are the same in number."""
    models: dict[ModelSpec, str] = {}
    for preset in presets.load_all():
        model = preset.experiment.model
        if isinstance(model, TransferSpec):
            model = model.model_copy(update={"weights": "random"})
        models.setdefault(model, preset.name)
    return [pytest.param(model, id=name) for model, name in models.items()]


VARIATIONS: list[ModelSpec] = [
    small_cnn(batch_norm=True, bn_position="after"),
    small_cnn(batch_norm=True, bn_position="before", dropout=0.3, l1=1e-4),
    small_cnn(filters=(4, 6, 8), convolutions=3, pool=2, l1=1e-4, l2=1e-3),
    small_cnn(filters=(2, 3, 4, 5, 6), pool=2, l2=1e-3, decay_dense=False),
    small_cnn(pool=1, filters=(2, 2)),
    small_cnn(pool=32),
    transfer(unfreeze="all", l2=1e-3),
    transfer(unfreeze="from:block5_conv3", l1=1e-4, l2=1e-3, decay_dense=False),
    transfer(unfreeze="blocks:1,4"),
    transfer(unfreeze="last-1"),
    transfer(last_layer="block3_pool", unfreeze="blocks:2", l2=1e-3),
    transfer(last_layer="block2_conv1", unfreeze="last-2"),
    transfer(last_layer="block1_conv1", head=HeadSpec(dense=2, batch_norm=False, dropout=0.0)),
]


@pytest.mark.parametrize("model", [*of_presets(), *VARIATIONS])
def test_the_planned_layers_are_the_built_ones(model: ModelSpec) -> None:
    network = networks.build(model, 7)
    built = freezing.check(network, model)
    planned = layer_stack(small_experiment(model), classes=7)
    assert [(p.name, p.type, list(p.output), p.parameters, p.trained) for p in planned] == [
        (b.name, b.type, b.output, b.parameters, b.trained) for b in built.layers
    ]
    assert totals(planned).parameters == built.total_parameters
    assert totals(planned).trained == built.trained_parameters
    # what Keras adds to the loss is a term for each kernel that trains and has a regularizer
    decayed = {layer.name for layer in planned if layer.decay}
    assert decayed == regularized(network)
    assert len(network.losses) == len(decayed)


def regularized(network: Any) -> set[str]:
    """Names of layers whose kernel has a regularizer and trains, seen from the root."""
    trained = {id(v) for v in network.trainable_variables}
    return {
        layer.name
        for outer in network.layers
        for layer in getattr(outer, "layers", [outer])
        for v in layer.variables
        if id(v) in trained and getattr(v, "regularizer", None) is not None
    }
