"""A finished run's network after each epoch whose checkpoint was kept, and at its end."""

from collections.abc import Callable
from typing import TypeVar

from tuilab.engine import checkpoints
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.subject import Subject
from tuilab.errors import MissingError
from tuilab.runs.checkpoints import Position, read, whole_epochs

Found = TypeVar("Found")


def by_epoch(subject: Subject, look: Callable[[int], Found]) -> tuple[list[Found], list[str]]:
    """Look at the network at each moment, the earliest first; it ends with the weights of the run's end.

    Args:
        subject: the run.
        look: looks at the network after so many epochs.

    Returns:
        What was found, and a sentence for each checkpoint that is damaged.

    Raises:
        StopRequested: it is not wanted any more.
        MissingError: the trained model is damaged.
    """
    found, passed_over = list[Found](), list[str]()
    run, end = subject.run, len(subject.summary.epochs)
    epochs = [epoch for epoch in whole_epochs(run.checkpoints) if 0 < epoch < end]
    for done, epoch in enumerate(epochs):
        if subject.should_stop():
            raise StopRequested
        subject.report.phase("evaluating", "checkpoints", done, len(epochs) + 1, "checkpoints")
        name = Position(epoch).name
        try:
            saved = read(run.checkpoints / name, subject.summary.known.get(name))
            checkpoints.load_weights(saved, subject.network)
        except MissingError as error:
            passed_over.append(error.sentence)
        else:
            found.append(look(epoch))
    if subject.should_stop():
        raise StopRequested
    subject.report.phase("evaluating", "checkpoints", len(epochs), len(epochs) + 1, "checkpoints")
    subject.load()
    return [*found, look(end)], passed_over
