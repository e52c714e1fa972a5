"""Rate tests: what is tested, the process that does it, and the command that trains with what it found."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tuilab import presets
from tuilab.errors import MissingError, UsageError
from tuilab.experiment.experiment import Experiment, learns
from tuilab.experiment.overrides import with_overrides
from tuilab.lab.beside import Beside
from tuilab.lab.draft import Draft, differences
from tuilab.lab.fork import LONGER, changeable
from tuilab.lab.named import preset_or_run
from tuilab.lab.plan import gather, plan
from tuilab.presets import Preset
from tuilab.rate.request import RateRequest, Span
from tuilab.rate.said import RateEnded, Said, adapter
from tuilab.runs.checkpoints import Position, listed, whole_epochs
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.terminal import clean


def of_word(word: str, assignments: Sequence[str], given: Mapping[str, Any], span: Span) -> RateRequest:
    """Return the test of a preset, or of a run where no preset has this name.

    Args:
        word: a preset's name; or a run's id, its first characters, or ``latest``.
        assignments: ``a.b=value`` texts.
        given: dotted settings from options of their own.
        span: over which rates.

    Raises:
        UsageError: neither, a run that trains or waits, or a setting that is not allowed.
        MissingError: a run without a checkpoint, a preset whose parent is not trained.
    """
    found = preset_or_run(word)
    if isinstance(found, Preset):
        return of_preset(found.name, assignments, given, span)
    return of_run(found, gather(assignments, given), span)


def of_preset(name: str, assignments: Sequence[str], given: Mapping[str, Any], span: Span) -> RateRequest:
    """Return the test of a preset from its initial weights, which may be those of a trained parent."""
    step = plan(name, assignments, given)[-1]
    if step.after is not None:
        raise MissingError(
            f"{name} starts from a trained {step.after.preset}, and no finished run of it has the same "
            "experiment, data, weights and seed",
            [f"train it first: tuilab run --preset {step.after.preset}", "then test the rate again"],
        )
    parent = str(step.parent.folder) if step.parent is not None else ""
    return RateRequest(experiment=step.experiment, preset=name, span=span, parent=parent)


def of_run(run: Run, settings: Mapping[str, Any], span: Span) -> RateRequest:
    """Return the test of a run from its newest checkpoint; its folder is only read."""
    summary = summarize(run)
    if summary.state in ("queued", "waiting", "running", "unreachable"):
        does = "is training" if summary.state == "running" else f"is {summary.state}"
        raise UsageError(
            f"{run.id} {does}: its rate can be tested once it has ended or is stopped",
            [f"tuilab stop {run.id}", f"or test its preset: tuilab rate {summary.manifest.preset}"],
        )
    for key in settings:
        if not changeable(key):
            raise UsageError(
                f"{clean(key, limit=80)} cannot be changed in the rate test of a run: it keeps its network "
                "and its images; test a preset for that"
            )
    if not listed(run.checkpoints):
        raise MissingError(f"{run.id} has no checkpoint to start from, so its rate cannot be tested")
    experiment = with_overrides(run.experiment(), settings)
    return RateRequest(
        experiment=experiment, preset=summary.manifest.preset or "", span=span, run=str(run.folder)
    )


def of_draft(draft: Draft, span: Span) -> RateRequest:
    """Return the test of what is in the network pane: a fork starts from its checkpoint."""
    if draft.fork is None:
        return of_preset(draft.preset.name, [], draft.settings, span)
    return RateRequest(
        experiment=draft.experiment,
        preset=draft.preset.name,
        span=span,
        run=str(draft.fork.run.folder),
        checkpoint=Position(draft.fork.epoch).name,
    )


def command(request: RateRequest, rate: float) -> list[str]:
    """Return the words that train with a rate: a run of the preset, or a fork of the run."""
    change = ["--set", f"optimizer.learning_rate={rate:g}"]
    if not request.run:
        preset = presets.find(request.preset).experiment
        return ["tuilab", "run", "--preset", request.preset, *_changes(preset, request.experiment), *change]
    run = Run(Path(request.run))
    there, epochs = run.experiment(), whole_epochs(run.checkpoints)
    if not epochs:
        return ["tuilab", "run", "--preset", request.preset, *change]
    longer = request.experiment.training.epochs <= epochs[-1]
    more = ["--set", f"training.epochs={epochs[-1] + LONGER}"] if longer else []
    return ["tuilab", "fork", run.id, *_changes(there, request.experiment, {}), *more, *change]


_OPTIONS = {"data.source": "--data", "training.limit": "--limit", "training.seed": "--seed"}


def _changes(before: Experiment, after: Experiment, options: Mapping[str, str] = _OPTIONS) -> list[str]:
    """Return the words that lead from one experiment to another, the rate aside."""
    words: list[str] = []
    for key, value in differences(before, after).items():
        if key == "optimizer.learning_rate":
            continue
        words += [options[key], _text(value)] if key in options else ["--set", f"{key}={_text(value)}"]
    return words


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(list(value)) if isinstance(value, list | tuple) else str(value)


class RateTest(Beside[Said]):
    """A test under way. Use it in a ``with``: nothing of it is left behind."""

    def __init__(self, request: RateRequest) -> None:
        """Start it; its libraries print into ``rate-test.log`` among the state.

        Raises:
            UsageError: nothing learns, so there is no rate to be found.
            RunError: the process cannot be started.
        """
        if not learns(request.experiment.model):
            raise UsageError(
                "there is no learning rate to find: model.head.classifier = 'class-means' trains nothing",
                ["test one that trains: tuilab rate iteration-i"],
            )
        super().__init__("rate_test", "the rate test", request.model_dump_json(), adapter)

    def said(self) -> Iterator[Said]:
        """Yield what it says, to its end.

        Raises:
            TuilabError: it cannot be done, in its own words; or it ended without any.
        """
        return self.until(lambda record: isinstance(record, RateEnded))
