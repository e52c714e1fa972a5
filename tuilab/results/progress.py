"""How far a run is, in few words: the same ones everywhere.

An epoch under way is "epoch 21 of 30"; what a table counts is "20 of 30 done". No other form is used.
"""

from tuilab.experiment import Experiment
from tuilab.runs.journal.records import Phase
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


def progress(summary: Summary, experiment: Experiment) -> str:
    """Return a run's phase, or its epoch under way of how many."""
    if not summary.trains:
        return summary.phase.name if summary.phase else "starting"
    return epoch_words(summary, experiment.training.epochs) + (", validation" if summary.validates else "")


def epoch_words(summary: Summary, planned: int) -> str:
    """Return the epoch under way of a run that trains; of equal width for all its epochs."""
    if summary.under_way > planned:
        return f"{count_text(planned, planned)} done"
    return f"epoch {summary.under_way:>{len(str(planned))}} of {planned}"


def count_text(done: int, planned: int) -> str:
    """Return how many epochs of all are done: ``3 of 5 epochs``, and ``1 of 1 epoch``."""
    return f"{done} of {planned} epoch{'' if planned == 1 else 's'}"


def whole_epochs_text(count: int) -> str:
    """Return ``1 whole epoch``, ``2 whole epochs``."""
    return "1 whole epoch" if count == 1 else f"{count} whole epochs"


def after_text(done: int, planned: int) -> str:
    """Return when a run ended that was not done; it may have trained all epochs, and not been tested."""
    if not planned:  # nothing is trained
        return "before it was tested"
    if done < planned:
        return f"after {count_text(done, planned)}"
    return "after its only epoch" if planned == 1 else f"after all {planned} epochs"


def phase_text(record: Phase) -> str:
    """Return what a phase does, e.g. ``computing frozen features of block5_pool``."""
    verb = "computing frozen features" if record.name == "features" else record.name
    return f"{verb} {clean(record.what)}".strip()
