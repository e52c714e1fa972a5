"""A measured number as people read it, also where training has exploded."""

import math

from tuilab.runs.metrics import Metric

_LARGE = 1e6
"""From here on a number with decimals is written with an exponent: nobody reads 24 digits."""


def number_text(value: float | None, digits: int) -> str:
    """Return a number with so many decimals, or an exponent; words for what is none, nothing for None."""
    if value is None:
        return ""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "infinite" if value > 0 else "-infinite"
    if digits and abs(value) >= _LARGE:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{value:.{digits}f}"


def measured_text(metric: Metric, value: float | None) -> str:
    """Return a value of a metric with the decimals that it is shown with everywhere."""
    return number_text(value, metric.unit.digits)
