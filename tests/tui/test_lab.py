"""The way through the lab: open, train, watch, change one thing, train again, compare."""

import asyncio

import pytest
from harness import NARROW, WIDE, FakeSource, LabPilot, batch, epoch, lab_app, play, press, until
from rich.console import RenderableType
from textual.events import Key
from textual.screen import Screen

from tuilab.runs.records import Failed
from tuilab.spec import CnnSpec
from tuilab.tui.app import LabApp
from tuilab.tui.messages import DraftChanged
from tuilab.tui.widgets.network_pane import NetworkPane
from tuilab.tui.widgets.network_setting_table import SettingList, SettingTable
from tuilab.tui.widgets.results_pane import ResultsPane


def screen_text(app: LabApp) -> str:
    """Return what the screen shows, row by row."""
    width, height = app.size
    rows = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(row[:width] for row in rows[:height])


async def go_to_setting(app: LabApp, pilot: LabPilot, key: str) -> None:
    """Put the cursor of the network pane on a setting."""
    await press(pilot, "2 home")
    table = app.lab_screen.query_one(SettingTable)
    for _ in range(80):
        if table.list.cursor == key:
            return
        await press(pilot, "down")
    raise AssertionError(f"no key leads to {key}")


def test_from_a_fresh_home_to_two_runs_compared() -> None:
    source = FakeSource()
    app = lab_app(source=source, first=True)

    async def scenario(pilot: LabPilot) -> None:
        # first steps: digits are chosen with Enter
        await until(pilot, lambda: type(app.screen).__name__ == "WelcomeScreen")
        await press(pilot, "enter")
        await until(pilot, lambda: app.screen is app.lab_screen)
        assert app.desk.draft.preset.name == "bn-l2"
        assert app.desk.draft.experiment.data.source == "digits"

        # r trains, and the curves move
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        worker = source.newest
        worker.begin()
        worker.say(*(batch(1, step) for step in range(1, 21)), epoch(1))
        await until(pilot, lambda: [len(run.summary.epochs) for run in app.desk.book.runs] == [1])
        await until(pilot, lambda: "training 2/5" in screen_text(app))
        before = screen_text(app)
        worker.say(*(batch(2, step) for step in range(1, 21)), epoch(2))
        await until(pilot, lambda: screen_text(app) != before and "training 3/5" in screen_text(app))

        # the result lands in the table
        worker.finish(accuracy=0.9123)
        await until(pilot, lambda: "0.9123" in screen_text(app))

        # one thing is changed
        await go_to_setting(app, pilot, "model.bn_momentum")
        await press(pilot, "right")
        model = app.desk.draft.experiment.model
        assert isinstance(model, CnnSpec)
        assert model.bn_momentum == 0.9
        assert app.desk.draft.changes == {"model.bn_momentum": 0.9}

        # run again, and compare the two
        await press(pilot, "r")
        await until(pilot, lambda: len(source.workers) == 2)
        second = source.newest
        second.begin()
        second.say(epoch(1), epoch(2))
        second.finish(accuracy=0.8765)
        await until(pilot, lambda: "0.8765" in screen_text(app))
        await press(pilot, "4")
        for run in app.desk.book.runs:
            app.desk.book.toggle_mark(run.id)
        await press(pilot, "c")
        await until(pilot, lambda: type(app.screen).__name__ == "CompareScreen")
        await until(pilot, lambda: "momentum" in screen_text(app))
        shown = screen_text(app)
        assert "0.9123" in shown
        assert "0.8765" in shown
        await press(pilot, "escape")
        assert app.screen is app.lab_screen

    play(app, scenario)


def test_a_second_run_waits_for_the_only_device_and_starts_when_it_is_free() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: len(source.workers) == 1)
        first = source.newest
        first.begin()
        await press(pilot, "] r")
        await until(pilot, lambda: app.control.trainings.queue)
        await until(pilot, lambda: "1 waiting" in screen_text(app))
        assert len(source.workers) == 1
        first.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        assert not app.control.trainings.queue

    play(app, scenario)


def test_two_devices_take_two_runs_at_once_each_its_own() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        app.control.trainings.devices = ("gpu:0", "gpu:1")
        await press(pilot, "r")
        await until(pilot, lambda: len(source.workers) == 1)
        await press(pilot, "r")
        await until(pilot, lambda: len(source.workers) == 2)
        asked = [worker.run.experiment().training.device for worker in source.workers.values()]
        assert asked == ["gpu:0", "gpu:1"]
        await press(pilot, "r")
        await until(pilot, lambda: app.control.trainings.queue)

    play(app, scenario)


def test_s_stops_the_run_that_is_shown() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await press(pilot, "s")
        await until(pilot, lambda: source.newest.stopped)
        await until(pilot, lambda: app.desk.book.runs[0].summary.state == "stopped")

    play(app, scenario)


def test_a_run_that_fails_is_said_with_its_reason_and_what_to_do() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        source.newest.say(
            Failed(
                reason="the device's memory does not hold this experiment",
                remedies=["a smaller batch: --set training.batch_size=..."],
                exit_code=4,
                seconds=2.0,
            )
        )
        await until(pilot, lambda: "memory does not hold" in screen_text(app))
        await until(pilot, lambda: "a smaller batch" in screen_text(app))

    play(app, scenario)


def test_leaving_while_a_run_trains_asks_and_leaves_it_training() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await press(pilot, "q")
        await until(pilot, lambda: type(app.screen).__name__ == "LeaveScreen")
        await press(pilot, "escape")
        assert app.screen is app.lab_screen
        await press(pilot, "q l")
        assert not source.newest.stopped
        assert app.return_value == 0

    play(app, scenario)


def test_leaving_can_stop_what_trains() -> None:
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await press(pilot, "q s")
        await until(pilot, lambda: source.newest.stopped)

    play(app, scenario)


def test_leaving_when_nothing_trains_asks_nothing() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "q")
        assert app.return_value == 0

    play(app, scenario)


def test_a_preset_that_needs_a_parent_trains_the_parent_first() -> None:
    source = FakeSource()
    app = lab_app(source=source, preset="digits-finetune")

    async def scenario(pilot: LabPilot) -> None:
        app.desk.draft.change({"model.weights": "random"})
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        parent = source.newest
        assert parent.run.manifest().preset == "digits-frozen"
        parent.begin()
        parent.say(epoch(1))
        parent.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        child = source.newest.run.manifest()
        assert (child.preset, child.parent) == ("digits-finetune", parent.run.id)

    play(app, scenario)


def test_a_child_whose_parent_is_stopped_is_not_started() -> None:
    source = FakeSource()
    app = lab_app(source=source, preset="digits-finetune")

    async def scenario(pilot: LabPilot) -> None:
        app.desk.draft.change({"model.weights": "random"})
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await press(pilot, "s")
        await until(pilot, lambda: not app.control.trainings.queue)
        assert len(source.workers) == 1

    play(app, scenario)


def test_ctrl_z_takes_back_a_setting_then_a_preset_and_ctrl_y_makes_them_again() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        start = app.desk.draft.experiment
        await press(pilot, "]")
        assert app.desk.draft.preset.name != "bn-l2"
        await press(pilot, "ctrl+z")
        assert app.desk.draft.experiment == start
        await press(pilot, "ctrl+y")
        assert app.desk.draft.experiment != start

    play(app, scenario)


def test_a_narrow_terminal_shows_one_pane_at_a_time_and_digits_choose_it() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        for key, name in (("1", "lesson"), ("2", "network"), ("3", "curves"), ("4", "results")):
            await press(pilot, key)
            seen = [pane.id for pane in app.lab_screen.panes if pane.region.area]
            assert seen == [name]
        await press(pilot, "tab")
        assert app.lab_screen.active == "lesson"

    play(app, scenario, NARROW)


def test_a_pane_that_is_seen_again_is_shown_as_it_was_and_not_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = lab_app()
    drawn: list[str] = []

    def note(cls: type, name: str) -> None:
        draw = getattr(cls, name)

        def noted(self: object, *arguments: object, **more: object) -> object:
            drawn.append(f"{cls.__name__}.{name}")
            return draw(self, *arguments, **more)

        monkeypatch.setattr(cls, name, noted)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "4 2")
        seen = screen_text(app)
        await press(pilot, "4")
        for cls, name in ((NetworkPane, "_draw"), (ResultsPane, "_draw"), (SettingList, "redraw")):
            note(cls, name)
        await press(pilot, "2")
        assert screen_text(app) == seen
        await press(pilot, "4 2")
        assert drawn == []
        # what changed meanwhile is drawn
        await press(pilot, "4")
        app.desk.draft.change({"model.dropout": 0.4})
        app.lab_screen.post_message(DraftChanged())
        await press(pilot, "2")
        assert "◆ dropout" in screen_text(app)
        assert drawn

    play(app, scenario, size=NARROW)


def test_what_is_typed_fast_behind_the_key_of_a_pane_goes_to_that_pane() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "1")
        before = app.lab_screen.query_one(SettingTable).list.cursor
        await pilot.press("2", "down")  # no pause: both arrive before anything is painted
        await pilot.pause()
        assert app.lab_screen.query_one(SettingTable).list.cursor != before

    play(app, scenario, size=NARROW)


def test_z_gives_a_pane_the_whole_screen_and_takes_it_back() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "3 z")
        assert [pane.id for pane in app.lab_screen.panes if pane.region.area] == ["curves"]
        await press(pilot, "z")
        assert len([pane for pane in app.lab_screen.panes if pane.region.area]) == 4

    play(app, scenario)


def test_a_terminal_that_is_too_small_is_told_what_is_needed() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await pilot.resize_terminal(40, 12)
        await pilot.pause()
        shown = " ".join(screen_text(app).split())
        assert "at least 60 by 16 characters; this one is 40 by 12" in shown
        assert not [name for name in ("LESSON", "NETWORK", "CURVES", "RESULTS") if name in shown], (
            "and no more"
        )
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert "LESSON" in screen_text(app)

    play(app, scenario)


def test_at_the_start_the_frames_stand_until_all_panes_take_their_places(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = lab_app()
    seen: list[str] = []
    display = LabApp._display

    def noted(self: LabApp, screen: Screen[None], renderable: RenderableType | None) -> None:
        display(self, screen, renderable)
        seen.append(screen_text(self))

    monkeypatch.setattr(LabApp, "_display", noted)

    async def scenario(pilot: LabPilot) -> None:
        framed = [text for text in seen if "LESSON" in text]
        assert framed
        for text in framed:
            assert all(name in text for name in ("NETWORK", "CURVES", "RESULTS"))

    play(app, scenario)


def test_a_storm_of_sizes_is_survived() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        for n in range(30):
            await pilot.resize_terminal(20 + (n * 37) % 180, 5 + (n * 13) % 60)
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert app.lab_screen.has_class("-narrow")

    play(app, scenario)


def test_keys_before_the_panes_are_there_do_nothing() -> None:
    app = lab_app()

    async def early() -> None:
        async with app.run_test(size=WIDE) as pilot:
            app.background.run(lambda: None)
            for key in ("r", "s", "l", "p", "u", "ctrl+z", "ctrl+y", "z", "tab", "right_square_bracket"):
                app.lab_screen.post_message(Key(key, None))
            await until(pilot, lambda: app.lab_screen.panes and app.desk.book.listed)
            assert app.screen is app.lab_screen

    asyncio.run(early())
