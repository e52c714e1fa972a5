"""A look's curves are told apart by a letter each, wherever they lie."""

import math

from tuilab.looks.page import Plot, PlotCurve
from tuilab.looks.plotting import figure, legend
from tuilab.plots.drawing import draw_figure

_EPOCHS = tuple(float(n) for n in range(1, 21))
_TWO = Plot(
    "accuracy",
    "epoch",
    (
        PlotCurve("moving", _EPOCHS, tuple(0.5 + n / 50 for n in range(20))),
        PlotCurve("batch", _EPOCHS, tuple(0.9 - n / 50 for n in range(20))),
    ),
)


def test_each_curve_has_its_letter_and_the_legend_its_last_value() -> None:
    text = "\n".join(draw_figure(figure(_TWO, ascii=True), 70, 16).lines())
    assert text.count("a") > 3 and text.count("b") > 3
    assert "epoch" in text
    assert legend(_TWO, 80) == ["a moving 0.880   b batch 0.520"]
    assert legend(_TWO, 20) == ["a moving 0.880", "b batch 0.520"]


def test_a_log_scale_leaves_out_what_is_not_above_0() -> None:
    plot = Plot("norm", "layer", (PlotCurve("w", (1.0, 2.0, 3.0), (0.0, 1e-4, 10.0)),), log=True)
    drawn = figure(plot)
    assert (drawn.y[0], drawn.y[1]) == (-4.0, 1.0)


def test_one_value_and_none_are_drawn_too() -> None:
    one = Plot("norm", "layer", (PlotCurve("w", (1.0,), (2.0,)),))
    none = Plot("norm", "layer", (PlotCurve("w", (1.0,), (math.nan,)),))
    assert any("a" in line for line in draw_figure(figure(one), 40, 9).lines()[1:])
    assert "nothing was measured that can be drawn" in " ".join(draw_figure(figure(none), 60, 9).lines())
