"""What the shell completes: presets, runs, data sets, settings with their values.

Asked at every press of Tab: nothing heavy is loaded, and what goes wrong completes nothing.
"""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any, Literal, get_args, get_origin

import typer

_Completions = list[tuple[str, str]]
"""Words, each with what it means; a shell that can shows both."""


def complete_preset(incomplete: str) -> _Completions:
    """Complete a preset's name, with its title."""
    from tuilab.presets import load_all

    return _quietly(lambda: _beginning(((preset.name, preset.title) for preset in load_all()), incomplete))


def complete_data(incomplete: str) -> _Completions:
    """Complete the name of a data set, with what it is; what begins otherwise is a path, the shell's own."""
    from tuilab.sources.named import DATASETS

    named = ((info.name, f"{info.images:,} {info.about}") for info in DATASETS.values())
    return _beginning(named, incomplete)


def complete_download(incomplete: str) -> _Completions:
    """Complete what can be downloaded, with its size."""
    from tuilab.bases.named import BASES
    from tuilab.sources.named import DATASETS

    images = ((info.name, f"{info.title}, {info.download}") for info in DATASETS.values() if info.files)
    weights = ((base.name, f"{base.title}'s weights, {base.published.download}") for base in BASES.values())
    return _beginning(chain(images, weights), incomplete)


def complete_sweep(incomplete: str) -> _Completions:
    """Complete a sweep's name, or ``latest``; the newest first."""
    from tuilab.lab.sweeps.folders import names

    return _quietly(lambda: _beginning(((name, "") for name in [*names(), "latest"]), incomplete))


def complete_run(incomplete: str) -> _Completions:
    """Complete a run's id, or ``latest``; the newest first."""
    from tuilab.runs.store import list_runs

    def runs() -> Iterator[tuple[str, str]]:
        yield "latest", "the newest run"
        yield from ((run.id, "") for run in reversed(list_runs()))

    return _quietly(lambda: _beginning(runs(), incomplete))


def complete_preset_or_run(incomplete: str) -> _Completions:
    """Complete a preset's name, or a run's id."""
    return [*complete_preset(incomplete), *complete_run(incomplete)]


def complete_deleted(incomplete: str) -> _Completions:
    """Complete the id of a deleted run, or ``latest``; the one deleted last first."""
    from tuilab.runs.trash import list_trash

    def runs() -> Iterator[tuple[str, str]]:
        yield "latest", "the one deleted last"
        yield from ((one.run.id, "") for one in list_trash())

    return _quietly(lambda: _beginning(runs(), incomplete))


def complete_setting(context: typer.Context, incomplete: str) -> _Completions:
    """Complete ``--set``: a setting's name up to its ``=``, and its values where they are few.

    Those of the preset, or of the run, that the words before name; else those of all presets.
    """
    from tuilab.presets import find, load_all
    from tuilab.runs.store import find as find_run

    def settings() -> Iterator[tuple[str, str]]:
        named = context.params.get("preset") or ()
        # an argument is not read yet while an option behind it is completed
        run = context.args[0] if "run" in context.params and context.args else None
        if named:
            experiments = [find(name).experiment for name in ([named] if isinstance(named, str) else named)]
        elif run:
            experiments = [find_run(run).experiment()]
        else:
            experiments = [preset.experiment for preset in load_all()]
        words = dict.fromkeys(word for one in experiments for word in _assignments(one, ""))
        yield from ((word, "") for word in words)

    return _quietly(lambda: _beginning(settings(), incomplete))


def _assignments(part: Any, prefix: str) -> Iterator[str]:
    """Yield ``key=`` for every setting, or ``key=value`` for each value where they are few."""
    from pydantic import BaseModel

    from tuilab.bases.named import BASES

    for name, field in type(part).model_fields.items():
        value, annotation = getattr(part, name), field.annotation
        if isinstance(value, BaseModel):
            yield from _assignments(value, f"{prefix}{name}.")
        elif annotation is bool:
            yield from (f"{prefix}{name}={text}" for text in ("true", "false"))
        elif name == "kind":
            yield from (f"{prefix}{name}={kind}" for kind in _kinds(prefix, value))
        elif name == "base":
            yield from (f"{prefix}{name}={base}" for base in BASES)
        elif get_origin(annotation) is Literal:
            yield from (f"{prefix}{name}={text}" for text in get_args(annotation))
        elif prefix:  # what stands at the top is no setting
            yield f"{prefix}{name}="


def _kinds(prefix: str, own: str) -> list[str]:
    """Return the kinds of optimizers; a network's stays what it is, another would be another preset."""
    from tuilab.experiment.optimizers import OPTIMIZER_KINDS

    return list(OPTIMIZER_KINDS) if prefix == "optimizer." else [own]


def _beginning(words: Iterator[tuple[str, str]], incomplete: str) -> _Completions:
    return [(word, meaning) for word, meaning in words if word.startswith(incomplete)]


def _quietly(complete: Callable[[], _Completions]) -> _Completions:
    from tuilab.errors import TuilabError

    try:
        return complete()
    except TuilabError:  # the command itself says it when it is run
        return []
