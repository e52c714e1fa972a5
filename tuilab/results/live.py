"""What is shown of a run that is training, queued or interrupted: the contract of ``tuilab ps --json``."""

import math
from typing import Any

from tuilab.experiment.experiment import Experiment
from tuilab.results.outcome import diverged
from tuilab.results.progress import phase_text
from tuilab.runs.summary import Summary
from tuilab.runs.worker.lease import Lease


def live(
    summary: Summary, experiment: Experiment, lease: Lease | None, seconds_since: float
) -> dict[str, Any]:
    """Return what is shown of a run; JSON types only.

    ``epoch`` is the one that is being trained, or, where nothing trains, the last whole one; ``epochs`` is
    how many are planned. ``seconds_left`` is None if no run reports it.

    Args:
        summary: what it came to so far.
        experiment: what it trains.
        lease: whose it is; None if nobody took it.
        seconds_since: the age of its last record.
    """
    manifest, batch = summary.manifest, summary.batch
    runs = summary.state == "running"
    training = runs and batch is not None and summary.phase is not None and summary.phase.name == "training"
    left = batch.seconds_left if training and batch else math.nan
    return {
        "run": summary.run.id,
        "name": manifest.name,
        "preset": manifest.preset,
        "parent": manifest.parent,
        "state": summary.state,
        "diverged": diverged(summary),
        "resumable": summary.resumable,
        "phase": phase_text(summary.phase) if runs and summary.phase else None,
        "epoch": batch.epoch if training and batch else len(summary.epochs),
        "epochs": experiment.training.epochs,
        "seconds_left": left if math.isfinite(left) else None,
        "seconds_since": round(seconds_since, 1),
        "device": summary.device and summary.device.device,
        "host": lease and lease.place,
        "pid": lease.pid if lease and runs else None,
    }


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units' worth of precision, e.g. ``4 min`` or ``3 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours // 24} days"
