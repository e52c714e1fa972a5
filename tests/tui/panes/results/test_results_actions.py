"""What keys do with the runs of the results pane: show, mark, name, delete, filter, compare, write, take."""

import json
from collections.abc import Callable

from finished_runs import finished_run
from records import DIGITS
from results_bench import ResultsBench, cells, screen_text, shown, training_run
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from tuilab.files import paths
from tuilab.results import formats
from tuilab.runs import store
from tuilab.runs.trash import trash
from tuilab.tui.panes.results.pane import ResultsPane
from tuilab.tui.screens.compare import CompareScreen
from tuilab.tui.screens.deleted import DeletedScreen
from tuilab.tui.screens.rename import RenameScreen


def test_enter_shows_a_run_and_space_marks_it(play: Callable[..., None]) -> None:
    runs = [finished_run("bn", {"training.seed": seed}) for seed in range(6)]

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        assert app.asked_for == [runs[5].id]
        for _ in range(5):
            await pilot.press("space", "down")
        assert app.session.book.marked == [run.id for run in reversed(runs[1:5])]
        assert [cells(pane, run.id)["mark"] for run in reversed(runs)] == ["", "b", "c", "d", "a", ""]
        assert app.said == [f"4 runs can be marked at once: {runs[5].id} was unmarked"]
        app.session.book.shown = runs[0].id
        pane.shown_changed()
        assert cells(pane, runs[0].id)["mark"] == "→"

    play(scenario)


def test_a_run_gets_a_name_and_keeps_it(play: Callable[..., None]) -> None:
    run = finished_run("bn", name="before")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("f2")
        assert isinstance(app.screen, RenameScreen)
        field = app.screen.query_one(Input)
        assert field.value == "before"
        field.value = "  [b]after "
        await pilot.press("enter")
        await pilot.pause()
        assert run.manifest().name == "[b]after"
        assert cells(pane, run.id)["run"] == "[b]after"
        await pilot.press("f2")
        app.screen.query_one(Input).value = ""
        await pilot.press("enter")
        assert run.manifest().name == ""
        await pilot.press("f2", "x", "escape")
        assert run.manifest().name == ""

    play(scenario)


def test_a_deleted_run_can_be_brought_back(play: Callable[..., None]) -> None:
    kept, gone = finished_run("bn"), finished_run("bn-l2", name="mine")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        app.session.book.shown = gone.id
        await pilot.press("space", "down", "space", "up")
        assert app.session.book.marked == [gone.id, kept.id]
        await pilot.press("delete")
        await pilot.pause()
        assert app.asked_for == [kept.id], "another run is shown instead"
        assert app.focused is pane.table
        assert shown(pane) == [kept.id] and [run.id for run in store.list_runs()] == [kept.id]
        assert app.said == ["mine was deleted: z restores it, or T within 7 days"]
        ((label, take_back),) = app.undos
        assert label == f"the deletion of {gone.id}"
        take_back()
        await pilot.pause()
        assert shown(pane) == [gone.id, kept.id] and len(store.list_runs()) == 2
        assert app.session.book.marked == [gone.id, kept.id], "and so is its mark, at its place"

    play(scenario)


def test_a_run_that_was_deleted_in_an_earlier_session_can_be_brought_back(play: Callable[..., None]) -> None:
    older, newer = finished_run("bn", name="[b]mine"), finished_run("bn-l2")
    for run in (older, newer):
        trash(run)

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("T")
        await pilot.pause()
        assert isinstance(app.screen, DeletedScreen)
        text = screen_text(app)
        assert newer.id in text and "[b]mine · deleted " in text
        assert "Deleted runs are kept for 7 days" in text
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.said == [f"{older.id} was restored"]
        assert [run.id for run in store.list_runs()] == [older.id]
        await pilot.press("T", "enter", "T")
        await pilot.pause()
        assert "There are no deleted runs." in screen_text(app)
        await pilot.press("escape")
        assert len(store.list_runs()) == 2

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
        assert "No run matches the filter" in screen_text(app)
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

        def go_to(run_id: str) -> None:
            pane.table.move_cursor(row=[line.key for line in pane.table.lines].index(run_id))

        await pilot.press("c")
        assert app.said[-1].startswith("mark a run with Space")
        go_to(child.id)
        assert await compared() == [parent.id, child.id]
        go_to(alone.id)
        await pilot.press("space")
        go_to(parent.id)
        assert await compared() == [alone.id, parent.id]
        go_to(child.id)
        await pilot.press("space")
        assert await compared() == [alone.id, child.id]
        go_to(parent.id)
        await pilot.press("space", "c")
        assert app.said[-1] == "3 runs are marked; compare takes two: Space removes a mark"

    play(scenario)


def test_the_table_is_written_to_a_file_of_ones_own(play: Callable[..., None]) -> None:
    finished_run("bn", accuracy=0.25)
    finished_run("bn-l2")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        assert app.screen.query_one(OptionList).option_count == len(formats.names())
        await pilot.press(*["down"] * formats.names().index("json"), "enter")
        await pilot.pause()
        file = paths.home() / "exports" / "results.json"
        assert app.said == [f"written to {file}"] and file.stat().st_mode & 0o777 == 0o600
        assert [record["preset"] for record in json.loads(file.read_text())] == ["bn-l2", "bn"]
        await pilot.press("ctrl+f", *"preset=bn", "enter", "e")
        assert app.screen.query_one(OptionList).option_count == 2 * len(formats.names())
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
        draft = app.session.draft
        assert (draft.preset.name, draft.experiment.training.epochs) == ("bn-momentum", 9)
        assert app.draft_changes == 1

    play(scenario)
