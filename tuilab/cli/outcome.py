"""Print a run's results: for a person, or as one JSON object."""

import json as json_module
import sys

import typer

from tuilab.cli.lines import Fact, describe, print_facts
from tuilab.lab.queue.clients import standing_of
from tuilab.lab.queue.standing import Standing
from tuilab.lab.queue.waiting import waiting_text, waiting_values
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
        values = {**outcome(summary), **waiting_values(_standing(summary))}
        typer.echo(json_module.dumps(values, allow_nan=False))
    else:
        # on a terminal the facts still stand above the epochs
        seen = sys.stdout.isatty() and sys.stderr.isatty()
        print_facts(fact.short for fact in outcome_facts(summary, facts=not seen))
    if plot:
        from tuilab.cli.plots import draw

        typer.echo(draw(summary, colour=False if json else None), err=json)


def outcome_facts(summary: Summary, *, facts: bool = True) -> list[Fact]:
    """Return what came of a run, or how it stands with one that waits.

    Args:
        summary: the run.
        facts: also what it trained, on what and where.
    """
    shown: list[Fact] = []
    if facts:
        shown.append(Fact("run", summary.run.id))
        if summary.manifest.name:
            shown.append(Fact("name", clean(summary.manifest.name)))
        records = (summary.dataset, summary.weights, summary.device, summary.network)
        shown += [fact for record in records if record is not None and (fact := describe(record))]
    shown.append(Fact("state", _state(summary)))
    last = summary.last
    if last is not None and last.value(ACCURACY.val) is not None:
        measured = ", ".join(
            f"{where} {ACCURACY.title} {measured_text(ACCURACY, last.value(name))}"
            for where, name in (("training", ACCURACY.name), ("validation", ACCURACY.val))
        )
        label, how = "last", "means over the last epoch; dropout was active in training"
        if not summary.epochs:
            label, how = "others", "nothing was trained: they were measured as the test images were"
        shown.append(Fact(label, measured, how))
    if summary.evaluated is not None:
        values = ((metric, summary.evaluated.value(metric.test)) for metric in METRICS)
        texts = (f"{one.title} {measured_text(one, value)}" for one, value in values if value is not None)
        shown.append(Fact("test", ", ".join(texts)))
    shown += _course(standard_of(summary))
    return shown


def _standing(summary: Summary) -> Standing | None:
    return standing_of(summary.run) if summary.state == "queued" else None


def _state(summary: Summary) -> str:
    state, standing = str(state_word(summary)), _standing(summary)
    if standing is not None:
        state = f"{state}, {waiting_text(standing)}"
        if not summary.epochs:
            return state
    elif summary.reason and summary.state != "queued":
        state = f"{state}: {clean(reason_text(summary))}"
    spent = "so far" if summary.state in ("queued", "running") else "in total"
    return f"{state}; {epochs_text(summary)}, {summary.seconds:.0f} s {spent}"


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
