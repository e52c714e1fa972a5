"""How far a run is, and how it ended, in a line of words and a bar."""

import math
from typing import assert_never

from tuilab.experiment import Experiment
from tuilab.plots.cells import Role, cells_wide
from tuilab.plots.page import Line
from tuilab.plots.scales import clock
from tuilab.results.outcome import epochs_text, state_word, tested_text
from tuilab.results.progress import after_text, epoch_words
from tuilab.runs.journal.records import Phase
from tuilab.runs.summary import Summary
from tuilab.terminal import clean

_BAR = 16
"""Columns of a bar, fewer if there is no room."""
_GAP = ("  ", Role.PLAIN)


def status_line(summary: Summary, experiment: Experiment, width: int) -> Line:
    """Return the line."""
    epochs = experiment.training.epochs
    match summary.state:
        case "queued":
            return [("◌ queued", Role.MUTED), _GAP, ("waiting in the queue", Role.MUTED)]
        case "waiting":
            return [("○ waiting for its worker", Role.MUTED)]
        case "running":
            return _running(summary, epochs, width)
        case "done":
            return [
                ("✓ done", Role.GOOD),
                _GAP,
                (f"{epochs_text(summary)} in {clock(summary.seconds)}", Role.MUTED),
                _GAP,
                (tested_text(summary), Role.TITLE),
            ]
        case "stopped" | "failed" | "interrupted" | "unreachable":
            sign, role = ("■", Role.WARNING) if summary.state == "stopped" else ("×", Role.ERROR)
            after = f"{after_text(len(summary.epochs), epochs)}, {clock(summary.seconds)}"
            return [(f"{sign} {state_word(summary)}", role), _GAP, (after, Role.MUTED)]
        case _:
            assert_never(summary.state)


def _running(summary: Summary, epochs: int, width: int) -> Line:
    batch, phase = summary.batch, summary.phase
    if phase is None:
        return [("● starting", Role.GOOD)]
    if not summary.trains:
        return _phase(phase, width)
    head = epoch_words(summary, epochs)
    if batch is None:
        return [("● ", Role.GOOD), (head, Role.PLAIN)]
    left = [f"{clock(summary.seconds_left)} left"] if math.isfinite(summary.seconds_left) else []
    if summary.validates:
        validation = summary.validation
        share = validation.done / validation.total if validation is not None and validation.total else 0.0
        return _with_bar([f"{head}, validation", *_amount(validation), *left], share, width)
    step = batch.step if batch.epoch == summary.under_way else 0
    steps = f"{step:>{len(str(batch.steps))}}/{batch.steps}"
    return _with_bar([head, steps, _speed(batch.images_per_second), *left], step / max(batch.steps, 1), width)


def _phase(phase: Phase, width: int) -> Line:
    name = "computing frozen features" if phase.name == "features" else phase.name
    what = clean(phase.what, limit=40)
    head = f"{name} {what}".strip()
    if not phase.total:
        return [("● ", Role.GOOD), (head, Role.PLAIN)]
    return _with_bar([head, *_amount(phase)], phase.done / phase.total, width)


def _amount(phase: Phase | None) -> list[str]:
    """Return how much of a phase is done; nothing if that is not known."""
    if phase is None or not phase.total:
        return []
    size, unit = (1e6, "MB") if phase.unit == "bytes" else (1, clean(phase.unit, limit=20))
    digits = 1 if phase.unit == "bytes" else 0
    done, total = (f"{n / size:,.{digits}f}" for n in (phase.done, phase.total))
    return [f"{done:>{len(total)}}/{total} {unit}".strip()]


def _with_bar(parts: list[str], share: float, width: int) -> Line:
    """Return ``● first  bar  the rest``: without the last parts or the bar where room is short."""
    head, *rest = parts
    used = 2 + cells_wide(head)
    fitting: list[str] = []
    for part in rest:
        if used + 2 + cells_wide(part) > width:
            break
        used += 2 + cells_wide(part)
        fitting.append(part)
    bar = min(_BAR, width - used - 2)
    line: list[tuple[str, Role]] = [("● ", Role.GOOD), (head, Role.PLAIN)]
    if bar >= 4:
        full = math.floor(min(max(share, 0.0), 1.0) * bar + 1e-9)
        line += [_GAP, ("█" * full, Role.TRAIN), ("░" * (bar - full), Role.AXIS)]
    for part in fitting:
        line += [_GAP, (part, Role.MUTED)]
    return line


def _speed(images_per_second: float) -> str:
    if not math.isfinite(images_per_second):
        return "– images/s"
    if images_per_second >= 1000:
        return f"{images_per_second / 1000:.1f}k images/s"
    return f"{images_per_second:.0f} images/s"
