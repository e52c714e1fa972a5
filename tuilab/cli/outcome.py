"""Print a run's results: for a person, or as one JSON object."""

import json as json_module
import sys

import typer

from tuilab.cli.lines import Fact, describe
from tuilab.results.course import Standard
from tuilab.results.number_text import number_text
from tuilab.results.outcome import epochs_text, reason_text, state_word
from tuilab.results.record import outcome, standard_of
from tuilab.runs.metrics import METRICS
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


def print_outcome(summary: Summary, *, json: bool, plot: bool) -> None:
    """Print a run's outcome on stdout; a plot goes to stderr where stdout is JSON."""
    if json:
        typer.echo(json_module.dumps(outcome(summary), allow_nan=False))
    else:
        # on a terminal the facts still stand above the epochs
        seen = sys.stdout.isatty() and sys.stderr.isatty()
        typer.echo("\n".join(outcome_lines(summary, facts=not seen)))
    if plot:
        from tuilab.cli.plots import draw

        typer.echo(draw(summary, colour=False if json else None), err=json)


def outcome_lines(summary: Summary, *, facts: bool = True, details: bool = False) -> list[str]:
    """Return a run's results, one labelled line per fact.

    Args:
        summary: the run.
        facts: also what it trained, on what and where.
        details: also where those came from.
    """
    shown: list[Fact] = []
    if facts:
        shown.append(Fact("run", summary.run.id))
        if summary.manifest.name:
            shown.append(Fact("name", clean(summary.manifest.name)))
        records = (summary.dataset, summary.weights, summary.device, summary.network)
        shown += [fact for record in records if record is not None and (fact := describe(record))]
    state = f"{state_word(summary)}: {clean(reason_text(summary))}" if summary.reason else state_word(summary)
    spent = "so far" if summary.state == "running" else "in total"
    shown.append(Fact("state", f"{state}; {epochs_text(summary)}, {summary.seconds:.0f} s {spent}"))
    if summary.epochs:
        last = summary.epochs[-1]
        training, validation = number_text(last.accuracy, 4), number_text(last.val_accuracy, 4)
        measured = f"training accuracy {training}, validation accuracy {validation}"
        shown.append(Fact("last", measured, "means over the last epoch; dropout was active in training"))
    if summary.evaluated is not None:
        tested = summary.evaluated
        values = ((metric.title, tested.value(metric.test)) for metric in METRICS)
        shown.append(Fact("test", ", ".join(f"{t} {number_text(v, 4)}" for t, v in values if v is not None)))
    shown += _course(standard_of(summary))
    return [line for fact in shown for line in fact.lines(details=details)]


def _course(held_against: Standard) -> list[Fact]:
    """Return what the course says of a run; nothing for one on other images."""
    course, note = held_against.course, held_against.note
    on = f"with all images of CIFAR-10; this run had {note}" if note else "on CIFAR-10"
    shown = []
    if course.expected:
        low, high = course.expected
        shown.append(Fact("course", f"expects an accuracy of {low:.0%} to {high:.0%} {on}"))
    if course.recorded:
        shown.append(Fact("course", f"records an accuracy of {course.recorded:.4f} {on}"))
    return shown
