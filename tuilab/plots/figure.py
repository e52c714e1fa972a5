"""What a plot shows: curves, axes, limits, ticks and cursor, whether it is drawn on cells or as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tuilab.plots.cells import Role
from tuilab.plots.scales import Limits, Tick, epoch_ticks, log_ticks, number, time_ticks, value_ticks
from tuilab.plots.series import Axis, Curve


@dataclass(frozen=True)
class Plotted:
    """A curve and how it looks.

    Attributes:
        curve: its values.
        label: one or two words for the legend; clean text, cut if there is no room.
        role: its colour.
        points: the character of each measured value; empty: a line alone.
        dashed: ASCII's line character; curves that share a plot differ in it or in ``points``.
        line: whether its values are joined; without, ``points`` alone stand there.
        short: a shorter label for a narrow legend; empty: the label, cut.
    """

    curve: Curve
    label: str
    role: Role
    points: str = ""
    dashed: str = "."
    short: str = ""
    line: bool = True

    def sign(self, *, ascii: bool) -> str:
        """Return what stands for it in a legend."""
        return self.points or (self.dashed if ascii else "─")


@dataclass(frozen=True)
class Figure:
    """What a plot shows, complete.

    Attributes:
        title: what is measured.
        curves: drawn in reverse: the first lies on top.
        x, y: limits; y in exponents of 10 on a log scale.
        axis: what x is; of learning rates the exponents of 10; of counts ``counted`` says what is counted.
        log: y on a log scale; values that are not above 0 are left out.
        cursor: the x at which a line stands and values are read; None: the latest values are shown.
        ascii: draw with ASCII alone.
        note: a line in the middle of a plot in which there is nothing to see.
        labelled: with labels of x below; without, the plot below has them.
        digits: of a value in the legend, behind the point; as many as the results table has.
        chained: whether epochs are counted on from those of the runs before, and so are no run's own.
        dots: of all lines together, about: each takes plotext some microseconds, and fewer blur steep curves.
        counted: what a count along the bottom is of, in five characters at most.
        legend: with a line above that names the curves and has their values; without, the title alone.
    """

    title: str
    curves: Sequence[Plotted]
    x: Limits
    y: Limits
    axis: Axis | Literal["rate", "count"] = "epoch"
    log: bool = False
    cursor: float | None = None
    ascii: bool = False
    note: str = ""
    labelled: bool = True
    chained: bool = False
    digits: int = 3
    legend: bool = True
    counted: str = ""
    dots: int = 1200

    def value_text(self, plotted: Plotted) -> str:
        """Return a curve's value under the cursor, or its latest, as the legend has it."""
        curve = plotted.curve
        value = curve.last() if self.cursor is None else curve.at(self.cursor)
        return "-" if value is None else number(value, self.digits)

    @property
    def unit(self) -> str:
        """What runs along the bottom, in five characters at most."""
        match self.axis:
            case "epoch":
                return "total" if self.chained else "epoch"
            case "time":
                return "min:s" if self.x[1] < 3600 else "h:m:s"
            case "rate":
                return "rate"
            case "count":
                return self.counted

    def x_ticks(self, most: int) -> list[Tick]:
        """Return about ``most`` ticks of the axis below."""
        match self.axis:
            case "epoch" | "count":
                return epoch_ticks(self.x, most)
            case "time":
                return time_ticks(self.x, most)
            case "rate":
                return log_ticks(self.x, most)

    def y_ticks(self, most: int) -> list[Tick]:
        """Return at most ``most`` (at least 2) ticks of the axis on the left."""
        return log_ticks(self.y, most) if self.log else value_ticks(self.y, most)
