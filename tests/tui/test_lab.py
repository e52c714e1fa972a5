"""The way through the lab: open, train, watch, change one thing, train again, compare."""

from harness import FakeSource, LabPilot, lab_app, play, press, until
from records import learning_batch, learning_epoch

from tuilab.experiment import CnnSpec
from tuilab.runs.journal.records import Failed
from tuilab.tui.app import LabApp
from tuilab.tui.panes.lesson.pane import LessonPane
from tuilab.tui.panes.network.setting_table import SettingTable


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
        # the first lesson is in focus, with a run to try in the network pane
        lesson = app.lab_screen.query_one(LessonPane)
        assert lesson.lesson is app.session.lessons[0] and app.focused is lesson.view
        assert app.session.draft.preset.name == app.session.lessons[0].tries[0].preset
        assert app.session.draft.experiment.data.source == "digits"
        app.take_preset("bn-l2")
        await pilot.pause()

        # r trains, and the curves move
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        worker = source.newest
        worker.begin()
        worker.say(*(learning_batch(1, step) for step in range(1, 21)), learning_epoch(1))
        await until(pilot, lambda: [len(run.summary.epochs) for run in app.session.book.runs] == [1])
        await until(pilot, lambda: "epoch 2 of 5" in screen_text(app))
        before = screen_text(app)
        worker.say(*(learning_batch(2, step) for step in range(1, 21)), learning_epoch(2))
        await until(pilot, lambda: screen_text(app) != before and "epoch 3 of 5" in screen_text(app))

        # the result lands in the table
        worker.finish(accuracy=0.9123)
        await until(pilot, lambda: "0.9123" in screen_text(app))

        # one thing is changed
        await go_to_setting(app, pilot, "model.bn_momentum")
        await press(pilot, "right")
        model = app.session.draft.experiment.model
        assert isinstance(model, CnnSpec)
        assert model.bn_momentum == 0.9
        assert app.session.draft.changes == {"model.bn_momentum": 0.9}

        # run again, and compare the two
        await press(pilot, "r")
        await until(pilot, lambda: len(source.workers) == 2)
        second = source.newest
        second.begin()
        second.say(learning_epoch(1), learning_epoch(2))
        second.finish(accuracy=0.8765)
        await until(pilot, lambda: "0.8765" in screen_text(app))
        await press(pilot, "4")
        for run in app.session.book.runs:
            app.session.book.toggle_mark(run.id)
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
        await until(pilot, lambda: "1 queued" in screen_text(app))
        assert len(source.workers) == 1
        first.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        await until(pilot, lambda: not app.session.book.queued)
        assert app.session.book.shown == source.newest.run.id, "it is shown once it begins"

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
        await until(pilot, lambda: app.session.book.runs[0].summary.state == "stopped")

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
        app.session.draft.change({"model.weights": "random"})
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        parent = source.newest
        assert parent.run.manifest().preset == "digits-frozen"
        parent.begin()
        parent.say(learning_epoch(1))
        parent.finish()
        await until(pilot, lambda: len(source.workers) == 2)
        child = source.newest.run.manifest()
        assert (child.preset, child.parent) == ("digits-finetune", parent.run.id)

    play(app, scenario)


def test_z_takes_back_a_setting_then_a_preset_and_capital_z_makes_them_again() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        start = app.session.draft.experiment
        await press(pilot, "]")
        assert app.session.draft.preset.name != "bn-l2"
        await press(pilot, "z")
        assert app.session.draft.experiment == start
        await press(pilot, "Z")
        assert app.session.draft.experiment != start

    play(app, scenario)
