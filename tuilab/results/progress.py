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
        return f"{planned} of {planned} epochs done"
    return f"epoch {summary.under_way:>{len(str(planned))}} of {planned}"


def phase_text(record: Phase) -> str:
    """Return what a phase does, e.g. ``computing frozen features of block5_pool``."""
    verb = "computing frozen features" if record.name == "features" else record.name
    return f"{verb} {clean(record.what)}".strip()
