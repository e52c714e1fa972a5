"""How long a plot of a long history takes, and what live plots write to the terminal.

    python tests/benchmarks/plot.py

Prints the median time to redraw 100,000 points whole (reduction, drawing, comparison with what was
shown), and bytes a second of the curves pane for a run that reports 20 batches a second on a terminal
of truecolour, as the app's painter writes them, by the size of the pane's content.
"""

import math
import random
import statistics
import time
from collections.abc import Iterator
from typing import Any

from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from tuilab.experiment import Experiment
from tuilab.plots import plotext_canvas
from tuilab.plots.cells import Cells, Role, changed_spans
from tuilab.plots.charts import Charts, Subject
from tuilab.plots.page import draw_plots, page
from tuilab.plots.series import History
from tuilab.plots.status import status_line
from tuilab.plots.view import View
from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import AnyRecord, Batch, Epoch, Phase, Started
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary
from tuilab.tui.terminal.painting import PaintedScreen
from tuilab.tui.themes import DARK

STARTED = Started(pid=1, host="h", versions={})


def training(epochs: int, steps: int, every: int) -> Iterator[AnyRecord]:
    """Yield what a run reports: noisy means over the epoch so far, and each epoch's end."""
    chance = random.Random(1)
    for epoch in range(1, epochs + 1):
        hits = nats = 0.0
        numbers: dict[str, Any] = {}
        for step in range(1, steps + 1):
            done = (epoch - 1 + step / steps) / epochs
            hits += 0.1 + 0.7 * (1 - math.exp(-4 * done)) + chance.gauss(0, 0.06)
            nats += 0.5 + 1.8 * math.exp(-4 * done) + chance.gauss(0, 0.15)
            numbers = {
                "accuracy": hits / step,
                "cross_entropy": nats / step,
                "penalty": 0.4,
                "gradient_norm": 2.0,
            }
            if step % every == 0 and step < steps:
                left = (1 - done) * epochs * steps / 20
                yield Batch(
                    epoch=epoch,
                    step=step,
                    steps=steps,
                    **numbers,
                    images_per_second=1280.0,
                    seconds_left=left,
                )
        done = epoch / epochs
        yield Epoch(
            epoch=epoch,
            **numbers,
            val_accuracy=0.1 + 0.6 * (1 - math.exp(-4 * done)) + chance.gauss(0, 0.01),
            val_cross_entropy=0.8 + 1.5 * math.exp(-4 * done),
            learning_rate=0.001,
            seconds=steps / 20,
        )


def redraw_milliseconds(width: int, height: int, points: int = 100_000) -> tuple[float, float]:
    """Return the median time, by the clock and of the processor, to draw two plots of ``points`` whole."""
    epochs = 160
    records = training(epochs, points // epochs, 1)
    history = History.of(Entry(n, n / 20, record) for n, record in enumerate([STARTED, *records]))
    charts, subject = Charts(), Subject("bn", history, epochs)
    times: list[tuple[float, float]] = []
    shown: Cells | None = None
    for view in [View(), View(smoothing=0.6)] * 11:
        charts.figures(view, subject, [])  # the average of a smoothed curve is kept, as in the app
        plotext_canvas.draw.cache_clear()  # as if all of it had changed
        began, spent = time.perf_counter(), time.thread_time()
        cells = draw_plots(charts.figures(view, subject, []), width, height)
        if shown is not None:
            changed_spans(shown, cells)
        times.append((time.perf_counter() - began, time.thread_time() - spent))
        shown = cells
    clock, processor = (statistics.median(column) * 1000 for column in zip(*times, strict=True))
    return clock, processor


def bytes_a_second(width: int, height: int, interval: float, *, ascii: bool = False) -> float:
    """Return what a pane of ``width`` by ``height`` writes a second while a run of 10 epochs trains."""
    screen = PaintedScreen(ColorSystem.TRUECOLOR)
    screen.resize(width, height)
    styles = {role: Style(color=_color(role), bgcolor=Color.parse(DARK.background or "")) for role in Role}
    history, charts = History(), Charts()
    experiment = _experiment(epochs=10)
    summary = Summary(Run.__new__(Run), Manifest(preset="bn", created=0, experiment_digest=""))
    seconds, due, written, first = 0.0, 0.0, 0, 0
    for n, record in enumerate([STARTED, Phase(name="training"), *training(10, 390, 1)]):
        seconds = n / 20
        entry = Entry(n, seconds, record)
        history.add(entry)
        summary.add(entry)
        if seconds < due:
            continue
        due = seconds + interval
        figures = charts.figures(View(), Subject("bn", history, 10), [], ascii=ascii)
        cells = page(figures, [], status_line(summary, experiment, width), width, height)
        sequence = screen.paint(
            (y, 0, [Segment(text, styles[role]) for text, role in cells.runs(y)]) for y in range(height)
        )
        written += len(sequence.encode())
        first = first or written  # the first painting is not of the steady state
    return (written - first) / seconds


def _color(role: Role) -> Color:
    own = {Role.TRAIN: "curve-train", Role.VAL: "curve-val"}
    if role in own:
        return Color.parse(DARK.variables[own[role]])
    plain = {Role.PLAIN, Role.TITLE, Role.CURSOR}
    return Color.parse((DARK.foreground if role in plain else DARK.secondary) or "")


def _experiment(epochs: int) -> Experiment:
    from tuilab import presets
    from tuilab.experiment import with_overrides

    return with_overrides(presets.find("bn").experiment, {"training.epochs": epochs})


def main() -> None:
    """Print what this machine takes."""
    for width, height in ((56, 26), (76, 16), (156, 40)):
        took, processor = redraw_milliseconds(width, height)
        print(
            f"redraw of 100,000 points, two plots on {width}x{height}: "
            f"{took:.1f} ms, {processor:.1f} ms of the processor"
        )
    for width, height in ((56, 28), (76, 18), (156, 46)):
        usual, slow = bytes_a_second(width, height, 0.5), bytes_a_second(width, height, 1.0, ascii=True)
        print(f"pane of {width}x{height}: {usual:,.0f} bytes/s; with low bandwidth {slow:,.0f} bytes/s")


if __name__ == "__main__":
    main()
