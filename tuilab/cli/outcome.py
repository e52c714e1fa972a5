"""Print a run's results: for a person, or as one JSON object."""

import json as json_module
import sys

import typer

from tuilab.cli.lines import Fact, describe
from tuilab.results.course import Standard
from tuilab.results.number_text import measured_text
from tuilab.results.outcome import epochs_text, reason_text, state_word
from tuilab.results.record import outcome, standard_of
from tuilab.runs.metrics import ACCURACY, METRICS
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
        measured = ", ".join(
            f"{where} {ACCURACY.title} {measured_text(ACCURACY, last.value(name))}"
            for where, name in (("training", ACCURACY.name), ("validation", ACCURACY.val))
        )
        shown.append(Fact("last", measured, "means over the last epoch; dropout was active in training"))
    if summary.evaluated is not None:
        values = ((metric, summary.evaluated.value(metric.test)) for metric in METRICS)
        texts = (f"{one.title} {measured_text(one, value)}" for one, value in values if value is not None)
        shown.append(Fact("test", ", ".join(texts)))
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
        shown.append(
            Fact("course", f"records an accuracy of {measured_text(ACCURACY, course.recorded)} {on}")
        )
    return shown
