"""Settings, points and accuracies of a sweep in few words."""

from collections.abc import Mapping, Sequence

from tuilab.results.number_text import measured_text
from tuilab.runs.metrics import ACCURACY
from tuilab.sweeps.spec import Value
from tuilab.terminal import clean

_DIGITS = 4
"""Significant digits of a number that a search chose."""


def number_words(value: float, digits: int = _DIGITS) -> str:
    """Return a number in few characters: ``0.01``, ``1e-4``, ``2.5e-5``, ``0.8213``."""
    text = f"{value:.{digits}g}"
    mantissa, exponent, power = f"{value:.{digits - 1}e}".partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    short = f"{mantissa}{exponent}{int(power or 0)}" if value else "0"
    return short if len(short) < len(text) or "e" in text else text


def value_words(value: Value) -> str:
    """Return a setting's value in few characters, safe to show; numbers are rounded to four digits."""
    match value:
        case None:
            return "not set"
        case bool():
            return "on" if value else "off"
        case float():
            return number_words(value)
        case tuple():
            return ",".join(map(value_words, value))
        case int() | str():
            return clean(str(value))


def setting_names(keys: Sequence[str]) -> dict[str, str]:
    """Return what settings are called beside each other: their last part, or all of a key where that is
    another one's as well."""
    last = [key.rpartition(".")[2] for key in keys]
    return {key: clean(name if last.count(name) == 1 else key) for key, name in zip(keys, last, strict=True)}


def point_words(point: Mapping[str, Value]) -> str:
    """Return a point as ``bn_momentum 0.9, l2 1e-3``."""
    names = setting_names(tuple(point))
    return ", ".join(f"{names[key]} {value_words(value)}" for key, value in point.items())


def accuracy_words(share: float | None) -> str:
    """Return an accuracy as everywhere in the lab; nothing for None."""
    return measured_text(ACCURACY, share)


def counted(number: int, noun: str) -> str:
    """Return ``1 seed``, ``3 seeds``, ``10,000 points``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
