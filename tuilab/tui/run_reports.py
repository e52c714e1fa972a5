"""What is said of a run when it ends, or continues."""

from typing import assert_never

from tuilab.results.outcome import tested_text
from tuilab.results.progress import whole_epochs_text
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
    match summary.state:
        case "done":
            tested = tested_text(summary)
            return (f"{name} is done: {tested}", "information") if tested else None
        case "stopped":
            epochs = whole_epochs_text(len(summary.epochs))
            return f"{name} stopped after {epochs}; {resume_key} resumes it", "information"
        case "failed":
            return f"{name} failed: {clean(summary.reason, limit=300)}", "error"
        case "interrupted" | "unreachable" | "queued" | "waiting" | "running":
            return None  # nothing ended by its own word
        case _:
            assert_never(summary.state)
