"""The results pane: every run, in groups that may be compared, and what keys do with them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from finished_runs import CPU, DIGITS, FAILED, INITIAL, epoch, experiment_of, finished_run, write
from harness import batch
from results_bench import ResultsBench, training_run
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, OptionList, Static

from tuilab import paths
from tuilab.runs import store
from tuilab.runs.journal import JournalReader
from tuilab.runs.records import Done, Evaluated
from tuilab.tui.screens.compare import CompareScreen
from tuilab.tui.screens.damaged import DamagedScreen
from tuilab.tui.screens.rename import RenameScreen
from tuilab.tui.widgets.results_pane import ResultsPane

Scenario = Callable[[ResultsBench, ResultsPane, Pilot[None]], Awaitable[None]]


@pytest.fixture
def play(tmp_path: Path) -> Callable[..., None]:
    """Return what runs a scenario in the pane; the runs on disk are in the book."""

    def play(scenario: Scenario, size: tuple[int, int] = (160, 16)) -> None:
        async def run() -> None:
            app = ResultsBench(tmp_path, pane := ResultsPane(id="results"))
            async with app.run_test(size=size) as pilot:
                await pilot.pause()
                pane.focus_content()
                await pilot.pause()
                await scenario(app, pane, pilot)

        asyncio.run(run())

    return play


def cells(pane: ResultsPane, run_id: str) -> dict[str, str]:
    """Return what the table holds of a run, by column."""
    table = pane.table
    return {str(key.value): table.get_cell(run_id, key) for key in table.columns}


def shown(pane: ResultsPane) -> list[str]:
    """Return the ids of the runs that are shown, top first."""
    return [line.key for line in pane.table.lines if not line.heading]


def screen_text(app: ResultsBench) -> str:
    """Return what stands on the screen."""
    lines = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in lines)


def test_every_run_has_a_row_whatever_became_of_it(play: Callable[..., None]) -> None:
    done = finished_run("bn", accuracy=0.62)
    failed = finished_run("bn", last=FAILED)
    live = training_run(DIGITS, epoch(1), epoch(2), epoch(3), name="live one")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert isinstance(pane.table, DataTable)
        assert shown(pane) == [live.id, failed.id, done.id], "newest first"
        assert cells(pane, live.id)["state"] == "● running 3/10"
        assert cells(pane, live.id)["run"] == "live one"
        assert cells(pane, failed.id)["state"] == "× failed"
        assert cells(pane, done.id)["test"] == "0.6200"
        text = screen_text(app)
        assert "live one" in text and "× failed" in text and "3 runs · digits; pixels: unit" in text

    play(scenario)


def test_runs_that_may_not_be_compared_stand_below_headings_of_their_own(
    play: Callable[..., None],
) -> None:
    best = finished_run("bn", accuracy=0.9)
    others = [
        finished_run("bn", accuracy=share, dataset=DIGITS.model_copy(update={"name": "mine"}))
        for share in (0.1, 0.3, 0.2)
    ]

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("o", "o")  # preset, test
        headings = [line.heading for line in pane.table.lines if line.heading]
        assert headings == ["mine; pixels: unit · 3 runs", "digits; pixels: unit · 1 run"]
        assert shown(pane) == [others[1].id, others[2].id, others[0].id, best.id]
        assert "by test" in str(pane.border_subtitle)
        await pilot.press("O")
        assert shown(pane) == [others[0].id, others[2].id, others[1].id, best.id]
        await pilot.press("home")
        assert pane.table.cursor_row == 1, "the cursor passes over headings"
        await pilot.press("down", "down", "down")
        assert pane.table.current is not None and pane.table.current.key == best.id
        await pilot.press("up")
        assert pane.table.current is not None and pane.table.current.key == others[1].id

    play(scenario)


def test_without_runs_the_pane_says_what_to_do(play: Callable[..., None]) -> None:
    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert "r trains the experiment of the network pane" in screen_text(app)
        await pilot.press("enter", "space", "c", "n", "delete", "i", "y", "e", "o", "O")
        assert set(app.said) == {"there is no run under the cursor", "there are no runs to export yet"}

    play(scenario)


def test_names_from_outside_are_shown_verbatim_and_harmless(play: Callable[..., None]) -> None:
    finished_run("bn", name="[red]a\x1b[31mb[/]")
    finished_run("bn", name="\u202eright")
    finished_run("bn", name="x" * 300)
    finished_run("bn", name="[/nonsense]")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        text = screen_text(app)
        for name in ("[red]a\\e[31mb[/]", "\\u202eright", "x" * 19 + "…", "[/nonsense]"):
            assert name in text
        assert "\x1b" not in text and "\u202e" not in text
        for _ in range(4):
            await pilot.press("n")
            await pilot.press("escape", "down")

    play(scenario)


def test_a_live_run_changes_its_own_cells_and_only_then(play: Callable[..., None]) -> None:
    live = training_run(DIGITS, epoch(1))
    finished_run("bn")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        reader = JournalReader(live.journal)
        app.grow(live, reader)
        painted: list[tuple[Region, ...]] = []
        refresh = pane.table.refresh
        pane.table.refresh = lambda *regions, **more: painted.append(regions) or refresh(*regions, **more)
        write(live, [batch(2, 5)])
        app.grow(live, reader)
        write(live, [epoch(2, val_accuracy=0.5)])
        app.grow(live, reader)
        row = cells(pane, live.id)
        assert (row["state"], row["val"]) == ("● running 2/10", "0.5000")
        assert all(len(regions) == 1 and regions[0].height == 1 for regions in painted), "one line each"
        painted.clear()
        app.grow(live, reader)
        assert not painted, "nothing new, nothing painted"
        write(live, [Evaluated(test_accuracy=0.75, test_cross_entropy=0.8), Done(seconds=9.0)])
        app.grow(live, reader)
        pane.runs_changed()
        assert cells(pane, live.id)["test"] == "0.7500" and cells(pane, live.id)["state"] == "✓ done"

    play(scenario)


def test_columns_and_headings_follow_a_live_run_as_it_says_more(play: Callable[..., None]) -> None:
    live = store.create(experiment_of("bn", {"data.source": "digits"}), preset="bn")
    finished_run("bn", dataset=DIGITS.model_copy(update={"name": "mine"}))

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        reader = JournalReader(live.journal)
        app.grow(live, reader)
        assert "digits, " not in screen_text(app)
        write(live, [CPU, DIGITS, INITIAL, *(epoch(n) for n in range(1, 11))])
        app.grow(live, reader)
        await pilot.pause()
        text = screen_text(app)
        assert "digits, 1,442 images" in text and "digits; pixels: unit · 1 run" in text
        assert "● running 10/5" in text, "whole, though it was shorter when its column was laid out"

    play(scenario)


def test_the_cursor_stays_on_its_run_when_others_come_and_go(play: Callable[..., None]) -> None:
    runs = [finished_run("bn", {"training.seed": seed}) for seed in range(30)]

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        for _ in range(20):
            await pilot.press("down")
        at, height = pane.table.current, pane.table.cursor_row - pane.table.scroll_offset.y
        assert at is not None and pane.table.scroll_offset.y > 0
        finished_run("bn-l2")
        app.read_store()
        app.desk.book.remove(runs[0].id)
        pane.runs_changed()
        await pilot.pause()
        now = pane.table.current
        assert now is not None and now.key == at.key
        assert pane.table.cursor_row - pane.table.scroll_offset.y == height
        app.desk.book.remove(at.key)
        place = pane.table.cursor_row
        pane.runs_changed()
        assert pane.table.cursor_row == place, "where the run is gone, the next one takes its place"

    play(scenario)


def test_enter_shows_a_run_and_space_marks_it(play: Callable[..., None]) -> None:
    runs = [finished_run("bn", {"training.seed": seed}) for seed in range(6)]

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert app.asked_for == [runs[5].id]
        for _ in range(5):
            await pilot.press("space", "down")
        assert app.desk.book.marked == [run.id for run in reversed(runs[1:5])]
        assert [cells(pane, run.id)["mark"] for run in reversed(runs)] == ["", "a", "b", "c", "d", ""]
        assert app.said == [f"4 runs can be marked at once: {runs[5].id} gave way"]
        app.desk.book.shown = runs[0].id
        pane.shown_changed()
        assert cells(pane, runs[0].id)["mark"] == "→"

    play(scenario)


def test_a_run_gets_a_name_and_keeps_it(play: Callable[..., None]) -> None:
    run = finished_run("bn", name="before")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("n")
        assert isinstance(app.screen, RenameScreen)
        field = app.screen.query_one(Input)
        assert field.value == "before"
        field.value = "  [b]after "
        await pilot.press("enter")
        await pilot.pause()
        assert run.manifest().name == "[b]after"
        assert cells(pane, run.id)["run"] == "[b]after"
        await pilot.press("n")
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        assert run.manifest().name == ""
        await pilot.press("n", "x", "escape")
        assert run.manifest().name == ""

    play(scenario)


def test_a_deleted_run_can_be_brought_back(play: Callable[..., None]) -> None:
    kept, gone = finished_run("bn"), finished_run("bn-l2", name="mine")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        app.desk.book.shown = gone.id
        await pilot.press("delete")
        await pilot.pause()
        assert app.asked_for == [kept.id], "another run is shown instead"
        assert app.focused is pane.table
        assert shown(pane) == [kept.id] and [run.id for run in store.list_runs()] == [kept.id]
        assert app.said == ["mine deleted; Ctrl-Z brings it back"]
        ((label, take_back),) = app.undos
        assert label == f"the deleted run {gone.id}"
        take_back()
        await pilot.pause()
        assert shown(pane) == [gone.id, kept.id] and len(store.list_runs()) == 2

    play(scenario)


def test_a_run_that_trains_is_not_deleted(play: Callable[..., None]) -> None:
    live = training_run(DIGITS)

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("backspace")
        assert app.said == [f"{live.id} is training: stop it first"]
        assert live.folder.is_dir() and not app.undos

    play(scenario)


def test_a_filter_keeps_the_runs_that_fit(play: Callable[..., None]) -> None:
    weak, strong = finished_run("bn", accuracy=0.2), finished_run("bn", accuracy=0.75)
    other = finished_run("bn-l2", accuracy=0.9)

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+f", *"preset=bn", "space", *"test", "greater_than_sign")
        problem = pane.query_one("#problem", Static)
        assert "the column test holds numbers" in str(problem.content)
        assert shown(pane) == [strong.id, weak.id], "the other terms hold while a number is written"
        await pilot.press(*"0.7")
        assert shown(pane) == [strong.id] and not problem.has_class("-shown")
        assert str(pane.border_subtitle).startswith("1 of 3 runs")
        await pilot.press("enter")
        assert app.focused is pane.table and shown(pane) == [strong.id]
        await pilot.press("ctrl+f", *"99")
        assert "No run fits the filter" in screen_text(app)
        await pilot.press("escape")
        assert shown(pane) == [other.id, strong.id, weak.id] and app.focused is pane.table

    play(scenario)


def test_c_compares_two_runs_or_says_what_is_missing(play: Callable[..., None]) -> None:
    parent = finished_run("iteration-i")
    child = finished_run("iteration-ii", parent=parent)
    alone = finished_run("iteration-iii")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        async def compared() -> list[str]:
            await pilot.press("c")
            assert isinstance(app.screen, CompareScreen)
            ids = list(app.screen._ids)
            await pilot.press("escape")
            return ids

        await pilot.press("c")
        assert app.said[-1].startswith("mark a run with Space")
        pane.table.move_to(child.id)
        assert await compared() == [parent.id, child.id]
        pane.table.move_to(alone.id)
        await pilot.press("space")
        pane.table.move_to(parent.id)
        assert await compared() == [alone.id, parent.id]
        pane.table.move_to(child.id)
        await pilot.press("space")
        assert await compared() == [alone.id, child.id]
        pane.table.move_to(parent.id)
        await pilot.press("space", "c")
        assert app.said[-1] == "3 runs are marked; compare takes two: Space takes a mark away"

    play(scenario)


def test_the_table_is_written_to_a_file_of_ones_own(play: Callable[..., None]) -> None:
    finished_run("bn", accuracy=0.25)
    finished_run("bn-l2")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        assert app.screen.query_one(OptionList).option_count == 3
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        file = paths.home() / "exports" / "results.json"
        assert app.said == [f"written to {file}"] and file.stat().st_mode & 0o777 == 0o600
        assert [record["preset"] for record in json.loads(file.read_text())] == ["bn-l2", "bn"]
        await pilot.press("ctrl+f", *"preset=bn", "enter", "e")
        assert app.screen.query_one(OptionList).option_count == 6
        await pilot.press("enter")
        lines = (paths.home() / "exports" / "results-filtered.csv").read_text().splitlines()
        assert len(lines) == 2 and ",bn," in lines[1]

    play(scenario)


def test_rows_are_copied_as_markdown(play: Callable[..., None]) -> None:
    first, second = finished_run("bn"), finished_run("bn-l2")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert f"| {second.id} |" in app.copied[-1][0] and f"| {first.id} |" not in app.copied[-1][0]
        await pilot.press("space", "down", "space", "y")
        text, name = app.copied[-1]
        assert name.endswith(".md") and text.count("\n| ") == 4 and f"| {first.id} |" in text

    play(scenario)


def test_a_runs_experiment_goes_to_the_desk(play: Callable[..., None]) -> None:
    finished_run("bn-momentum", {"training.epochs": 9})

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("i")
        draft = app.desk.draft
        assert (draft.preset.name, draft.experiment.training.epochs) == ("bn-momentum", 9)
        assert app.draft_changes == 1

    play(scenario)


def test_damaged_folders_are_counted_and_explained(play: Callable[..., None]) -> None:
    finished_run("bn")
    (finished_run("bn").folder / "run.json").write_text("{")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert "1 folder cannot be read: D says why" in screen_text(app)
        await pilot.press("D")
        assert isinstance(app.screen, DamagedScreen) and "run.json is damaged" in screen_text(app)
        await pilot.press("escape")

    play(scenario)


@pytest.mark.parametrize("size", [(160, 14), (80, 21), (46, 14), (20, 6), (10, 3)])
def test_any_size_is_drawn(play: Callable[..., None], size: tuple[int, int]) -> None:
    finished_run("iteration-i", name="a name")
    finished_run("bn")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        for key in ("right", "right", "left", "down", "end", "pageup", "ctrl+f", "escape"):
            await pilot.press(key)
        assert len(shown(pane)) == 2

    play(scenario, size)


def test_columns_that_do_not_fit_are_scrolled_to_while_names_stay(play: Callable[..., None]) -> None:
    run = finished_run("iteration-i", name="first")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert "iteration-i" in screen_text(app) and run.id not in screen_text(app)
        for _ in range(30):
            await pilot.press("right")
        assert run.id in screen_text(app) and "first" in screen_text(app)

    play(scenario, (60, 8))
