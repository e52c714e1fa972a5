"""What a network starts from: seeded initial values, pre-trained weights, or a parent run's trained model."""

from dataclasses import dataclass
from typing import Any

from tuilab.engine import checkpoints, trained_model
from tuilab.errors import MissingError
from tuilab.experiment.experiment import Experiment, ModelSpec, TransferSpec, base_of
from tuilab.runs.checkpoints import Saved
from tuilab.runs.journal.records import DatasetRecord, WeightsRecord
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources.base_weights import BaseWeights

FINAL = "final"
"""The name of a finished run's trained model among its checkpoints."""


@dataclass(frozen=True)
class Origin:
    """Where a network's weights come from, beside its own initial values.

    Attributes:
        run: the id of the run that asks.
        saved: the checkpoint that it continues from; None: from its beginning.
        parent: the finished run from whose trained model it begins; None: from none.
    """

    run: str
    saved: Saved | None = None
    parent: Run | None = None


def fill(
    network: Any, experiment: Experiment, base: BaseWeights | None, dataset: DatasetRecord, origin: Origin
) -> WeightsRecord:
    """Put the weights that a training starts or continues from into the network.

    Args:
        network: of the experiment.
        experiment: what is trained.
        base: the base's weights; None where it has none or they come from elsewhere.
        dataset: the images, which must be those of a checkpoint or a parent.
        origin: where the weights come from.

    Raises:
        MissingError: they are of another network or were trained on other images, or are gone.
    """
    saved, model = origin.saved, experiment.model
    if saved is not None:
        if saved.manifest.dataset_digest != dataset.taken:
            raise MissingError(
                f"{origin.run} cannot be resumed: it was trained on different images from the "
                f"ones in {dataset.name} now",
                ["restore the same images, or start the experiment again from scratch"],
            )
        checkpoints.load_weights(saved, network)
        return saved.manifest.weights
    if origin.parent is not None:
        return load_parent(network, origin.parent, dataset)
    asked = base_of(model)
    if base is not None and asked is not None:
        return load_base(network, asked, base)
    return initial(model, experiment.training.seed)


def initial(model: ModelSpec, seed: int) -> WeightsRecord:
    """Describe a network that starts from its seeded initial values."""
    base = base_of(model)
    if base is None:
        name, source = "-", "initial values"
    else:
        name, source = "random", f"RANDOM weights in the base, not {base.base_network.title}'s"
    return WeightsRecord(name=name, source=f"{source}, drawn from seed {seed}", digest="")


def load_base(network: Any, model: TransferSpec, weights: BaseWeights) -> WeightsRecord:
    """Put a base's pre-trained weights into the layers of the base that were kept."""
    for layer in network.get_layer(model.base).layers:
        if layer.weights:
            layer.set_weights(list(weights.layers[layer.name]))
    return WeightsRecord(
        name=model.weights_name,
        source=weights.source,
        digest=weights.digest,
        attribution=weights.attribution,
    )


def load_parent(network: Any, parent: Run, dataset: DatasetRecord) -> WeightsRecord:
    """Put a finished run's trained weights into ``network``.

    Args:
        network: of the same layers as the parent's.
        parent: the run.
        dataset: what this run trains on, which must be what the parent trained on.

    Raises:
        MissingError: the parent did not finish, trained on other images, or its weights are gone.
    """
    summary = summarize(parent)
    if summary.state != "done" or summary.dataset is None or summary.weights is None:
        raise MissingError(
            f"the parent run {parent.id} did not finish, so there is no trained model to start from"
        )
    if summary.dataset.digest != dataset.digest:
        raise MissingError(
            f"the parent run {parent.id} was trained on different images from the ones in {dataset.name} now",
            [f"train the parent again: tuilab run --preset {summary.manifest.preset} --data ..."],
        )
    trained_model.load(network, parent.checkpoints, FINAL, summary.known.get(FINAL))
    origin = summary.weights
    return WeightsRecord(
        name=origin.name,
        source=f"{origin.source}; then trained in run {parent.id}",
        digest=origin.digest,
        attribution=origin.attribution,
    )
