"""A setting's value: as a person reads it, as they type it, and the next one to the left and right."""

import math
from typing import Any, assert_never

from tuilab.experiment import Experiment, base_of
from tuilab.experiment.overrides import parse_assignment
from tuilab.terminal import clean
from tuilab.tui.panes.network.boundary import moved
from tuilab.tui.panes.network.settings import Setting, value_of


def shown(setting: Setting, value: Any) -> str:
    """Return a value in words: ``on``, ``0.99``, ``32 64 128``, ``all``; clean, of any length."""
    if value is None or value in ((), []):
        return setting.unset
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        short = f"{value:g}"
        return short if float(short) == value else repr(value)
    if isinstance(value, (tuple, list)):
        return " ".join(str(number) for number in value)
    return clean(str(value))


def parsed(setting: Setting, text: str) -> Any:
    """Return what was typed as ``Draft.change`` takes it; what makes no sense is left for that to refuse."""
    text = text.strip()
    if setting.unset and text.lower() in {"none", setting.unset}:
        return "none"
    match setting.kind:
        case "text":
            return text
        case "numbers":
            words = text.strip("[]").replace(",", " ").split()
            return [int(word) if word.isdecimal() else word for word in words]
        case "number" | "toggle" | "choice":
            return parse_assignment(f"{setting.key}={text}")[1]
        case _:
            assert_never(setting.kind)


def stepped(
    setting: Setting, experiment: Experiment, step: int, *, preset: Experiment, around: bool = False
) -> Any:
    """Return the value ``step`` (1 or -1) further, as ``Draft.change`` takes it.

    A number between two steps goes to the next one in that direction. At the ends the value stays,
    unless it goes ``around``.
    """
    value = value_of(setting, experiment)
    if setting.kind == "toggle":
        # left is off and right is on, so that both can be pressed without looking
        return not value if around else step > 0
    base = base_of(experiment.model)
    if setting.key == "model.unfreeze" and base is not None:
        theirs = base_of(preset.model)
        further = moved(base, step, theirs)
        return moved(base, -step * 1000, theirs) if around and further == base.unfreeze else further
    steps = setting.steps(experiment) if callable(setting.steps) else setting.steps
    return _given(_next(value, steps, step, around=around))


def _next(value: Any, steps: tuple[Any, ...], step: int, *, around: bool) -> Any:
    if value in steps:
        index = steps.index(value) + step
    elif isinstance(value, str):
        index = 0 if step > 0 else len(steps) - 1
    else:
        below = sum(_size(known) < _size(value) for known in steps)
        index = below if step > 0 else below - 1
    if around:
        return steps[index % len(steps)]
    if not 0 <= index < len(steps):
        return value
    return steps[index]


def _size(value: Any) -> tuple[float, ...]:
    """What numbers and lists of numbers are ordered by: more blocks are more."""
    if isinstance(value, tuple):
        return (len(value), *value)
    return (math.inf if value is None else value,)


def _given(value: Any) -> Any:
    return "none" if value is None else list(value) if isinstance(value, tuple) else value
