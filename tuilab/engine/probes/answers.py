"""What the network says of every image: of validation images after each epoch, of test images at the end.

Every run records it: validation and test compute it anyway. An epoch of 10,000 validation images takes
1.3 kB, the probabilities of 10,000 images of 10 classes some 350 kB. A disk that refuses costs the records
alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from tuilab.engine.splits import Split
from tuilab.engine.telemetry import log_error
from tuilab.experiment.experiment import TrainingSpec
from tuilab.runs import answers
from tuilab.runs.answers import Answers, RightLayout, RightWriter
from tuilab.runs.journal.records import DatasetRecord, Note
from tuilab.runs.run import Run
from tuilab.terminal import clean


class AnswerRecords:
    """Records the answers of one run, until the disk refuses."""

    def __init__(
        self, run: Run, training: TrainingSpec, dataset: DatasetRecord, report: Callable[[Note], None]
    ) -> None:
        """Prepare.

        Args:
            run: its folder.
            training: how many epochs there are, and which images validate.
            dataset: the images.
            report: takes what a person should know.
        """
        self._run, self._report, self._epochs = run, report, training.epochs
        self._part: answers.Part = "validation" if training.holds_out else "test"
        self._writer: RightWriter | None = None
        layout = RightLayout(part=self._part, images=dataset.validation_images, digest=dataset.taken)
        with self._unless_refused():
            self._writer = RightWriter(run, layout)

    def validated(self, epoch: int, split: Split, probabilities: NDArray[np.float32]) -> None:
        """Take what was said of the validation images after an epoch (from 1), (n, classes)."""
        found = Answers(self._part, epoch, split.labels, probabilities)
        if self._writer is None:
            return
        with self._unless_refused():
            self._writer.write(epoch, found.right)
            if epoch == self._epochs and self._part == "validation":
                answers.save(self._run, found)

    def untrained(self, split: Split, probabilities: NDArray[np.float32]) -> None:
        """Take what was said of the validation images where nothing is trained, so no epoch measured them."""
        if self._writer is None or self._part != "validation":
            return
        with self._unless_refused():
            answers.save(self._run, Answers("validation", 0, split.labels, probabilities))

    def tested(self, epoch: int, split: Split, probabilities: NDArray[np.float32]) -> None:
        """Take what was said of the test images at the end."""
        if self._writer is None:
            return
        with self._unless_refused():
            answers.save(self._run, Answers("test", epoch, split.labels, probabilities))

    @contextmanager
    def _unless_refused(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            log_error()
            self._writer = None
            why = clean(error.strerror or str(error), limit=200)
            self._report(
                Note(text=f"what the network says of each image is not recorded: {why}; the run goes on")
            )
