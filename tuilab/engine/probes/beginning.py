"""What a run's network was before the run trained it: its parent's, published weights, or initial values."""

from typing import Any

from tuilab.engine import checkpoints, networks, weights
from tuilab.engine.subject import Subject
from tuilab.errors import MissingError
from tuilab.experiment.experiment import base_of
from tuilab.runs.checkpoints import Position, read
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources.base_weights import load_weights


def network_before(subject: Subject) -> tuple[Any, str]:
    """Return a network as the run began with it, and where its weights came from, in one phrase.

    Raises:
        MissingError: they are gone, or others now.
        TuilabError: the published weights cannot be had.
    """
    import keras

    # in the order in which the run's worker drew and filled them
    keras.utils.set_random_seed(subject.experiment.training.seed)
    network = networks.build(subject.experiment.model, len(subject.dataset.classes))
    manifest = subject.summary.manifest
    parent = Run(subject.run.folder.parent / manifest.parent) if manifest.parent is not None else None
    if parent is not None and manifest.forked_at is not None:
        return network, _fill_from_fork(subject, network, parent, manifest.forked_at)
    base, published = base_of(subject.experiment.model), None
    if base is not None and base.weights != "random" and parent is None:
        subject.report.phase("loading", f"{base.base_network.title} weights")
        published = load_weights(base.base_network, base.weights, progress=subject.report.progress)
    origin = weights.Origin(subject.run.id, parent=parent)
    found = weights.fill(network, subject.experiment, published, subject.dataset, origin)
    recorded = subject.summary.weights
    if recorded is not None and recorded.digest != found.digest:
        raise MissingError(
            f"the weights that {subject.run.id} began with are others now, so nothing can be compared with "
            "them"
        )
    return network, found.source


def _fill_from_fork(subject: Subject, network: Any, parent: Run, epoch: int) -> str:
    """Fill in what a fork began with: a checkpoint of its parent, where one of the two still has it."""
    name = Position(epoch).name
    for run in (subject.run, parent):
        if (run.checkpoints / name).exists():
            known = summarize(run).known.get(name)
            checkpoints.load_weights(read(run.checkpoints / name, known), network)
            return f"epoch {epoch} of run {parent.id}"
    raise MissingError(
        f"{subject.run.id} is a fork of {parent.id} after epoch {epoch}, and neither has that checkpoint any "
        "more"
    )
