import asyncio
import csv
import math
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from app_bench import Bench
from records import STARTED, learning_batch, learning_epoch
from textual.pilot import Pilot

from tuilab import presets
from tuilab.files import paths
from tuilab.runs.journal.reader import Entry
from tuilab.runs.journal.records import AnyRecord, Done, Evaluated, Failed, Phase
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary
from tuilab.tui.bindings import keys
from tuilab.tui.panes.curves.pane import CurvesGrid, CurvesPane
from tuilab.tui.run_book import BookedRun

TRAINING = Phase(name="training")
RUN, PARENT, OTHER = "20260101-000001-bn-l2", "20260101-000000-bn", "20260101-000002-baseline"


class CurvesBench(Bench):
    """The pane on a bench, with runs put into its book by the test."""

    def __init__(self, home: Path) -> None:
        super().__init__(home, CurvesPane(id="curves"))
        self.session.book.listed = True
        self.copied: dict[str, str] = {}
        self._seq: dict[str, int] = {}

    @property
    def pane(self) -> CurvesPane:
        return self.query_one(CurvesPane)

    def copy(self, text: str, name: str) -> None:
        self.copied[name] = text

    def book_run(self, run_id: str, preset: str, records: Sequence[AnyRecord], **manifest: Any) -> BookedRun:
        made = Manifest(preset=preset, created=0.0, experiment_digest="", **manifest)
        booked = BookedRun(Summary(Run(paths.runs() / run_id), made), presets.find(preset).experiment)
        self.session.book.add([booked])
        self.grow(run_id, *records)
        return booked

    def show_run(self, *records: AnyRecord, preset: str = "bn-l2", **manifest: Any) -> BookedRun:
        booked = self.book_run(RUN, preset, [STARTED, *records], **manifest)
        self.session.book.shown = RUN
        self.pane.shown_changed()
        return booked

    def grow(self, run_id: str, *records: AnyRecord) -> None:
        first = self._seq.get(run_id, 0)
        self._seq[run_id] = first + len(records)
        self.session.book.grow(run_id, [Entry(n, 1000.0 + n, r) for n, r in enumerate(records, start=first)])

    @property
    def text(self) -> str:
        return "\n".join(self.query_one(CurvesGrid).cells.lines())


Scenario = Callable[[CurvesBench, Pilot[None]], Awaitable[None]]


def play(home: Path, scenario: Scenario, size: tuple[int, int] = (80, 30)) -> None:
    async def run() -> None:
        app = CurvesBench(home)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            app.pane.focus_content()
            await pilot.pause()
            await scenario(app, pilot)

    asyncio.run(run())


def test_a_fresh_home_says_what_makes_a_curve(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.pane.runs_changed()
        assert "No runs yet. r trains the experiment" in app.text

    play(tmp_path, scenario)


def test_a_run_that_trains_nothing_says_why_there_is_no_curve(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        done = [Evaluated(test_accuracy=0.4, test_cross_entropy=2.0), Done(seconds=5)]
        app.show_run(STARTED, *done, preset="one-shot")
        assert "nothing is trained in it, so there are no epochs and no curves" in app.text
        assert "no epochs in 0:05" in app.text and "test accuracy 0.4000" in app.text

    play(tmp_path, scenario)


def test_a_run_that_trains_shows_both_plots_and_how_far_it_is(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_batch(1, 10), learning_epoch(1), learning_batch(2, 5))
        lines = app.text.splitlines()
        assert lines[0] == "accuracy   ─ train 0.3500   ● validation 0.2900"
        assert any(line.startswith("cross-entropy") for line in lines)
        assert lines[-1] == "● epoch 2 of 5  ████░░░░░░░░░░░░   5/20  5.1k images/s  0:42 left"
        assert "CURVES  bn-l2" in str(app.pane.border_title)

    play(tmp_path, scenario)


def test_the_parent_is_shown_beside_a_run_and_marked_runs_too(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.book_run(PARENT, "bn", [STARTED, learning_epoch(1), learning_epoch(2)])
        app.book_run(OTHER, "baseline", [STARTED, learning_epoch(1)])
        app.show_run(TRAINING, learning_epoch(1), parent=PARENT)
        assert "a bn val 0.4000" in app.text and "b baseline" not in app.text
        app.session.book.toggle_mark(OTHER)
        app.pane.runs_changed()
        assert "b baseline val 0.2900" in app.text
        await pilot.press("b")
        assert "a bn" not in app.text and "b baseline" not in app.text

    play(tmp_path, scenario, (100, 30))


def test_keys_step_through_views_and_say_so(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_batch(1, 10), learning_epoch(1), learning_batch(2, 5))
        seen = []
        for _ in range(7):
            await pilot.press("v")
            seen.append(app.text.splitlines()[0].split("  ")[0])
        assert seen == [
            "accuracy",
            "cross-entropy",
            "top-3 accuracy",
            "weight penalty",
            "learning rate",
            "gradient norm",
            "accuracy",
        ]
        await pilot.press("A", "g", "a")
        assert "smoothed 0.6 · log scale · by time" in str(app.pane.border_subtitle)
        assert "min:s" in app.text

    play(tmp_path, scenario)


def test_a_cursor_reads_every_curve_where_it_stands(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, *(learning_epoch(n) for n in range(1, 6)))
        await pilot.press("left")
        assert "accuracy at epoch 5.00   ─ train 0.8000   ● validation 0.7300" in app.text
        await pilot.press(*["left"] * 20)
        assert "at epoch 3.5" in app.text and "train 0.5600   ● validation 0.5100" in app.text
        await pilot.press("escape")
        assert "at epoch" not in app.text

    play(tmp_path, scenario)


def test_zoom_shows_less_of_the_axis_and_escape_all_of_it(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, *(learning_epoch(n) for n in range(1, 6)))
        whole = app.text
        await pilot.press("plus", "plus")
        assert app.text != whole
        assert "zoom 4×" in str(app.pane.border_subtitle)
        closer = app.text
        await pilot.press("shift+left")
        assert app.text != closer
        await pilot.press("escape")
        assert app.text == whole

    play(tmp_path, scenario)


def test_pause_holds_the_plots_and_not_the_data(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        run = app.show_run(TRAINING, learning_epoch(1))
        await pilot.press("space")
        app.grow(RUN, learning_epoch(2), Done(seconds=9.0))
        app.pane.runs_changed()
        assert "● validation 0.2900" in app.text and "✓ done" in app.text
        assert "paused" in str(app.pane.border_subtitle)
        assert run.history is not None and len(run.history) == 2
        await pilot.press("space")
        assert "● validation 0.4000" in app.text

    play(tmp_path, scenario)


def test_what_does_not_concern_the_plots_draws_nothing(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_batch(1, 1))
        app.book_run(OTHER, "baseline", [STARTED])
        await pilot.pause(0.6)
        before = app.query_one(CurvesGrid).cells
        app.grow(RUN, learning_batch(1, 2))
        app.pane.runs_grew(frozenset({OTHER}))
        await pilot.pause()
        assert app.query_one(CurvesGrid).cells is before

    play(tmp_path, scenario)


def test_a_hidden_pane_draws_when_it_is_shown(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_batch(1, 1))
        app.pane.display = False
        await pilot.pause()
        before = app.query_one(CurvesGrid).cells
        app.grow(RUN, learning_batch(1, 19))
        app.pane.runs_grew(frozenset({RUN}))
        app.pane.runs_changed()
        assert app.query_one(CurvesGrid).cells is before
        app.pane.display = True
        await pilot.pause()
        assert "19/20" in app.text

    play(tmp_path, scenario)


def test_why_a_run_failed_is_said_under_its_curves(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        why = "the training diverged: the cross-entropy is nan by epoch 2, step 3"
        app.show_run(TRAINING, learning_epoch(1), Failed(reason=why, remedies=[], exit_code=4, seconds=9.0))
        assert why in app.text
        assert "× diverged  after 1 of 5 epochs" in app.text

    play(tmp_path, scenario)


def test_divergence_is_said_in_words(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_epoch(1), learning_epoch(2, val_cross_entropy=math.nan))
        assert "the validation cross-entropy was not a number in epoch 2" in app.text
        assert "● validation not a number" in app.text

    play(tmp_path, scenario)


def test_the_coach_speaks_under_the_plots(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        from tuilab.advice.coach import remarks

        overfit = [
            learning_epoch(n, accuracy=0.99, val_accuracy=0.4, val_cross_entropy=3.0 + n) for n in range(1, 6)
        ]
        run = app.show_run(TRAINING, *overfit)
        said = remarks(run.summary, run.experiment)
        assert said
        assert said[0].text[:40] in " ".join(app.text.split())

    play(tmp_path, scenario, (120, 40))


@pytest.mark.parametrize("name", ["\x1b[31m[bold]red[/]", "x" * 300, "\u202etxt", "字" * 80])
def test_any_name_is_shown_harmlessly(tmp_path: Path, name: str) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.book_run(PARENT, "bn", [STARTED, learning_epoch(1)], name=name)
        app.show_run(TRAINING, learning_epoch(1), parent=PARENT, name=name)
        await pilot.press("v")
        assert "\x1b" not in app.text and "\u202e" not in app.text
        grid = app.query_one(CurvesGrid)
        assert all(grid.render_line(y).cell_length == grid.size.width for y in range(grid.size.height))

    play(tmp_path, scenario)


def test_values_are_copied_as_csv(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert app.said == ["there are no curves yet: r trains the experiment in the network pane"]
        app.show_run(TRAINING, learning_batch(1, 10), learning_epoch(1))
        await pilot.press("v", "y")
        rows = list(csv.DictReader(app.copied[f"curves-{RUN}-accuracy.csv"].splitlines()))
        assert [(row["series"], float(row["value"])) for row in rows] == [
            ("accuracy", pytest.approx(0.26)),
            ("accuracy", pytest.approx(0.32)),
            ("val_accuracy", pytest.approx(0.29)),
        ]

    play(tmp_path, scenario)


def test_plots_are_written_as_text_picture_and_values(tmp_path: Path) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(
            TRAINING,
            learning_batch(1, 10),
            learning_epoch(1),
            Evaluated(test_accuracy=0.5, test_cross_entropy=1.0),
        )
        await pilot.press("e")
        folder = paths.home() / "exports"
        stem = f"curves-{RUN}-overview"
        assert sorted(path.name for path in folder.iterdir()) == [
            f"{stem}.{kind}" for kind in ("csv", "svg", "txt")
        ]
        assert (folder / f"{stem}.txt").read_text().startswith("accuracy")
        assert (folder / f"{stem}.svg").read_text().startswith("<svg")
        assert str(folder / stem) in app.said[0]

    play(tmp_path, scenario)


@pytest.mark.parametrize("size", [(10, 3), (44, 30), (60, 16), (80, 24), (160, 50)])
def test_the_pane_is_drawn_at_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async def scenario(app: CurvesBench, pilot: Pilot[None]) -> None:
        app.show_run(TRAINING, learning_epoch(1), learning_batch(2, 3))
        grid = app.query_one(CurvesGrid)
        assert (grid.cells.width, grid.cells.height) == tuple(grid.size)
        await pilot.resize_terminal(size[0] + 7, size[1] + 3)
        await pilot.pause()
        assert (grid.cells.width, grid.cells.height) == tuple(grid.size)

    play(tmp_path, scenario, size)


def test_every_key_of_the_pane_does_something() -> None:
    for key in keys():
        if key.where == "curves":
            assert hasattr(CurvesPane, f"action_{key.does}"), key.id
