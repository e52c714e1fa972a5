"""Forks in the app: an epoch is chosen, one thing is changed in the network pane, and the fork trains."""

import shutil

from checkpoint_folders import written
from finished_runs import finished_run
from harness import NARROW, FakeSource, LabPilot, lab_app, play, press, until
from records import epoch
from test_bad_luck import messages
from test_lab import go_to_setting, screen_text
from test_resuming_in_app import resumed, stopped_run
from textual.widgets import OptionList


def test_an_epoch_is_chosen_one_thing_is_changed_and_the_fork_trains_beside_its_parent() -> None:
    parent = stopped_run()
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "f")
        await until(pilot, lambda: type(app.screen).__name__ == "ForkScreen")
        shown = screen_text(app)
        assert "epoch 2  validation accuracy 0.3000  last" in shown
        assert "epoch 1  validation accuracy 0.4000  best" in shown
        await press(pilot, "down enter")
        await until(pilot, lambda: app.session.draft.fork is not None)
        assert app.lab_screen.active == "network"
        await until(pilot, lambda: "fork of bn-l2 at epoch 1" in screen_text(app).splitlines()[0])
        await go_to_setting(app, pilot, "optimizer.learning_rate")
        await press(pilot, "right")
        assert list(app.session.draft.changes) == ["optimizer.learning_rate"]
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        fork = source.newest.run
        assert (fork.manifest().parent, fork.manifest().forked_at) == (parent.id, 1)
        assert fork.experiment() == app.session.draft.experiment != parent.experiment()
        resumed(source, 1)
        source.newest.say(epoch(1))
        await until(
            pilot, lambda: app.session.book.runs[-1].history and len(app.session.book.runs[-1].history)
        )
        assert [run.id for run in app.session.book.beside] == [parent.id], "the parent is drawn beside it"
        await until(pilot, lambda: "bn-l2 fork at 1" in screen_text(app))
        source.newest.begin()
        source.newest.say(epoch(2))
        source.newest.finish(accuracy=0.9)
        await until(pilot, lambda: app.session.book.runs[-1].summary.state == "done")
        await until(pilot, lambda: "vs parent" in screen_text(app))

    play(app, scenario)


def test_what_a_fork_cannot_change_is_refused_where_it_is_typed_and_undo_leaves_the_fork() -> None:
    stopped_run()
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        before = app.session.draft.experiment
        await press(pilot, "f")
        await until(pilot, lambda: type(app.screen).__name__ == "ForkScreen")
        await press(pilot, "enter")
        await until(pilot, lambda: app.session.draft.fork is not None)
        parent = app.session.draft.experiment
        await go_to_setting(app, pilot, "model.convolutions")
        await press(pilot, "right")
        assert app.session.draft.experiment == parent
        assert "a fork cannot change" in screen_text(app)
        await go_to_setting(app, pilot, "training.epochs")
        await press(pilot, "enter ctrl+u 2 enter")
        assert "there is nothing left to" in screen_text(app)
        await press(pilot, "escape z")
        assert app.session.draft.fork is None
        assert app.session.draft.experiment == before
        await press(pilot, "ctrl+y")
        assert app.session.draft.fork is not None
        await press(pilot, "x")
        assert app.session.draft.fork is None
        assert app.session.draft.experiment == app.session.draft.start

    play(app, scenario)


def test_a_fork_of_a_finished_run_at_its_last_epoch_gets_epochs_to_train() -> None:
    run = finished_run("bn", epochs=[epoch(n) for n in range(1, 6)])
    written(run.checkpoints, 5)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "f")
        await until(pilot, lambda: type(app.screen).__name__ == "ForkScreen")
        assert app.screen.query_one(OptionList).option_count == 1
        assert "last and best" in screen_text(app)
        await press(pilot, "enter")
        await until(pilot, lambda: app.session.draft.fork is not None)
        assert app.session.draft.changes == {"training.epochs": 10}
        assert "its epochs were raised to 10" in said[-1]
        assert app.session.draft.left.training.epochs == 5

    play(app, scenario, NARROW)


def test_a_fork_whose_parent_is_deleted_meanwhile_is_not_made_and_it_is_said_why() -> None:
    run = stopped_run()
    source = FakeSource()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "f")
        await until(pilot, lambda: type(app.screen).__name__ == "ForkScreen")
        await press(pilot, "enter")
        await until(pilot, lambda: app.session.draft.fork is not None)
        shutil.rmtree(run.folder)
        await press(pilot, "r")
        await until(pilot, lambda: any("cannot be read" in sentence for sentence in said))
        assert source.workers == {}

    play(app, scenario)


def test_a_run_without_a_checkpoint_cannot_be_forked_and_without_a_run_nothing_can() -> None:
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "f R")
        assert said == ["there are no runs yet: r trains the experiment in the network pane"] * 2
        run = finished_run("bn")
        await until(pilot, lambda: app.session.book.runs)
        app.show(run.id)
        await press(pilot, "f")
        await until(pilot, lambda: "has no checkpoint of a whole epoch" in said[-1])

    play(app, scenario)
