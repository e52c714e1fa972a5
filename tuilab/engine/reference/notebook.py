"""The course's experiments in plain Keras, as a person writes them in a notebook: what tuilab is measured by.

    python -m tuilab.engine.reference.notebook EXPERIMENT.toml IMAGES.npz [--weights H5] [--then ...]

``compile``, ``fit``, ``evaluate``, and whatever TensorFlow does by itself; no progress bar, which would
cost time. An experiment after ``--then`` continues with the model that the one before it trained, in the
same process, as in the next cell. stdout gets a JSON object a line, when an experiment's test accuracy
is known.
"""

import argparse
import json
import resource
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from tuilab.engine.reference import networks
from tuilab.engine.reference.images import Batches, Images, SameChances, read
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.toml import from_toml
from tuilab.runs.metrics import ACCURACY, CROSS_ENTROPY


class Stopwatch(keras.callbacks.Callback):
    """Takes the seconds of each epoch, its validation included."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Begin."""
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """End."""
        self.seconds.append(time.perf_counter() - self._began)


def fit(net: Any, experiment: Experiment, images: Images) -> dict[str, Any]:
    """Compile, train and test.

    Returns:
        ``history`` (one list a series, a number an epoch: what every run of tuilab records, and the penalty),
        ``epoch_seconds``, the same of the test, and how many images trained, validated and tested.
    """
    training, model = experiment.training, experiment.model
    networks.unfreeze(net, model)
    # the loss of a network with a weight penalty is both; the cross-entropy alone needs a metric there
    nats = "categorical_crossentropy" if model.l1 or model.l2 else "loss"
    metrics = ["accuracy"] if nats == "loss" else ["accuracy", nats]
    called = {ACCURACY: "accuracy", CROSS_ENTROPY: nats}  # in Keras
    net.compile(networks.optimizer(experiment.optimizer), "categorical_crossentropy", metrics=metrics)
    batches, watch = Batches(images.training, training.batch_size), Stopwatch()
    history = net.fit(
        batches,
        epochs=training.epochs,
        shuffle=False,  # the batches are in their order
        validation_data=images.validation,
        validation_batch_size=training.batch_size,
        callbacks=[SameChances(batches, training.seed), watch],
        verbose=0,
    ).history
    tested = net.evaluate(*images.test, batch_size=training.batch_size, verbose=0, return_dict=True)
    return {
        "history": {
            **{metric.name: history[name] for metric, name in called.items()},
            **{metric.val: history[f"val_{name}"] for metric, name in called.items()},
            "penalty": [a - b for a, b in zip(history["loss"], history[nats], strict=True)],
        },
        "epoch_seconds": watch.seconds,
        **{metric.test: tested[name] for metric, name in called.items()},
        "training_images": len(images.training[1]),
        "validation_images": len(images.validation[1]),
        "test_images": len(images.test[1]),
    }


def machine() -> dict[str, Any]:
    """Return the GPUs that TensorFlow sees, the versions, and the most memory this process held, in bytes."""
    gpus = tf.config.list_physical_devices("GPU")
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "gpus": [str(tf.config.experimental.get_device_details(gpu).get("device_name", "")) for gpu in gpus],
        "versions": {name: metadata.version(name) for name in ("tensorflow", "keras", "numpy")},
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit,
    }


def main(arguments: list[str]) -> int:
    """Train the experiments, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tuilab.engine.reference.notebook")
    parser.add_argument("experiment", type=Path)
    parser.add_argument("images", type=Path)
    parser.add_argument(
        "--weights", help="a Keras weight file of the base; without it, a base starts from random weights"
    )
    parser.add_argument(
        "--then",
        type=Path,
        nargs="*",
        default=[],
        help="experiments that continue from the first one's model",
    )
    given = parser.parse_args(arguments)
    experiments = [from_toml(path.read_text("utf-8"), path.name) for path in (given.experiment, *given.then)]
    first = experiments[0]
    keras.config.set_dtype_policy(first.training.precision)
    images = read(given.images, first)
    keras.utils.set_random_seed(first.training.seed)
    net = networks.network(first.model, images.classes, given.weights)
    for experiment in experiments:
        result = fit(net, experiment, images)
        print(json.dumps({**result, **machine()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
