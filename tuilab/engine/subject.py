"""A finished run on the bench: its images, and its network with the weights of any epoch that was kept."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuilab.engine import devices, networks, pixels, trained_model
from tuilab.engine.evaluation import Evaluator
from tuilab.engine.fast import quick_layers
from tuilab.engine.image_loading import load_images
from tuilab.engine.splits import Splits
from tuilab.engine.telemetry import Reporter
from tuilab.engine.weights import FINAL
from tuilab.errors import MissingError, RunError
from tuilab.experiment.experiment import Experiment
from tuilab.runs.journal.records import DatasetRecord
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.sources.progress import Progress


@dataclass(frozen=True, eq=False)
class Subject:
    """What is measured.

    Attributes:
        run, summary, experiment: the run; done.
        dataset: its images, the same as those that it was trained on.
        parts: of them.
        scaling: of their pixels, as in training.
        network: built, with the weights that the run ended with.
        report: takes how far it is.
        should_stop: whether it is not wanted any more.
    """

    run: Run
    summary: Summary
    experiment: Experiment
    dataset: DatasetRecord
    parts: Splits
    scaling: Any
    network: Any
    report: Reporter
    should_stop: Callable[[], bool]

    def load(self, name: str = FINAL) -> None:
        """Put the weights of a trained model of the run into the network; raises MissingError."""
        trained_model.load(self.network, self.run.checkpoints, name, self.summary.known.get(name))

    def evaluator(self) -> Evaluator:
        """Return what evaluates the network with the weights that it has now, as the run's worker does."""
        return Evaluator(quick_layers.rebuilt(self.network), self.scaling, should_stop=self.should_stop)


def subject_of(
    run: Run,
    report: Reporter,
    progress: Progress,
    should_stop: Callable[[], bool],
) -> Subject:
    """Read a finished run's images and build its network.

    Raises:
        TuilabError: it is not done, its images are others now, or its trained model is damaged.
    """
    summary, experiment = summarize(run), run.experiment()
    if summary.state != "done" or summary.dataset is None:
        raise RunError(f"{run.id} is {summary.state}: only a run that is done can be measured afterwards")
    choice = devices.reserve(experiment.training.device)
    dataset, parts = load_images(experiment, report, None, progress)
    if dataset.taken != summary.dataset.taken:
        raise MissingError(
            f"{run.id} was trained on different images from the ones in {dataset.name} now",
            ["restore the same images"],
        )
    report.phase("starting", "TensorFlow")
    report(devices.prepare(choice, experiment.training, many_steps=False))
    report.phase("compiling")
    found = Subject(
        run,
        summary,
        experiment,
        dataset,
        parts,
        pixels.scaling(experiment.data.pixels, parts.training.images),
        networks.build(experiment.model, len(dataset.classes)),
        report,
        should_stop,
    )
    found.load()
    return found
