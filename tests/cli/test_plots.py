"""Plots on the command line: round numbers on both axes, and a child run continues where its parent ended."""

import re

import pytest
from finished_runs import finished_run
from records import epoch

from tuilab.cli.plots import Curve, draw, draw_overlaid
from tuilab.runs.summary import summarize


@pytest.fixture(autouse=True)
def _eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")


def axes(plot: str) -> tuple[list[str], list[str]]:
    """Return the ticks of the first plot in a text: those of the vertical axis from below, then of epochs."""
    lines = plot.splitlines()
    below = next(n for n, line in enumerate(lines) if line.startswith("epoch"))
    vertical = [match[1] for line in lines[:below] if (match := re.match(r"\s*([\d.e+-]+)┤", line))]
    return vertical[::-1], lines[below].split()[1:]


def of(*values: float) -> str:
    """Return the plot of a run with these accuracies, for training and validation alike."""
    run = finished_run(epochs=[epoch(n + 1, accuracy=v, val_accuracy=v) for n, v in enumerate(values)])
    return draw(summarize(run), colour=False)


def test_an_accuracy_that_is_always_0_lies_on_the_bottom_of_an_axis() -> None:
    vertical, _ = axes(of(0.0, 0.0, 0.0))
    assert float(vertical[0]) == 0.0 < float(vertical[-1])


@pytest.mark.parametrize(
    ("values", "ticks"),
    [
        ((0.1, 0.93), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((0.613, 0.688), ["0.55", "0.60", "0.65", "0.70", "0.75", "0.80"]),
        ((0.5, 0.5), ["0.40", "0.45", "0.50", "0.55", "0.60"]),
    ],
)
def test_the_vertical_axis_has_round_numbers(values: tuple[float, ...], ticks: list[str]) -> None:
    vertical, _ = axes(of(*values))
    assert vertical == ticks


def test_a_loss_that_exploded_is_told_in_three_digits() -> None:
    run = finished_run(epochs=[epoch(1), epoch(2, cross_entropy=1.1884e24, val_cross_entropy=3e23)])
    shown = draw(summarize(run), colour=False)
    assert "1.5e24┤" in shown and "train 1.19e24" in shown and not re.search(r"\d{8}", shown)


@pytest.mark.parametrize(
    ("count", "ticks"),
    [(3, [0, 1, 2, 3]), (10, [*range(0, 11, 2)]), (13, [*range(0, 13, 2)]), (30, [*range(0, 31, 5)])],
)
def test_epochs_are_counted_in_round_steps(count: int, ticks: list[int]) -> None:
    _, epochs = axes(of(*[0.1 + 0.01 * n for n in range(count)]))
    assert [int(tick) for tick in epochs] == ticks


def curves(*epochs: int) -> list[Curve]:
    """Return runs of so many epochs, each the child of the one before."""
    return [
        Curve(
            f"run-{n}",
            str(n),
            [epoch(e + 1, val_accuracy=0.1 * (n + 1)) for e in range(count)],
            str(n - 1) if n else None,
        )
        for n, count in enumerate(epochs)
    ]


def columns_of(plot: str, letter: str) -> set[int]:
    """Return in which columns of a plot a letter marks an epoch."""
    area = [match[1] for line in plot.splitlines() if (match := re.match(r"[ \d.]*[┤│](.*)", line))]
    return {column for line in area for column, sign in enumerate(line) if sign == letter}


def test_a_child_begins_where_its_parent_ended() -> None:
    plot = draw_overlaid(curves(3, 4, 2), colour=False)
    _, epochs = axes(plot)
    assert [int(tick) for tick in epochs] == [0, 2, 4, 6, 8]
    first, second, third = (columns_of(plot, letter) for letter in "abc")
    assert max(first) < min(second) and max(second) < min(third)
    assert "b run-1 (continues from a)" in plot and "c run-2 (continues from b)" in plot


def test_a_child_whose_parent_is_not_drawn_begins_at_its_own_first_epoch() -> None:
    parent, child, _ = curves(3, 4, 2)
    plot = draw_overlaid([child], colour=False)
    assert [int(tick) for tick in axes(plot)[1]] == [0, 1, 2, 3, 4] and "continues" not in plot
    assert "goes on" not in draw_overlaid([parent], colour=False)


def test_runs_that_name_each_other_as_parents_are_drawn_all_the_same() -> None:
    one, two = Curve("one", "1", [epoch(1)], "2"), Curve("two", "2", [epoch(1)], "1")
    assert "a one" in draw_overlaid([one, two], colour=False)
