"""Numbers as pages write them."""


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
