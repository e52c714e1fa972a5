"""The process that measures a finished run from its trained model: ``python -m tuilab.engine.measuring LOG``.

It is asked for a ``MeasuringRequest``; what it finds is beside the run's journal afterwards.
"""

import sys
from pathlib import Path
from typing import assert_never

from tuilab.engine.beside import Speaker, run_beside
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.probes import (
    answers_afterwards,
    gradients,
    kernels,
    norm_statistics,
    shifts,
    similarity,
)
from tuilab.engine.subject import Subject, subject_of
from tuilab.engine.telemetry import Reporter
from tuilab.errors import RunError
from tuilab.runs.journal.records import Done, PhaseName
from tuilab.runs.measurements import MeasurementName, MeasuringRequest
from tuilab.runs.run import Run
from tuilab.sources.progress import Unit


def measure(what: MeasurementName, subject: Subject) -> None:
    """Measure, and keep what was found in the run's folder.

    Raises:
        StopRequested: it is not wanted any more; then nothing is kept.
        OSError: the disk refuses it.
        TuilabError: it cannot be done; the sentence says why.
    """
    match what:
        case "answers":
            answers_afterwards.measure(subject)
        case "statistics":
            norm_statistics.measure(subject)
        case "gradients":
            gradients.measure(subject)
        case "similarity":
            similarity.measure(subject)
        case "shifts":
            shifts.measure(subject)
        case "kernels":
            kernels.measure(subject)
        case _:
            assert_never(what)


def _work(asked: str, speaker: Speaker) -> None:
    request, report = MeasuringRequest.model_validate_json(asked), Reporter(speaker)

    def progress(phase: PhaseName, what: str, done: int, total: int | None, unit: Unit) -> None:
        if speaker.asked():
            raise StopRequested
        report.progress(phase, what, done, total, unit)

    try:
        subject = subject_of(Run(Path(request.run)), report, progress, speaker.asked)
        try:
            measure(request.what, subject)
        except OSError as error:
            raise RunError(f"what was measured cannot be kept: {error.strerror or error}") from error
    except StopRequested:
        return
    speaker.append(Done(seconds=0.0))


if __name__ == "__main__":
    run_beside(sys.argv[1], _work)
