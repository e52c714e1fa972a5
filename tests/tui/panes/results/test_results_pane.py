"""The results pane: every run, in groups that may be compared."""

from collections.abc import Callable

import pytest
from finished_runs import experiment_of, finished_run, write
from records import CIFAR10, CPU, DIGITS, FAILED, INITIAL, epoch, learning_batch
from results_bench import ResultsBench, cells, screen_text, shown, training_run
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import DataTable

from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Done, Evaluated
from tuilab.tui.panes.results.pane import ResultsPane
from tuilab.tui.screens.damaged import DamagedScreen


def test_every_run_has_a_row_whatever_became_of_it(play: Callable[..., None]) -> None:
    done = finished_run("bn", accuracy=0.62)
    failed = finished_run("bn", last=FAILED)
    live = training_run(DIGITS, epoch(1), epoch(2), epoch(3), name="live one")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert isinstance(pane.table, DataTable)
        assert shown(pane) == [live.id, failed.id, done.id], "newest first"
        assert cells(pane, live.id)["state"] == "● running"
        assert cells(pane, live.id)["epochs"] == "3 of 10 done"
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


def test_the_first_heading_is_seen_wherever_the_cursor_came_from(
    play: Callable[..., None],
) -> None:
    for number in range(12):
        name = {"name": "mine"} if number % 2 else {}
        finished_run("bn", {"training.seed": number}, dataset=DIGITS.model_copy(update=name))

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        heading = "mine; pixels: unit · 6 runs"
        assert heading in screen_text(app)
        for keys in (
            ["down", "up"],
            ["end", "home"],
            ["pagedown", "pageup", "pageup"],
            ["end", *["up"] * 11],
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert pane.table.cursor_row == 1
            assert heading in screen_text(app), keys

    play(scenario, size=(120, 9))


def test_without_runs_the_pane_says_what_to_do(play: Callable[..., None]) -> None:
    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert "r trains the experiment in the network pane" in screen_text(app)
        await pilot.press("enter", "space", "c", "f2", "delete", "i", "y", "e", "o", "O")
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
            await pilot.press("f2")
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
        write(live, [learning_batch(2, 5)])
        app.grow(live, reader)
        write(live, [epoch(2, val_accuracy=0.5)])
        app.grow(live, reader)
        row = cells(pane, live.id)
        assert (row["state"], row["epochs"], row["val"]) == ("● running", "2 of 10 done", "0.5000")
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
        assert "10 of 5 done" in text, "whole, though it was shorter when its column was laid out"

    play(scenario)


def test_a_state_is_whole_at_80_columns_whatever_runs_and_presets_are_called(
    play: Callable[..., None],
) -> None:
    gone = finished_run("pixels-standardize", epochs=[epoch(1)], last=None, name="a name of 20 letters")
    for _ in range(30):
        finished_run("bn", name="short")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        booked = app.session.book.find(gone.id)
        assert booked is not None
        booked.lose("its worker is gone")
        pane.runs_changed()
        await pilot.press("end")
        await pilot.pause()
        assert "a name of 20 letters" not in screen_text(app), "names give way"
        assert "pixels-standardize" in screen_text(app) and "◇ interrupted" in screen_text(app)
        await pilot.resize_terminal(100, 24)
        await pilot.pause()
        assert "a name of 20 letters" in screen_text(app)

    play(scenario, size=(80, 24))


def test_the_cursor_stays_on_its_run_when_others_come_and_go(play: Callable[..., None]) -> None:
    runs = [finished_run("bn", {"training.seed": seed}) for seed in range(30)]

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        for _ in range(20):
            await pilot.press("down")
        at, height = pane.table.current, pane.table.cursor_row - pane.table.scroll_offset.y
        assert at is not None and pane.table.scroll_offset.y > 0
        finished_run("bn-l2")
        app.read_store()
        app.session.book.remove(runs[0].id)
        pane.runs_changed()
        await pilot.pause()
        now = pane.table.current
        assert now is not None and now.key == at.key
        assert pane.table.cursor_row - pane.table.scroll_offset.y == height
        app.session.book.remove(at.key)
        place = pane.table.cursor_row
        pane.runs_changed()
        assert pane.table.cursor_row == place, "where the run is gone, the next one takes its place"

    play(scenario)


def test_damaged_folders_are_counted_and_explained(play: Callable[..., None]) -> None:
    finished_run("bn")
    (finished_run("bn").folder / "run.json").write_text("{")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert "1 folder cannot be read: D shows why" in screen_text(app)
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


@pytest.mark.parametrize("width", [160, 80])
def test_presets_stay_and_what_few_rows_say_pushes_no_number_off(
    width: int, play: Callable[..., None]
) -> None:
    """One run of many changed something: test and cross-entropy are what is looked for."""
    for _ in range(3):
        finished_run("iteration-iv", accuracy=0.7871, cross_entropy=1.228, dataset=CIFAR10)
    settings = {"model.l2": 0.125, "model.head.dropout": 0.75, "optimizer.kind": "adamw"}
    finished_run("iteration-iv", settings, name="the one with decay", dataset=CIFAR10)

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        keys = [column.key for column in pane._drawn.columns]
        assert keys.index("ce") < keys.index("changed") and keys.index("epochs") < keys.index("changed")
        head = screen_text(app).splitlines()
        shown_heads = next(line for line in head if "preset" in line)
        for name in ("run", "preset", "test", "cross-entropy", *(("course", "epochs") if width > 80 else ())):
            assert name in shown_heads
        for key in ("right",) * 12:
            await pilot.press(key)
        moved = screen_text(app).splitlines()
        assert sum("iteration-iv" in line for line in moved) == 4, "the preset stays where it is"

    play(scenario, size=(width, 24))


def test_a_run_just_queued_stands_in_its_group_under_columns_that_stay(play: Callable[..., None]) -> None:
    done = finished_run("bn")
    live = store.create(experiment_of("bn", {"data.source": "digits"}), preset="bn")

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        assert shown(pane) == [live.id, done.id]
        text = screen_text(app)
        assert "not read" not in text and "unknown" not in text and "2 runs · digits; pixels: unit" in text
        heads = [column.key for column in pane._drawn.columns]
        reader = JournalReader(live.journal)
        for record in (CPU, DIGITS, INITIAL, epoch(1)):
            write(live, [record])
            app.grow(live, reader)
            await pilot.pause()
            assert [column.key for column in pane._drawn.columns] == heads
            assert not [line.heading for line in pane.table.lines if line.heading]

    play(scenario)


def test_what_the_first_worker_reads_holds_for_the_runs_that_wait(play: Callable[..., None]) -> None:
    first, second = (
        store.create(experiment_of("bn", {"data.source": "digits"}), preset="bn") for _ in range(2)
    )

    async def scenario(app: ResultsBench, pane: ResultsPane, pilot: Pilot[None]) -> None:
        reader = JournalReader(first.journal)
        for record in (CPU, DIGITS, INITIAL, epoch(1)):
            write(first, [record])
            app.grow(first, reader)
            await pilot.pause()
            assert shown(pane) == [second.id, first.id]
            assert not [line.heading for line in pane.table.lines if line.heading]

    play(scenario)
