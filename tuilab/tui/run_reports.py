"""What is said of a run when it ends, or continues."""

from tuilab.runs.journal.records import Resumed
from tuilab.terminal import clean
from tuilab.tui.protocols import Severity
from tuilab.tui.run_book import BookedRun


def resumed_text(run: BookedRun, record: Resumed) -> str:
    """Return from where a run continues."""
    if not record.checkpoint:
        return f"{run.called} starts over: it has no checkpoint to resume from"
    step = f" and {record.step} steps" if record.step else ""
    epochs = "1 epoch" if record.epoch == 1 else f"{record.epoch} epochs"
    return f"{run.called} resumed after {epochs}{step}"


def end_text(run: BookedRun, resume_key: str) -> tuple[str, Severity] | None:
    """Return how a run ended; None if there is nothing to say.

    Args:
        resume_key: the key that resumes it.
    """
    summary, name = run.summary, run.called
    if summary.state == "done" and summary.evaluated is not None:
        return f"{name} is done: test accuracy {summary.evaluated.test_accuracy:.4f}", "information"
    if summary.state == "stopped":
        whole = len(summary.epochs)
        epochs = f"{whole} whole epoch{'' if whole == 1 else 's'}"
        return f"{name} stopped after {epochs}; {resume_key} resumes it", "information"
    if summary.state == "failed":
        return f"{name} failed: {clean(summary.reason, limit=300)}", "error"
    return None
