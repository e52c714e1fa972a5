"""The unfreeze ladder in words: columns, cells and sentences for both front ends, and its JSON."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tuilab.advice.estimate import in_bytes, in_words
from tuilab.advice.ladder import Ladder, Rung, RungRun
from tuilab.results.document import Head, Table

MOST_ACCURACIES = 3
"""Test accuracies of one rung that stand in its line; all of its runs stand below."""


@dataclass(frozen=True)
class RungColumn:
    """A column of the ladder.

    Attributes:
        key: of its cells.
        head: what stands above it.
        rank: 0 is always shown; of the others those of a lower rank get room first.
        number: whether it holds numbers.
    """

    key: str
    head: str
    rank: int
    number: bool = False


COLUMNS = (
    RungColumn("here", "", 0),
    RungColumn("unfreeze", "unfreeze", 0),
    RungColumn("first", "from layer", 6),
    RungColumn("parameters", "trained", 1, number=True),
    RungColumn("tensors", "tensors", 8, number=True),
    RungColumn("memory", "memory", 5, number=True),
    RungColumn("estimate", "≈ epoch", 2, number=True),
    RungColumn("measured", "measured", 3, number=True),
    RungColumn("accuracy", "test", 4, number=True),
    RungColumn("rate", "rate", 7),
)


def cells(ladder: Ladder, place: int) -> dict[str, str]:
    """Return a rung's cells by their column's key."""
    rung = ladder.rungs[place]
    tested = [f"{run.accuracy:.3f}" for run in reversed(rung.runs) if run.accuracy is not None]
    more = f" +{len(tested) - MOST_ACCURACIES}" if len(tested) > MOST_ACCURACIES else ""
    estimated = rung.seconds_per_epoch
    return {
        "here": ">" if place == ladder.here else "",
        "unfreeze": rung.unfreeze,
        "first": rung.first,
        "parameters": f"{rung.parameters:,}",
        "tensors": str(rung.tensors),
        "memory": in_bytes(rung.step_bytes),
        "estimate": "" if estimated is None else in_words(estimated),
        "measured": _measured(rung),
        "accuracy": " ".join(tested[:MOST_ACCURACIES]) + more,
        "rate": "high" if rung.warning else "",
    }


def _measured(rung: Rung) -> str:
    if rung.measured is None:
        return ""
    fewest, most = map(in_words, rung.measured)
    return fewest if fewest == most else f"{fewest}-{most}"


def title(ladder: Ladder, name: str) -> str:
    """Return what is shown; ``name`` is clean."""
    return f"unfreeze ladder of {name}: {len(ladder.rungs)} points"


def basis(ladder: Ladder) -> str:
    """Return what the estimates stand on, in a sentence."""
    bases = {rung.basis for rung in ladder.rungs}
    if "unknown" in bases:
        return "The seconds of an epoch are not estimated until the images have been read."
    if bases == {"guess"}:
        return "≈ epoch is a guess: nothing was measured on this machine yet."
    return "≈ epoch is an estimate from runs on this machine."


def notes(ladder: Ladder) -> list[str]:
    """Return how to read it, a sentence each."""
    optimizer, batch = ladder.experiment.optimizer, ladder.experiment.training.batch_size
    said = [
        "trained counts the head too. memory is what a training step needs: weights, gradients, the "
        f"optimizer's and the activations of a batch of {batch:,}. {basis(ladder)}",
        "A pool has no weights, so it is no point of its own.",
    ]
    if ladder.here is None:
        said.append("The experiment stands at no point shown here: frozen layers follow trained ones.")
    else:
        said.append("> is where the experiment stands.")
    warned = [rung for rung in ladder.rungs if rung.warning]
    if warned:
        own = ladder.rungs[ladder.here] if ladder.here is not None else warned[-1]
        shown = own if own.warning else warned[0]
        said.append(f"rate high: {shown.warning}.")
    else:
        said.append(f"The learning rate {optimizer.learning_rate:g} is high at none of them.")
    if ladder.others:
        runs = "1 run" if ladder.others == 1 else f"{ladder.others} runs"
        said.append(f"{runs} of this network on other images or from other weights: left out.")
    return said


def runs_table(ladder: Ladder) -> Table | None:
    """Return every run with what it trained, the best first on each rung; None if there is none."""
    runs = [run for rung in ladder.rungs for run in _best_first(rung.runs)] + [*_best_first(ladder.between)]
    if not runs:
        return None
    heads = [Head("unfreeze"), Head("run"), Head("test", number=True), Head("epochs", number=True)]
    heads += [Head("optimizer"), Head("rate", number=True), Head("per epoch", number=True), Head("device")]
    lines = [
        (
            run.unfreeze,
            run.id if run.label in run.id else f"{run.id} ({run.label})",
            f"{run.accuracy:.4f}" if run.accuracy is not None else run.state,
            str(run.epochs),
            run.optimizer,
            f"{run.learning_rate:g}",
            "" if run.seconds_per_epoch is None else in_words(run.seconds_per_epoch),
            run.device,
        )
        for run in runs
    ]
    return Table("Runs so far", heads, lines)


def _best_first(runs: Sequence[RungRun]) -> list[RungRun]:
    return sorted(runs, key=lambda run: run.accuracy if run.accuracy is not None else -1.0, reverse=True)


def as_object(ladder: Ladder, *, preset: str | None, run: str | None) -> dict[str, Any]:
    """Return it for a program; JSON types only."""
    base = ladder.experiment
    return {
        "preset": preset,
        "run": run,
        "optimizer": base.optimizer.kind,
        "learning_rate": base.optimizer.learning_rate,
        "batch_size": base.training.batch_size,
        "here": None if ladder.here is None else ladder.rungs[ladder.here].unfreeze,
        "points": [
            {
                "unfreeze": rung.unfreeze,
                "first_layer": rung.first or None,
                "layers": rung.layers,
                "trained_parameters": rung.parameters,
                "trained_tensors": rung.tensors,
                "step_bytes": rung.step_bytes,
                "estimated_seconds_per_epoch": rung.seconds_per_epoch,
                "basis": rung.basis,
                "warning": rung.warning or None,
                "runs": [_run_object(one) for one in rung.runs],
            }
            for rung in ladder.rungs
        ],
        "between": [_run_object(one) for one in ladder.between],
        "left_out": ladder.others,
    }


def _run_object(run: RungRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "unfreeze": run.unfreeze,
        "state": run.state,
        "optimizer": run.optimizer,
        "learning_rate": run.learning_rate,
        "epochs": run.epochs,
        "seconds_per_epoch": run.seconds_per_epoch,
        "device": run.device or None,
        "test_accuracy": run.accuracy,
    }
