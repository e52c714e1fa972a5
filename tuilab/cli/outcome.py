"""Print what came of a run: for a person, or as one JSON object."""

import json as json_module

import typer

from tuilab.cli.lines import describe
from tuilab.runs.outcome import course_of, outcome
from tuilab.runs.summary import Summary
from tuilab.terminal import clean


def print_outcome(summary: Summary, *, json: bool, plot: bool) -> None:
    """Print a run's outcome on stdout; a plot goes to stderr where stdout is JSON."""
    if json:
        typer.echo(json_module.dumps(outcome(summary), allow_nan=False))
    else:
        typer.echo("\n".join(outcome_lines(summary)))
    if plot:
        from tuilab.cli.plots import draw

        typer.echo(draw(summary, colour=False if json else None), err=json)


def outcome_lines(summary: Summary) -> list[str]:
    """Return what came of a run, a labelled line a fact."""
    course = course_of(summary.manifest.preset)
    name = f"  {clean(summary.manifest.name)!r}" if summary.manifest.name else ""
    lines = [f"run      {summary.run.id}{name}"]
    for record in (summary.device, summary.dataset, summary.weights, summary.network):
        if record is not None and (line := describe(record)):
            label, _, rest = line.partition(": ")
            lines.append(f"{label:<8} {rest}")
    state = summary.state if summary.state == "done" else f"{summary.state}: {clean(summary.reason)}"
    lines.append(f"{'state':<8} {state}; {len(summary.epochs)} epochs in {summary.seconds:.0f} s")
    if summary.epochs:
        last = summary.epochs[-1]
        lines.append(f"{'last':<8} training accuracy {last.accuracy:.4f}, validation {last.val_accuracy:.4f}")
    if summary.evaluated is not None:
        tested = summary.evaluated
        measured = f"accuracy {tested.test_accuracy:.4f}, cross-entropy {tested.test_cross_entropy:.4f}"
        lines.append(f"{'test':<8} {measured}")
    if course.expected:
        lines.append(
            f"{'course':<8} expects {course.expected[0]:.0%} to {course.expected[1]:.0%} on CIFAR-10"
        )
    if course.recorded:
        lines.append(f"{'course':<8} records {course.recorded:.4f} on CIFAR-10")
    return lines
