"""Sweeps in the app: found, shown live, stopped, resumed, opened, exported."""

import itertools

import boards
import pytest
from fake_sweeps import FakeSweeps
from finished_runs import finished_run
from harness import NARROW, WIDE, FakeSource, LabPilot, lab_app, play, press, until
from test_foreign_text import NASTY, assert_harmless
from test_lab import screen_text
from textual.widgets import Input, OptionList

from tuilab import presets
from tuilab.files import paths
from tuilab.sweeps.board import Board
from tuilab.tui.app import LabApp
from tuilab.tui.screens.sweeps import looking
from tuilab.tui.screens.sweeps.choose import ChooseSweep
from tuilab.tui.screens.sweeps.screen import SweepScreen
from tuilab.tui.screens.sweeps.seeds import SeedScreen


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "LOOK_SECONDS", 0.02)


def app_with(sweeps: FakeSweeps, **more: object) -> LabApp:
    source = FakeSource()
    source.sweeps = sweeps
    return lab_app(source=source, **more)  # type: ignore[arg-type]


async def opened(app: LabApp, pilot: LabPilot) -> SweepScreen:
    await press(pilot, "W")
    await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.news is not None)
    screen = app.screen
    assert isinstance(screen, SweepScreen)
    return screen


def said(app: LabApp) -> list[str]:
    return [shown.message for shown in app._notifications]


def one(board: Board) -> FakeSweeps:
    return FakeSweeps({board.spec.name: board})


def test_the_only_sweep_is_shown_at_once_and_q_returns_to_the_lab() -> None:
    app = app_with(one(boards.finished()))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        text = screen_text(app)
        assert "sweep bn-by-l2 · finished · 16 of 16 trials" in text
        assert "The best values are bn_momentum 0.9, l2 1e-3" in text
        assert "* 0.8410" in text and "validation accuracy" in text
        await press(pilot, "q")
        assert app.screen is app.lab_screen

    play(app, scenario)


def test_what_comes_in_shows_without_a_key_and_all_parts_say_the_same() -> None:
    sweeps = one(boards.half_done())
    sweeps.working.add("bn-by-l2")
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot)
        assert "under way · 7 of 16 trials · 2 training · 1 failed" in screen_text(app)
        before = screen.news
        reads = sweeps.reads
        await until(pilot, lambda: sweeps.reads > reads + 2)
        assert screen.news is before, "nothing is worked out or painted again while nothing happens"
        sweeps.boards["bn-by-l2"] = boards.finished()
        sweeps.working.clear()
        await until(pilot, lambda: "finished" in screen_text(app))
        assert all(part.news is screen.news for part in screen.parts)
        assert "* 0.8410" in screen_text(app) and "The best values are bn_momentum 0.9" in screen_text(app)

    play(app, scenario)


def test_the_line_below_says_what_the_cursor_stands_on() -> None:
    app = app_with(one(boards.half_done()))

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot)
        assert screen.trial is not None and screen.trial.number == 6, "it begins on the best"
        await press(pilot, "right")
        text = screen_text(app)
        assert "trial 7: bn_momentum 0.8, l2 0.01 · failed" in text
        assert "the loss is not a number in epoch 2" in text and "seed 0 0.2464 failed" in text
        await press(pilot, "home")
        assert screen.trial.number == 0
        await press(pilot, "end")
        assert screen.trial.number == 15 and "trial 15: bn_momentum 0.99, l2 0.01 · waiting" in screen_text(
            app
        )
        await press(pilot, "tab home down")
        assert screen.cursor.trial == screen.news.board.ranked[1].number  # type: ignore[union-attr]

    play(app, scenario)


def test_keys_stop_resume_and_train_again() -> None:
    sweeps = one(boards.half_done())
    sweeps.working.add("bn-by-l2")
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "R r s")
        assert sweeps.asked == [("stop", "bn-by-l2")]
        assert said(app)[:2] == [
            "the sweep is under way already",
            "only a trial that failed or was pruned can be trained again",
        ]
        assert "R resumes it" in said(app)[2]
        sweeps.boards["bn-by-l2"] = boards.half_done().model_copy(update={"stopped": True})
        await until(pilot, lambda: "stopped" in screen_text(app))
        await press(pilot, "R right r F")
        assert sweeps.asked[1:] == [("resume", "bn-by-l2"), ("requeue", "bn-by-l2", 7)]
        assert said(app)[-1].endswith("once the sweep is finished")

    play(app, scenario)


def test_a_finished_sweep_is_confirmed_with_fresh_seeds() -> None:
    sweeps = one(boards.finished())
    app = app_with(sweeps)

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        assert "F trains both again with fresh seeds" in screen_text(app)
        await press(pilot, "s R F")
        assert sweeps.asked == [("confirm", "bn-by-l2")]

    play(app, scenario)


def with_runs() -> Board:
    """A board whose best trial's runs are in this store."""
    board = boards.finished()
    best = board.ranked[0]
    runs = tuple(run.model_copy(update={"run": finished_run("bn-l2").id}) for run in best.runs)
    known = best.model_copy(update={"runs": runs})
    return board.model_copy(
        update={"trials": tuple(known if trial is best else trial for trial in board.trials)}
    )


def test_enter_shows_a_run_in_the_lab_and_puts_the_cursor_of_the_results_on_it() -> None:
    board = with_runs()
    finished_run("bn")
    app = app_with(one(board))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, SeedScreen)
        await press(pilot, "down enter")
        wanted = board.ranked[0].runs[1].run
        await until(pilot, lambda: app.screen is app.lab_screen)
        assert app.session.book.shown == wanted
        pane = app.lab_screen.pane("results")
        assert pane is not None
        await until(pilot, lambda: pane.run_in_focus() == wanted)
        assert said(app)[-1] == "W goes back to the sweep bn-by-l2"

    play(app, scenario)


def test_w_comes_back_to_where_the_run_was_opened() -> None:
    board = with_runs()
    app = app_with(FakeSweeps({"bn-by-l2": board, "other": boards.half_done()}))

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "W enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.news is not None)
        await press(pilot, "a")
        await until(pilot, lambda: "l2 × bn_momentum" in screen_text(app))
        assert app.session.book.told_elsewhere >= {run.run for run in board.ranked[0].runs}
        await press(pilot, "tab enter enter")
        await until(pilot, lambda: app.screen is app.lab_screen)
        assert not app.session.book.told_elsewhere
        screen = await opened(app, pilot)
        assert screen.trial == board.ranked[0] and screen.active is screen.parts[1]
        assert "l2 × bn_momentum" in screen_text(app)
        await press(pilot, "escape W")
        await until(pilot, lambda: isinstance(app.screen, ChooseSweep))

    play(app, scenario)


def test_a_run_of_another_machine_is_said_to_be_there() -> None:
    board = boards.finished()
    trials = tuple(
        trial.model_copy(
            update={"runs": tuple(run.model_copy(update={"host": "other\x1b"}) for run in trial.runs)}
        )
        for trial in board.trials
    )
    app = app_with(one(board.model_copy(update={"trials": trials})))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "enter")
        assert said(app) == ["its runs are on other\\e, in the store there"]

    play(app, scenario)


def test_the_axes_change_places() -> None:
    app = app_with(one(boards.finished()))

    async def scenario(pilot: LabPilot) -> None:
        screen = await opened(app, pilot)
        await press(pilot, "a")
        await until(
            pilot, lambda: screen.news is not None and screen.news.axes == (boards.L2, boards.MOMENTUM)
        )
        assert screen.trial is not None and screen.trial.number == 10, "the cursor stays on its trial"

    play(app, scenario)


def test_the_best_values_are_saved_as_a_preset() -> None:
    app = app_with(one(boards.finished()))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "w")
        await until(pilot, lambda: "Save as preset" in screen_text(app))
        text = screen_text(app)
        assert "The best values: bn_momentum 0.9, l2 1e-3: best of 16" in text
        app.screen.query_one("#save-preset-name", Input).value = "best"
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen))
        assert (presets.own_folder() / "best.toml").read_text().startswith("# bn_momentum 0.9, l2 1e-3: best")
        assert presets.find("best").title.endswith("bn_momentum 0.9, l2 1e-3")
        saved = presets.find("best").experiment
        assert saved.model.bn_momentum == 0.9 and saved.model.l2 == 1e-3  # type: ignore[union-attr]

    play(app, scenario)


def test_a_sweep_is_exported_and_copied() -> None:
    app = app_with(one(boards.finished()))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "e")
        assert "Export this sweep" in screen_text(app)
        await press(pilot, "enter")
        file = paths.home() / "exports" / "sweep-bn-by-l2.csv"
        await until(pilot, file.exists)
        assert "model.bn_momentum" in file.read_text().splitlines()[0]
        rows = file.with_name("sweep-bn-by-l2-runs.csv")
        await press(pilot, "e down down down enter")
        await until(pilot, rows.exists)
        assert len(rows.read_text().splitlines()) == 1 + 48
        study = file.with_name("sweep-bn-by-l2-optuna.log")
        await press(pilot, "e end enter")
        await until(pilot, study.exists)
        await press(pilot, "y")
        await until(pilot, file.with_suffix(".md").exists)
        assert "bn_momentum" in file.with_suffix(".md").read_text()

    play(app, scenario)


def nasty() -> Board:
    """Return a board whose trials have each another text from outside."""
    board, texts = boards.half_done(), itertools.cycle(NASTY.values())
    trials = [
        trial.model_copy(
            update={
                "worker": (text := next(texts)),
                "problem": text,
                "runs": tuple(
                    run.model_copy(update={"problem": text, "host": text if run.seed else "", "shares": text})
                    for run in trial.runs
                ),
            }
        )
        for trial in board.trials
    ]
    spec = board.spec.model_copy(update={"preset": "".join(NASTY.values())})
    return board.model_copy(update={"trials": tuple(trials), "spec": spec})


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_text_from_outside_harms_nothing(size: tuple[int, int]) -> None:
    app = app_with(FakeSweeps({"bn-by-l2": nasty(), "bad": "".join(NASTY.values())}))

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "W")
        await until(pilot, lambda: isinstance(app.screen, ChooseSweep))
        await until(pilot, lambda: "×" in screen_text(app))
        assert_harmless(app)
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, SweepScreen) and app.screen.news is not None)
        for keys in (*["right", "down"] * 4, "tab", "tab", "tab", "r", "enter", "escape"):
            await press(pilot, keys)
            assert_harmless(app)

    play(app, scenario, size)


@pytest.mark.parametrize(("name", "size"), [("finished", WIDE), ("half_done", NARROW), ("pruned", (60, 16))])
def test_any_size_is_drawn_and_every_key_answers(name: str, size: tuple[int, int]) -> None:
    app = app_with(one(getattr(boards, name)()))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        for _ in range(4):
            await press(pilot, "down right up left pagedown pageup end home tab")
        await press(pilot, "shift+tab a a")

    play(app, scenario, size)


def test_the_palette_and_help_have_the_keys_of_the_sweep() -> None:
    app = app_with(one(boards.finished()))

    async def scenario(pilot: LabPilot) -> None:
        await opened(app, pilot)
        await press(pilot, "question_mark")
        assert "Help · A sweep" in screen_text(app) and "Train the failed or pruned trial" in screen_text(app)
        await press(pilot, "escape slash")
        for letter in "fresh":
            await press(pilot, [letter])
        await until(pilot, lambda: app.screen.query_one(OptionList).option_count >= 1)
        assert "fresh seeds" in screen_text(app)

    play(app, scenario)
