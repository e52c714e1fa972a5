"""``--grid KEY=A,B,C`` and ``--range KEY=LOW..HIGH[:log]``: the settings that a sweep varies."""

import math
from collections.abc import Sequence
from typing import Any

from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.overrides import parse_assignment, with_overrides
from tuilab.files.bounded_toml import parse_toml
from tuilab.sweeps.spec import Choice, Range, Value
from tuilab.terminal import clean

MOST_VALUES = 1000
"""Values that one setting may take in a grid."""

_NOT_VARIED = {
    "training.seed": "--seeds N trains every point with N seeds",
    "training.limit": "accuracies after fewer images are not comparable; --limit N limits all trials",
    "training.validation": "trials are compared by their validation accuracy",
    "training.device": "it changes no result",
    "training.features": "it changes no result",
    "training.keep_checkpoints": "it changes no result",
    "training.probes": "it changes no result",
    "training.xla": "it changes results by rounding alone",
    "training.deterministic": "it changes results by rounding alone",
    "continue_from": "choose another preset instead",
    "model.weights": "accuracies from other weights are not comparable; run one sweep for each",
    "model.kind": "choose another preset instead",
}
"""Settings that a sweep does not vary, and why."""


def choice_of(text: str, base: Experiment) -> Choice:
    """Return the setting and the values that a ``--grid`` text names, as the experiment holds them.

    Args:
        text: ``KEY=A,B,C``; values are read as ``--set`` reads them, lists in brackets.
        base: what the values are put into.

    Raises:
        UsageError: no key, no value, the same value twice, an unknown key, a value that is not allowed.
    """
    key, written = _split(text, "--grid", "--grid model.l2=0,1e-4,1e-3")
    found = _values(written)
    if not found:
        raise UsageError(f"--grid '{clean(text, limit=80)}' is not allowed: there is no value behind the =")
    if len(found) > MOST_VALUES:
        raise UsageError(
            f"--grid {clean(key, limit=80)} has {len(found):,} values: it must be at most {MOST_VALUES:,}"
        )
    values = [held_value(base, key, value) for value in found]
    for n, value in enumerate(values):
        if value in values[:n]:
            raise UsageError(f"--grid {key} has the value {value_text(value)} twice; give it once")
    return Choice(key=key, values=tuple(values))


def range_of(text: str, base: Experiment) -> Range:
    """Return the setting and the range that a ``--range`` text names.

    Args:
        text: ``KEY=LOW..HIGH`` or ``KEY=LOW..HIGH:log``.
        base: what the values are put into; where it holds a whole number, only such are tried.

    Raises:
        UsageError: no range, an unknown key, a bound that is not allowed, a logarithm of 0.
    """
    example = "--range optimizer.learning_rate=1e-4..1e-1:log"
    key, written = _split(text, "--range", example)
    bounds, colon, scale = written.partition(":")
    low, dots, high = bounds.partition("..")
    if not dots or (colon and scale.strip() != "log"):
        raise UsageError(
            f"--range '{clean(text, limit=80)}' is not allowed: write KEY=LOW..HIGH or KEY=LOW..HIGH:log, "
            f"as in {example}"
        )
    ends = [parse_assignment(f"{key}={end}")[1] for end in (low, high)]
    for end in ends:
        if isinstance(end, bool) or not isinstance(end, (int, float)) or not math.isfinite(end):
            raise UsageError(f"--range {clean(key, limit=80)}: {clean(str(end), limit=40)!r} is not a number")
    bottom, top = ends
    held = [held_value(base, key, end) for end in ends]
    if not bottom < top:
        raise UsageError(f"--range {key} = {bottom:g}..{top:g} is not allowed: the first must be smaller")
    log = bool(colon)
    if log and bottom <= 0:
        raise UsageError(
            f"--range {key} = {bottom:g}..{top:g}:log is not allowed: a logarithmic range starts above 0"
        )
    whole = all(isinstance(value, int) for value in held)
    return Range(key=key, low=float(bottom), high=float(top), log=log, whole=whole)


def axes_of(grids: Sequence[str], ranges: Sequence[str], base: Experiment) -> tuple[Choice | Range, ...]:
    """Return the settings of all texts; raises UsageError, also for a setting given twice or none at all."""
    axes = (*(choice_of(text, base) for text in grids), *(range_of(text, base) for text in ranges))
    keys = [axis.key for axis in axes]
    for n, key in enumerate(keys):
        if key in keys[:n]:
            raise UsageError(f"{key} is given twice; give all its values in one --grid or --range")
    if not axes:
        raise UsageError(
            "a sweep needs a setting that varies",
            ["for example: --grid model.l2=0,1e-4,1e-3", "tuilab presets show NAME lists every setting"],
        )
    return axes


def held_value(base: Experiment, key: str, value: Any) -> Value:
    """Return a setting's value as an experiment holds it; raises UsageError where it is not allowed."""
    if key in _NOT_VARIED:
        raise UsageError(f"a sweep cannot vary {key}: {_NOT_VARIED[key]}")
    if key.startswith("data."):
        raise UsageError(
            f"a sweep cannot vary {clean(key, limit=80)}: accuracies on other images or pixels are not "
            "comparable; run one sweep for each"
        )
    changed = dotted(with_overrides(base, {key: value}))
    if key not in changed:
        raise UsageError(
            f"{clean(key, limit=80)} is not one setting but several; name one of them",
            ["tuilab presets show NAME lists every setting"],
        )
    found = changed[key]
    return tuple(found) if isinstance(found, list) else found


def value_text(value: Value) -> str:
    """Return a value as ``--set`` takes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case float():
            return f"{value:g}" if float(f"{value:g}") == value else repr(value)
        case tuple():
            return f"[{','.join(map(value_text, value))}]"
        case int() | str():
            return str(value)


def _split(text: str, option: str, example: str) -> tuple[str, str]:
    key, equals, written = text.partition("=")
    if not equals or not key.strip():
        raise UsageError(
            f"{option} '{clean(text, limit=80)}' is not allowed: write KEY=VALUES, as in {example}"
        )
    return key.strip(), written.strip()


def _values(written: str) -> list[Any]:
    """Return the values of a list; one that is no TOML as a whole is read value by value."""
    try:
        table = parse_toml(f"values = [{written}]")
        if len(table) == 1:
            return list(table["values"])
    except ValueError:
        pass
    return [parse_assignment(f"value={part}")[1] for part in written.split(",") if part.strip()]
