"""The process that measures a finished run from its trained model: ``python -m tuilab.engine.measuring LOG``.

It is asked for a run's folder, and records what the network says of each test image, and of each image that
was held out, as the run's own worker does at its end. That of every epoch cannot be had afterwards.
"""

import sys
from pathlib import Path
from typing import Any

from tuilab.engine import devices, networks, pixels, splits, trained_model
from tuilab.engine.beside import Speaker, run_beside
from tuilab.engine.evaluation import Evaluator, StopRequested
from tuilab.engine.fast import quick_layers
from tuilab.engine.image_loading import load_images
from tuilab.engine.telemetry import Reporter
from tuilab.engine.weights import FINAL
from tuilab.errors import MissingError, RunError
from tuilab.runs import answers
from tuilab.runs.answers import Answers, Part
from tuilab.runs.journal.records import Done, PhaseName
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources.progress import Unit


class Measuring:
    """Measures one run."""

    def __init__(self, run: Run, speaker: Speaker) -> None:
        """Prepare."""
        self._run, self._speaker, self._report = run, speaker, Reporter(speaker)

    def main(self) -> None:
        """Measure, and record it in the run's folder.

        Raises:
            StopRequested: it is not wanted any more; then nothing is recorded.
            TuilabError: it cannot be done; the sentence says why.
        """
        run, summary, experiment = self._run, summarize(self._run), self._run.experiment()
        if summary.state != "done" or summary.dataset is None:
            raise RunError(f"{run.id} is {summary.state}: only a run that is done can be measured afterwards")
        choice = devices.reserve(experiment.training.device)
        dataset, parts = load_images(experiment, self._report, None, self._progress)
        if dataset.taken != summary.dataset.taken:
            raise MissingError(
                f"{run.id} was trained on different images from the ones in {dataset.name} now",
                ["restore the same images"],
            )
        self._report.phase("starting", "TensorFlow")
        self._report(devices.prepare(choice, experiment.training.precision))
        self._report.phase("compiling")
        network = networks.build(experiment.model, len(dataset.classes))
        trained_model.load(network, run.checkpoints, FINAL, summary.known.get(FINAL))
        evaluator = Evaluator(
            quick_layers.rebuilt(network),
            pixels.scaling(experiment.data.pixels, parts.training.images),
            should_stop=self._speaker.asked,
        )
        epoch = len(summary.epochs)
        if experiment.training.holds_out:
            self._measure(evaluator, parts.validation, "validation", epoch)
        self._measure(evaluator, parts.test, "test", epoch)

    def _measure(self, evaluator: Evaluator, split: splits.Split, part: Part, epoch: int) -> None:
        what, said = f"{part} images", list[Any]()
        self._report.phase("evaluating", what, 0, len(split), "images")
        evaluator.evaluate(
            split,
            lambda done: self._report.progress("evaluating", what, done, len(split), "images"),
            said.append,
        )
        try:
            answers.save(self._run, Answers(part, epoch, split.labels, said[0]))
        except OSError as error:
            raise RunError(f"what was measured cannot be kept: {error.strerror or error}") from error

    def _progress(self, phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        if self._speaker.asked():
            raise StopRequested
        self._report.progress(phase, what, done, total, unit)


def _measure(asked: str, speaker: Speaker) -> None:
    try:
        Measuring(Run(Path(asked.strip())), speaker).main()
    except StopRequested:
        return
    speaker.append(Done(seconds=0.0))


if __name__ == "__main__":
    run_beside(sys.argv[1], _measure)
