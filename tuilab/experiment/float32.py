"""Numbers that a network can be trained with: 32-bit floating point has to hold them."""

import struct
from typing import Any

from tuilab.errors import UsageError
from tuilab.experiment.dotted import dotted
from tuilab.experiment.experiment import Experiment

SMALLEST, LARGEST = 2.0**-126, (2 - 2.0**-23) * 2.0**127
"""Of the normal numbers; what is below counts as 0 in TensorFlow."""


def check_float32(experiment: Experiment) -> None:
    """Refuse a setting that would silently be another one once it is computed with.

    Not part of validating an experiment: what was trained before this was checked can still be read.

    Raises:
        UsageError: a number that would become 0, infinite or 1.
    """
    for key, value in dotted(experiment).items():
        if isinstance(value, float) and (becomes := _becomes(experiment, key, value)):
            raise UsageError(
                f"{key} = {value!r} is not allowed: networks are computed in 32-bit floating point, where it "
                f"would be {becomes}"
            )


def _becomes(experiment: Experiment, key: str, value: float) -> str:
    """Return what a number would be and why that is not meant, or nothing."""
    size = abs(value)
    if 0 < size < SMALLEST:
        return f"0; it must be {'' if key.endswith('_rate') else '0, or '}at least {SMALLEST:.2g}"
    if size > LARGEST:
        return f"infinite; it must be at most {LARGEST:.2g}"
    if (
        value < 1
        and _stays_below_one(experiment, key)
        and struct.unpack("f", struct.pack("f", value))[0] == 1
    ):
        return "1; it must be at most 0.9999999"
    return ""


def _stays_below_one(experiment: Experiment, key: str) -> bool:
    part: Any = experiment
    *sections, name = key.split(".")
    for section in sections:
        part = getattr(part, section)
    return any(getattr(rule, "lt", None) == 1 for rule in type(part).model_fields[name].metadata)
