"""The states of the app that are pictured: what lies on the disk before it starts, and what is done in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

import boards
import pytest
from fake_sweeps import FakeSweeps
from harness import FakeSource, LabPilot, lab_app, press, until
from looked_into import FixedImages, looked_into, looking, two
from rate_tests import MadeUpTest
from records import VERSIONS, learning_batch
from snapshot_machine import Pictured
from snapshot_page import page
from snapshot_past import DIVERGED, course, curve, digits, exploding, left_behind, stopped
from snapshot_rest import settled, with_fresh_limits
from textual.pilot import Pilot
from textual.widgets import OptionList

from tuilab.lab import rate_test
from tuilab.runs.journal.records import Epoch, Failed, Phase, Resumed, Started
from tuilab.tui.app import LabApp
from tuilab.tui.panes.lesson.view import LessonView
from tuilab.tui.panes.network.setting_table import SettingTable
from tuilab.tui.run_book import BookedRun
from tuilab.tui.screens.rate import RateScreen
from tuilab.tui.screens.sweeps.screen import SweepScreen

Scenario = Callable[[LabApp, LabPilot], Awaitable[None]]


async def _nothing(app: LabApp, pilot: LabPilot) -> None:
    """Leave it as it opens."""


@dataclass(frozen=True)
class State:
    """A state of the app.

    Attributes:
        past: makes what lies on the disk; None: nothing.
        scenario: leads from the opened app to the state.
        opened: what ``lab_app`` takes.
        sweeps: the sweeps that are there, those under way marked; None: none.
    """

    past: Callable[[], object] | None = None
    scenario: Scenario = _nothing
    opened: dict[str, Any] = field(default_factory=dict)
    sweeps: Callable[[], FakeSweeps] | None = None

    def app(self, **more: Any) -> LabApp:
        """Make the past and return the app."""
        if self.past is not None:
            self.past()
        source = FakeSource()
        source.looks = FixedImages()
        if self.sweeps is not None:
            source.sweeps = self.sweeps()
        return lab_app(source=source, surroundings=Pictured(), **self.opened, **more)

    async def reach(self, pilot: Pilot[Any]) -> None:
        """Lead the opened app to the state, and wait until nothing more happens on its screen."""
        app = cast(LabApp, pilot.app)
        await until(pilot, lambda: bool(app.lab_screen.panes) and app.session.book.listed)
        await until(pilot, lambda: all(_read(app, run) for run in app.session.book.runs))
        await self.scenario(app, pilot)
        app.clear_notifications()
        with_fresh_limits(app)
        await settled(app, pilot)


def _read(app: LabApp, run: BookedRun) -> bool:
    return run.history is not None or run.id not in (app.session.book.shown, *app.session.book.marked)


# What is done


async def _train(app: LabApp, pilot: LabPilot) -> None:
    """Three epochs of five, and a bit."""
    await press(pilot, "r")
    source = cast(FakeSource, app.control._source)
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    *records, _ = curve(4, 0.95, 0.9, penalty=0.45)
    source.newest.say(*records[:-3], seconds=0.7)
    last = learning_batch(4, 10, accuracy=0.90, cross_entropy=0.33, penalty=0.41, seconds_left=24.0)
    source.newest.say(last)
    await until(pilot, lambda: _epochs(app) == 3 and app.lab_screen.query_one("#meters").has_class("-shown"))
    await press(pilot, "3")


def _epochs(app: LabApp) -> int:
    run = app.session.book.find(app.session.book.shown)
    return len(run.summary.epochs) if run and run.history else -1


async def _finish(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "r")
    source = cast(FakeSource, app.control._source)
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    source.newest.say(*curve(5, 0.99, 0.95, penalty=0.45), seconds=0.7)
    source.newest.finish(accuracy=0.9437, cross_entropy=0.2841, epoch=5)
    await until(pilot, lambda: app.session.book.runs[-1].summary.state == "done")
    await press(pilot, "3")


async def _fail(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "r")
    source = cast(FakeSource, app.control._source)
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    source.newest.say(
        *(record for record in curve(2, 0.95, 0.9) if not (isinstance(record, Epoch) and record.epoch == 2)),
        Failed(
            reason="the device's memory does not hold this experiment: 1.2 GiB were asked for",
            remedies=["a smaller batch: --set training.batch_size=...", "or fewer filters"],
            exit_code=4,
            seconds=3.0,
        ),
    )
    await until(pilot, lambda: app.session.book.runs[-1].summary.state == "failed")
    await press(pilot, "3")


async def _diverge(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "r")
    source = cast(FakeSource, app.control._source)
    await until(pilot, lambda: source.workers)
    source.newest.begin()
    source.newest.say(*exploding())
    await until(pilot, lambda: app.session.book.runs[-1].summary.reason == DIVERGED.reason)
    await press(pilot, "3")


async def _mark(app: LabApp, pilot: LabPilot) -> None:
    """Three runs over each other; the cursor stands on one of them."""
    for preset in ("bn", "bn-momentum", "baseline"):
        run = next(run for run in app.session.book.runs if run.summary.manifest.preset == preset)
        app.session.book.toggle_mark(run.id)
    shown = next(run for run in app.session.book.runs if run.summary.manifest.preset == "bn-l2")
    app.show(shown.id)
    app.lab_screen.tell_runs_changed()
    app.follow_wanted()
    await until(pilot, lambda: all(app.session.book.find(i).history for i in app.session.book.marked))  # type: ignore[union-attr]
    app.lab_screen.tell_shown_changed()
    await press(pilot, "3")


async def _mark_in_results(app: LabApp, pilot: LabPilot) -> None:
    await _mark(app, pilot)
    await press(pilot, "4 home down down")


async def _compare(app: LabApp, pilot: LabPilot) -> None:
    for preset in ("bn", "bn-momentum"):
        run = next(run for run in app.session.book.runs if run.summary.manifest.preset == preset)
        app.session.book.toggle_mark(run.id)
    app.follow_wanted()
    await until(pilot, lambda: all(app.session.book.find(i).history for i in app.session.book.marked))  # type: ignore[union-attr]
    await press(pilot, "4 c")
    await until(pilot, lambda: type(app.screen).__name__ == "CompareScreen")


async def _palette(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "slash")
    for letter in "momentum":
        await press(pilot, [letter])
    await until(pilot, lambda: app.screen.query_one(OptionList).option_count >= 3)


async def _welcome(app: LabApp, pilot: LabPilot) -> None:
    await until(pilot, lambda: type(app.screen).__name__ == "WelcomeScreen")


async def _lesson(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "1")


async def _answer(app: LabApp, pilot: LabPilot) -> None:
    """Answer the lesson's first question, and stand on it."""
    lesson = next(lesson for lesson in app.session.lessons if lesson.slug == "bn-momentum")
    question = lesson.questions[0]
    app.session.learning.answer(lesson, question, question.choices[question.correct or 0])
    app.session.learning.mark_tried(lesson, lesson.tries[0])
    view = app.lab_screen.query_one(LessonView)
    await press(pilot, "1 end")
    for _ in range(60):
        await press(pilot, "up")
        await until(pilot, lambda: view.scroll_y == view.scroll_target_y)
        if "Validation only" in page(app):
            return


async def _refuse(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "2 home")
    table = app.lab_screen.query_one(SettingTable)
    while table.list.cursor != "model.dropout":
        await press(pilot, "down")
    await press(pilot, "enter ctrl+u")
    await press(pilot, ["1", ".", "5", "enter"])


async def _change(app: LabApp, pilot: LabPilot) -> None:
    """A base unfrozen a little, two settings changed."""
    await press(pilot, "2 u u")
    app.session.draft.change({"training.epochs": 20, "optimizer.learning_rate": 0.00001})
    app.lab_screen.query_one(SettingTable)
    app.note_draft()
    for pane in app.lab_screen.panes:
        pane.draft_changed()


async def _rate(app: LabApp, pilot: LabPilot) -> None:
    """A rate test that has ended."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rate_test, "RateTest", MadeUpTest)
        await press(pilot, "2 E")
        await until(pilot, lambda: isinstance(app.screen, RateScreen) and app.screen.ended)


async def _fork(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "f")
    await until(pilot, lambda: type(app.screen).__name__ == "ForkScreen")


async def _fork_on_desk(app: LabApp, pilot: LabPilot) -> None:
    """The best epoch's fork, with another rate, and something refused."""
    await _fork(app, pilot)
    await press(pilot, "down enter")
    await until(pilot, lambda: app.session.draft.fork is not None)
    app.session.draft.change({"optimizer.learning_rate": 0.0001})
    app.note_draft()
    for pane in app.lab_screen.panes:
        pane.draft_changed()
    await press(pilot, "2 home right")


async def _resume(app: LabApp, pilot: LabPilot) -> None:
    """Stopped in its fourth epoch, it is in its third again."""
    await press(pilot, "R")
    source = cast(FakeSource, app.control._source)
    await until(pilot, lambda: source.workers)
    source.newest.say(
        Started(pid=2, host="h", versions=VERSIONS),
        Resumed(epoch=2, step=0, checkpoint="epoch-00002"),
        Phase(name="training"),
        learning_batch(3, 10, accuracy=0.86, cross_entropy=0.44, penalty=0.43, seconds_left=24.0),
    )
    await until(pilot, lambda: _epochs(app) == 2 and app.lab_screen.query_one("#meters").has_class("-shown"))
    await press(pilot, "3")


async def _meanwhile(app: LabApp, pilot: LabPilot) -> None:
    await until(pilot, lambda: type(app.screen).__name__ == "MeanwhileScreen")


async def _filter(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "4 ctrl+f")
    for letter in "bn":
        await press(pilot, [letter])


async def _leave(app: LabApp, pilot: LabPilot) -> None:
    await _train(app, pilot)
    await press(pilot, "q")
    await until(pilot, lambda: type(app.screen).__name__ == "LeaveScreen")


async def _log(app: LabApp, pilot: LabPilot) -> None:
    await _diverge(app, pilot)
    run = app.session.book.runs[-1].run
    run.log.write_text(
        "I0000 00:00:1795521601.100000    4711 cpu_feature_guard.cc:227] This TensorFlow is optimized\n"
        "\x1b[31mEpoch 1\x1b[0m\nthe training diverged: the cross-entropy is nan by epoch 3, step 12\n"
    )
    await press(pilot, "l")


async def _sweeps(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "W")
    await until(pilot, lambda: type(app.screen).__name__ == "ChooseSweep")
    await until(pilot, lambda: "reading…" not in page(app))


async def _sweep(app: LabApp, pilot: LabPilot) -> None:
    await press(pilot, "W")
    await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.news is not None)


async def _sweep_trials(app: LabApp, pilot: LabPilot) -> None:
    """The cursor on the trial that failed."""
    await _sweep(app, pilot)
    await press(pilot, "tab end")


async def _sweep_form(app: LabApp, pilot: LabPilot) -> None:
    await _sweeps(app, pilot)
    await press(pilot, "n")


def _half_done() -> FakeSweeps:
    sweeps = FakeSweeps({"bn-by-l2": boards.half_done()})
    sweeps.working.add("bn-by-l2")
    return sweeps


def _several() -> FakeSweeps:
    damaged = "what is known of the sweep mine cannot be read: its board.json is damaged"
    sweeps = FakeSweeps({"bn-by-l2": boards.half_done(), "rates": boards.pruned(), "mine": damaged})
    sweeps.working.add("bn-by-l2")
    return sweeps


def _keys(keys: str) -> Scenario:
    async def scenario(app: LabApp, pilot: LabPilot) -> None:
        await press(pilot, keys)

    return scenario


async def _small(app: LabApp, pilot: LabPilot) -> None:
    await pilot.resize_terminal(40, 12)


MAIN = {
    "first-start": State(scenario=_welcome, opened={"first": True}),
    "empty": State(),
    "training": State(scenario=_train),
    "finished": State(scenario=_finish),
    "failed": State(scenario=_fail),
    "diverged": State(scenario=_diverge, opened={"preset": "explode"}),
    "compare": State(course, _compare),
    "help": State(scenario=_keys("2 question_mark")),
    "palette": State(scenario=_palette),
    "look": State(looked_into, looking("left")),
    "sweep": State(scenario=_sweep, sweeps=lambda: FakeSweeps({"bn-by-l2": boards.confirmed()})),
}
"""Pictured at both sizes, dark and light."""
MORE = {
    "lesson": State(course, _lesson),
    "lesson-answered": State(course, _answer, {"preset": "bn-momentum"}),
    "lesson-list": State(scenario=_keys("1 L")),
    "network-vgg16": State(course, _change, {"preset": "iteration-ii"}),
    "setting-refused": State(scenario=_refuse),
    "save-preset": State(scenario=_keys("2 right w")),
    "overlay": State(course, _mark),
    "results": State(course, _mark_in_results),
    "filter": State(course, _filter),
    "rename": State(course, _keys("4 home f2")),
    "export": State(course, _keys("4 e")),
    "preset-picker": State(scenario=_keys("p")),
    "log": State(scenario=_log, opened={"preset": "explode"}),
    "leave": State(scenario=_leave),
    "one-run": State(digits),
    "fork": State(stopped, _fork),
    "fork-on-desk": State(stopped, _fork_on_desk),
    "resumed": State(stopped, _resume),
    "meanwhile": State(left_behind, _meanwhile),
    "look-errors": State(looked_into, looking("enter")),
    "look-calibration": State(looked_into, looking("3")),
    "look-forgetting": State(looked_into, looking("4")),
    "look-agreement": State(two, looking("5 escape space down I 5")),
    "look-nothing": State(digits, _keys("4 I")),
    "sweep-live": State(scenario=_sweep, sweeps=_half_done),
    "sweep-trials": State(scenario=_sweep_trials, sweeps=_half_done),
    "sweep-search": State(scenario=_sweep, sweeps=lambda: FakeSweeps({"rates": boards.pruned()})),
    "rate": State(scenario=_rate, opened={"preset": "bn"}),
    "sweep-none": State(scenario=_sweeps, sweeps=FakeSweeps),
    "sweep-list": State(scenario=_sweeps, sweeps=_several),
    "sweep-form": State(scenario=_sweep_form, sweeps=FakeSweeps),
}
"""Pictured at both sizes, dark."""
SMALL = State(scenario=_small)
