"""Where a run came from, and how it can continue."""

import shlex
from typing import assert_never

from tuilab.cli.lines import Fact, place_text
from tuilab.errors import MissingError, UsageError
from tuilab.lab.queue.clients import following
from tuilab.lab.successors import waiting
from tuilab.results.outcome import diverged
from tuilab.runs import checkpoints
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary
from tuilab.runs.worker.lease import liveness
from tuilab.terminal import clean


def origin(summary: Summary) -> list[Fact]:
    """Return what a run started from where that was another one, and where it last continued from."""
    manifest, facts = summary.manifest, []
    if manifest.forked_at is not None:
        facts.append(Fact("fork", f"of {manifest.parent} after epoch {manifest.forked_at}"))
    elif manifest.parent is not None:
        facts.append(Fact("parent", manifest.parent))
    if manifest.shares is not None:
        facts.append(Fact("shares", f"the training of {manifest.shares}"))
    resumed = summary.resumed
    if resumed is not None and (manifest.forked_at, 0) != (resumed.epoch, resumed.step):
        facts.append(Fact("resumed", f"from {place_text(resumed.epoch, resumed.step)}"))
    return facts


def resumes_from(run: Run) -> str:
    """Return where a run continues, by the name of its most trained checkpoint: ``the end of epoch 3``.

    Whether that checkpoint is whole, the worker finds out; if it is not, it takes the one before.
    """
    try:
        for folder in checkpoints.listed(run.checkpoints):
            if position := checkpoints.position_of(folder.name):
                return place_text(position.epoch, position.step)
    except MissingError:
        return "its last checkpoint"  # the worker says what is wrong with those
    return place_text(0, 0)


def attended(run: Run) -> str:
    """Return how a run that waits, or trains in the background, is followed and stopped."""
    return f"tuilab attach {run.id} follows it, tuilab stop {run.id} stops it"


def next_steps(summary: Summary) -> list[str]:
    """Return what can be done with a run that is not over for good, a line each; clean text."""
    run = summary.run
    resumes = f"tuilab resume {run.id}"
    if summary.state != "done" and liveness(run.lease) == "alive":
        return [attended(run)]  # another worker continues with it already
    match summary.state:
        case "running":
            return [attended(run)]
        case "stopped" | "interrupted":
            return [f"{resumes} continues from {resumes_from(run)}{then_trains(run)}"]
        case "failed" if diverged(summary):
            return [_milder(summary)]
        case "failed":
            return [f"once that is fixed: {resumes} continues from {resumes_from(run)}{then_trains(run)}"]
        case "done" if then := then_trains(run):
            return [f"{resumes}{then.removeprefix(', then')}"]
        case "queued":
            return [f"tuilab attach {run.id} follows it, tuilab stop {run.id} takes it out of the queue"]
        case "waiting" if liveness(run.lease) == "none":
            return [f"no worker has started it: {resumes} starts one"]
        case "unreachable":
            return [
                f"once that worker is gone for good: {resumes} --take-over continues from {resumes_from(run)}"
            ]
        case "done" | "waiting":
            return []
        case _:
            assert_never(summary.state)


def then_trains(run: Run) -> str:
    """Return what resuming a run trains as well, because it was requested with it, as the end of a sentence.

    Empty if there is nothing.
    """
    try:
        later = [step.preset for step in waiting(run)]
    except UsageError as error:
        return f" ({error.sentence})"
    later += [one.manifest().preset or one.id for one in following(run)]
    return f", then trains {', then '.join(later)}" if later else ""


def _milder(summary: Summary) -> str:
    """Return the command that trains on from before a run diverged, or again, in smaller steps."""
    run, experiment = summary.run, summary.run.experiment()
    milder = f"--set optimizer.learning_rate={experiment.optimizer.learning_rate / 10:g}"
    try:
        kept = checkpoints.whole_epochs(run.checkpoints)
    except MissingError:
        kept = []
    epoch = checkpoints.best_epoch([e for e in summary.epochs if e.epoch in kept])
    if epoch is not None:
        return (
            f"from before it diverged, with smaller steps: tuilab fork {run.id} --at-epoch {epoch} {milder}"
        )
    if summary.manifest.preset is None:
        return "train it again with smaller steps: a tenth of its optimizer.learning_rate"
    data = f"--data {shlex.quote(clean(experiment.data.source))}"
    return f"again, with smaller steps: tuilab run --preset {summary.manifest.preset} {data} {milder}"


def forks(run: Run) -> list[Fact]:
    """Return from which epochs a fork can continue; nothing if there are none."""
    try:
        epochs = checkpoints.whole_epochs(run.checkpoints)
    except MissingError as error:
        return [Fact("forks", f"cannot start from any epoch: {error.sentence}")]
    if not epochs:
        return []
    which = f"{'epoch' if len(epochs) == 1 else 'epochs'} {', '.join(map(str, epochs))}"
    return [Fact("forks", f"can start from {which}: tuilab fork {run.id} --at-epoch N --set A.B=VALUE")]
