"""Print what came of a run: for a person, or as one JSON object."""

import json as json_module
import sys

import typer

from tuilab.cli.lines import Fact, describe
from tuilab.runs.outcome import course_of, outcome
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
    """Return what came of a run, a labelled line a fact.

    Args:
        summary: the run.
        facts: also what it trained, on what and where.
        details: also where those came from.
    """
    course = course_of(summary.manifest.preset)
    told: list[Fact] = []
    if facts:
        told.append(Fact("run", summary.run.id))
        if summary.manifest.name:
            told.append(Fact("name", clean(summary.manifest.name)))
        records = (summary.dataset, summary.weights, summary.device, summary.network)
        told += [fact for record in records if record is not None and (fact := describe(record))]
    state = f"{summary.state}: {clean(summary.reason)}" if summary.reason else summary.state
    epochs = "1 epoch" if len(summary.epochs) == 1 else f"{len(summary.epochs)} epochs"
    spent = "so far" if summary.state == "running" else "in all"
    told.append(Fact("state", f"{state}; {epochs}, {summary.seconds:.0f} s {spent}"))
    if summary.epochs:
        last = summary.epochs[-1]
        measured = f"training accuracy {last.accuracy:.4f}, validation accuracy {last.val_accuracy:.4f}"
        told.append(Fact("last", measured, "means over the last epoch, with dropout at work in training"))
    if summary.evaluated is not None:
        tested = summary.evaluated
        measured = f"accuracy {tested.test_accuracy:.4f}, cross-entropy {tested.test_cross_entropy:.4f}"
        told.append(Fact("test", measured))
    if course.expected:
        band = f"{course.expected[0]:.0%} to {course.expected[1]:.0%}"
        told.append(Fact("course", f"expects an accuracy of {band} on CIFAR-10"))
    if course.recorded:
        told.append(Fact("course", f"records an accuracy of {course.recorded:.4f} on CIFAR-10"))
    return [line for fact in told for line in fact.lines(details=details)]
