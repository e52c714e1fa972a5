"""The queue as the app shows and changes it: one truth with ``tuilab queue``, and nothing is lost."""

from harness import FakeSource, LabPilot, lab_app, play, press, until
from test_bad_luck import messages
from test_lab import screen_text

from tuilab.lab.plan import plan
from tuilab.lab.queue import clients
from tuilab.lab.queue.looking import Looker
from tuilab.lab.queue.standing import standings
from tuilab.runs.run import Run
from tuilab.tui.app import LabApp
from tuilab.tui.screens.leave import LeaveScreen


def test_a_child_whose_parent_is_stopped_waits_and_says_what_for() -> None:
    source = FakeSource()
    app = lab_app(source=source, preset="digits-finetune")

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        app.session.draft.change({"model.weights": "random"})
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        parent = source.newest
        parent.begin()
        await press(pilot, "s")
        words = f"waits for {parent.run.id}, which was stopped: R on that run resumes it"
        await until(pilot, lambda: any(words in sentence for sentence in said))
        assert len(source.workers) == 1 and "1 queued" in screen_text(app)
        await press(pilot, "R")
        await until(pilot, lambda: len(source.fakes.started) == 2)
        source.newest.begin()
        source.newest.finish()
        await until(pilot, lambda: len(source.workers) == 2)

    play(app, scenario)


def another(preset: str = "bn", **settings: object) -> Run:
    """Queue a run as another client does."""
    return clients.enqueue(plan(preset, [], {"data.source": "digits", **settings}))[-1]


def order() -> list[str]:
    return [one.run.id for one in standings(Looker().look())]


def waiting_app() -> tuple[LabApp, FakeSource]:
    """An app in whose store nothing starts."""
    source = FakeSource()
    source.fakes.starts = False
    return lab_app(source=source), source


def test_what_another_client_queues_shows_with_its_place_and_reason_and_begins_without_taking_the_view() -> (
    None
):
    app, source = waiting_app()

    async def scenario(pilot: LabPilot) -> None:
        first, second = another(), another("baseline")
        await until(pilot, lambda: "◌ queued 2/2" in screen_text(app))
        app.show(second.id)
        clients.hold(second)
        await until(pilot, lambda: "2 of 2 in the queue; it is held: H releases it" in screen_text(app))
        assert "◌ held" in screen_text(app) and "2 queued" in screen_text(app).splitlines()[0]
        source.fakes.starts = True
        await until(pilot, lambda: list(source.workers) == [first.id])
        await until(pilot, lambda: [run.id for run in app.session.book.training] == [first.id])
        assert app.session.book.shown == second.id

    play(app, scenario)


def test_runs_are_moved_held_taken_out_and_put_back_in_the_queue_as_in_the_store() -> None:
    one, two, three = another(), another("baseline"), another("bn-l2")
    app, _ = waiting_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await until(pilot, lambda: len(app.session.book.queue) == 3)
        await press(pilot, "Q")
        await until(pilot, lambda: "3  " + three.id in screen_text(app))
        await press(pilot, "down down less_than_sign")
        await until(pilot, lambda: order() == [one.id, three.id, two.id])
        await until(pilot, lambda: "2  " + three.id in screen_text(app))
        await press(pilot, "less_than_sign")
        await until(pilot, lambda: order() == [three.id, one.id, two.id])
        await until(pilot, lambda: "1  " + three.id in screen_text(app))
        await press(pilot, "h")
        await until(pilot, lambda: "is held: H releases it" in screen_text(app))
        await press(pilot, "s")
        await until(pilot, lambda: order() == [one.id, two.id])
        assert said[-1] == f"{three.id} was taken out of the queue; z puts it back"
        assert not three.folder.exists()
        await press(pilot, "escape z")
        await until(pilot, lambda: len(app.session.book.queue) == 3)
        again = app.session.book.queue[-1].run
        assert again.experiment() == app.session.book.find(again.id).experiment  # type: ignore[union-attr]
        assert again.manifest().preset == "bn-l2"

    play(app, scenario)


def test_taking_a_parent_out_names_what_goes_with_it_and_undo_queues_both_again() -> None:
    child = another("digits-finetune", **{"model.weights": "random"})
    parent = clients.standing_of(child).waits_for  # type: ignore[union-attr]
    app, _ = waiting_app()

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await until(pilot, lambda: len(app.session.book.queue) == 2)
        app.show(str(parent))
        await press(pilot, "s")
        await until(pilot, lambda: order() == [])
        also = f"and so was {child.id}, which would have started from it; z puts them back"
        await until(pilot, lambda: said[-1:] == [f"{parent} was taken out of the queue, {also}"])
        await press(pilot, "z")
        await until(pilot, lambda: len(app.session.book.queue) == 2)
        first, second = app.session.book.queue
        assert second.queued.entry.after == first.run.id == second.run.manifest().parent

    play(app, scenario)


def test_a_scheduler_that_cannot_be_started_is_said_once_and_the_run_stays_queued() -> None:
    app, source = waiting_app()
    source.fakes.problem = "the scheduler of the queue cannot be started: no process is left"

    async def scenario(pilot: LabPilot) -> None:
        said = messages(app)
        await press(pilot, "r")
        await until(pilot, lambda: app.session.book.queued)
        await until(pilot, lambda: source.fakes.problem in said)
        await pilot.pause(0.5)
        assert said.count(source.fakes.problem) == 1
        source.fakes.problem, source.fakes.starts = "", True
        app.control.look_at_queue()
        await until(pilot, lambda: source.workers)

    play(app, scenario)


def test_the_dialog_of_leaving_notices_that_the_run_it_speaks_of_ends() -> None:
    app, source = waiting_app()
    source.fakes.starts = True

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        run = source.newest.run
        source.newest.begin()
        await until(pilot, lambda: app.session.book.training)
        await press(pilot, "q")
        assert f"{run.id} is training." in screen_text(app)
        source.newest.finish()
        await until(pilot, lambda: f"{run.id} is done. Nothing is training now." in screen_text(app))
        assert "l  quit" in screen_text(app) and "stop it" not in screen_text(app)
        await press(pilot, "l")
        assert app.return_value == 0

    play(app, scenario)


def test_leaving_says_that_what_waits_starts_without_the_app_and_stopping_holds_it() -> None:
    app, source = waiting_app()
    source.fakes.starts = True

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        source.newest.begin()
        await press(pilot, "r")
        await until(pilot, lambda: app.session.book.queue)
        await press(pilot, "q")
        assert isinstance(app.screen, LeaveScreen)
        said = app.screen._sentence()
        assert said.endswith("1 run is queued: it starts without the app when the turn comes.")
        await press(pilot, "s")
        await until(pilot, lambda: app.return_value == 0)

    play(app, scenario)
    assert source.newest.stopped and len(source.workers) == 1
    [held] = standings(Looker().look())
    assert held.queued.entry.held


def test_leaving_does_not_promise_that_a_held_run_starts() -> None:
    app, _ = waiting_app()

    async def scenario(pilot: LabPilot) -> None:
        clients.hold(another())
        another("baseline")
        await until(pilot, lambda: "◌ held" in screen_text(app) and "◌ queued 2/2" in screen_text(app))
        await press(pilot, "q")
        await until(pilot, lambda: isinstance(app.screen, LeaveScreen))
        assert app.screen_stack[-1]._sentence() == (  # type: ignore[attr-defined]
            "1 run is queued: it starts without the app when the turn comes. "
            "1 queued run waits for you: Q says why."
        )

    play(app, scenario)


def test_a_run_asked_for_just_before_leaving_is_queued_first() -> None:
    app, _ = waiting_app()

    async def scenario(pilot: LabPilot) -> None:
        await pilot.press("r", "q")
        await until(pilot, lambda: type(app.screen).__name__ == "LeaveScreen")
        assert len(order()) == 1 and "quit; what is queued starts" in screen_text(app)

    play(app, scenario)
