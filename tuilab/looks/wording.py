"""Numbers as pages write them."""

import math


def share(value: float | None) -> str:
    """Return a share from 0 to 1, as tables have it; a dash for none."""
    return "-" if value is None else f"{value:.4f}"


def percent(value: float, digits: int = 0) -> str:
    """Return a share from 0 to 1 in percent."""
    return f"{100 * value:.{digits}f} %"


def points(value: float) -> str:
    """Return a difference of two shares in percentage points, with its sign."""
    return f"{100 * value:+.1f}".replace("-", "\N{MINUS SIGN}")


def count(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: 1 image, 2 images."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def chance(p: float) -> str:
    """Return a probability as a text reads best."""
    return "less than 0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.1 else f"{p:.2f}"


def short(name: str, width: int = 4) -> str:
    """Return the beginning of a class's name, for the head of a narrow column."""
    return name[:width]


def in_brief(value: float) -> str:
    """Return a number of any size in three digits."""
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if value and not 0.001 <= abs(value) < 10_000:
        mantissa, exponent = f"{value:.2e}".split("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{float(f'{value:.3g}'):,g}"


def json_number(value: float | None) -> float | None:
    """Return a number as JSON can hold it: none that is not finite."""
    return value if value is not None and math.isfinite(value) else None
