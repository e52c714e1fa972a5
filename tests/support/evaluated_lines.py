"""Run in a process of its own: evaluates the lines of lessons beside what the engine builds.

Reads experiments and their lines from one JSON file, and writes to another, for each, pairs of
(what the lines built, what the engine builds).
"""

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tuilab.engine import networks, optimizers
from tuilab.engine.pixels import scaling
from tuilab.experiment.experiment import CnnSpec, Experiment
from tuilab.experiment.toml import experiment_from

Pairs = dict[str, tuple[Any, Any]]


def config(layer: Any) -> dict[str, Any]:
    """A layer's or optimizer's configuration without its name."""
    values = {k: v for k, v in layer.get_config().items() if k not in {"name", "dtype", "seed"}}
    # tuilab's Adam is Keras's, its update in one pass: tests/engine/test_optimizers.py
    kind = next(one for one in type(layer).__mro__ if one.__module__.startswith("keras."))
    return {"type": kind.__name__, **json.loads(json.dumps(values, default=str))}


def optimizer(experiment: Experiment, lines: dict[str, str]) -> Pairs:
    real = optimizers.build(experiment.optimizer, "float32")
    pairs: Pairs = {}
    for concept in ("optimizer", "clipping"):
        scope: dict[str, Any] = {"keras": keras}
        exec(lines[concept], scope)
        if concept == "clipping" and experiment.optimizer.clip_norm is None:
            continue
        pairs[concept] = (config(scope["optimizer"]), config(real))
        if experiment.optimizer.kind == "adamw":
            biases = [keras.Variable([0.0], name=name) for name in ("kernel", "bias", "gamma", "beta")]
            for one in (scope["optimizer"], real):
                one.build(biases)
            decays = [[one._use_weight_decay(v) for v in biases] for one in (scope["optimizer"], real)]
            assert decays[0] == [True, False, False, False]
            pairs[f"{concept} decays"] = (decays[0], decays[1])
    return pairs


def scaled(experiment: Experiment, lines: dict[str, str]) -> Pairs:
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
    scope: dict[str, Any] = {"images": images.copy()}
    exec(lines["scaling"], scope)
    real = np.asarray(scaling(experiment.data.pixels, images)(images))
    return {"scaling": (bool(np.allclose(scope["x"], real, rtol=1e-4, atol=1e-4)), True)}


def built(experiment: Experiment, lines: dict[str, str]) -> Pairs:
    keras.backend.clear_session()
    real: Any = networks.build(experiment.model, 10)
    inputs = keras.Input((32, 32, 3))
    scope: dict[str, Any] = {"keras": keras, "inputs": inputs, "x": inputs}
    if isinstance(experiment.model, CnnSpec):
        return cnn(experiment, lines, scope, real)
    exec(lines["base"], scope)
    exec(lines["regularizer"], scope)
    exec(lines["head"], scope)
    scope["network"] = keras.Model(inputs, scope["x"])
    exec(lines["freezing"], scope)  # its assertion counts what trains
    network, base, real_base = scope["network"], scope["base"], real.get_layer(experiment.model.base)
    return {
        "base": ([layer.name for layer in base.layers[1:]], [layer.name for layer in real_base.layers[1:]]),
        "layers": (
            [config(layer) for layer in network.layers[2:]],
            [config(layer) for layer in real.layers[2:]],
        ),
        "trained": (trained(network), trained(real)),
        "penalty": (len(network.losses), len(real.losses)),
    }


def cnn(experiment: Experiment, lines: dict[str, str], scope: dict[str, Any], real: Any) -> Pairs:
    """The first convolution as built, and the head on top of it."""
    exec(lines["convolution"], scope)
    exec(lines["base"] + "\n" + lines["freezing"], scope)  # comments
    first = keras.Model(scope["inputs"], scope["x"])
    exec(lines["head"], scope)
    head = keras.Model(scope["inputs"], scope["x"])
    last = [config(layer) for layer in head.layers[len(first.layers) :]]
    small = dict(scope, x=keras.Input((4,)))
    exec(lines["batch_norm"], small)
    exec(lines["dropout"], small)
    exec(lines["regularizer"], small)
    penalty = [small["penalty"].get_config()]
    return {
        "layers": (
            [*(config(layer) for layer in first.layers[1:]), *last],
            [config(layer) for layer in (*real.layers[1 : len(first.layers)], *real.layers[-len(last) :])],
        ),
        "penalty": (penalty, [real.layers[1].kernel_regularizer.get_config()]),
    }


def trained(network: Any) -> list[list[int]]:
    return [list(variable.shape) for variable in network.trainable_variables]


def main(asked: Path, answer: Path) -> None:
    questions = json.loads(asked.read_text(encoding="utf-8"))
    answers = {}
    for name, table in questions["experiments"].items():
        experiment, lines = experiment_from(table), questions["lines"][name]
        answers[name] = {
            **optimizer(experiment, lines),
            **scaled(experiment, lines),
            **built(experiment, lines),
        }
    answer.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
