"""What a finished run's network says of each test image, and of each image that was held out.

As the run's own worker records it at its end; that of every epoch cannot be had afterwards.
"""

from typing import Any

from tuilab.engine.evaluation import Evaluator
from tuilab.engine.splits import Split
from tuilab.engine.subject import Subject
from tuilab.runs import answers
from tuilab.runs.answers import Answers, Part


def measure(subject: Subject) -> None:
    """Measure, and record it; raises StopRequested and OSError."""
    evaluator = subject.evaluator()
    if subject.experiment.training.holds_out:
        _measure(subject, evaluator, subject.parts.validation, "validation")
    _measure(subject, evaluator, subject.parts.test, "test")


def _measure(subject: Subject, evaluator: Evaluator, split: Split, part: Part) -> None:
    what, said, report = f"{part} images", list[Any](), subject.report
    report.phase("evaluating", what, 0, len(split), "images")
    evaluator.evaluate(
        split,
        lambda done: report.progress("evaluating", what, done, len(split), "images"),
        said.append,
    )
    answers.save(subject.run, Answers(part, len(subject.summary.epochs), split.labels, said[0]))
