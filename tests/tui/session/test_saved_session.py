"""The desk is as it was left, wherever the person comes back from."""

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from finished_runs import finished_run
from harness import NARROW, LabPilot, lab_app, play, press, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from terminals import TUILAB, PtyProgram

from tuilab.files import paths
from tuilab.lab import data_choice
from tuilab.lab.data_choice import DataChoice
from tuilab.lab.draft import Draft, ForkPoint
from tuilab.runs.trash import trash
from tuilab.tui.app import LabApp
from tuilab.tui.panes.lesson.pane import LessonPane
from tuilab.tui.panes.results.pane import ResultsPane
from tuilab.tui.session.saved_session import Fork, SavedSession, file, load, remember, restore, save


def remembered() -> SavedSession:
    found, problem = load(file())
    assert found is not None and problem == ""
    return found


def sentences(app: LabApp) -> list[str]:
    return [shown.message for shown in app._notifications]


def test_everything_on_the_desk_is_there_again() -> None:
    runs = [finished_run("bn", {"training.seed": seed}, accuracy=seed / 10) for seed in range(4)]
    first, second = lab_app(), lab_app()

    async def leave(pilot: LabPilot) -> None:
        await press(pilot, "1")
        first.take_preset("bn")
        await pilot.pause()
        first.session.draft.change({"model.filters": [16, 32], "training.epochs": 7, "training.limit": 100})
        first.note_draft()
        pane = first.lab_screen.query_one(LessonPane)
        pane.read("weight-decay")
        await press(pilot, "pagedown pagedown")
        await press(pilot, ["4", "home", "space", "down", "down", "space", "enter", "o", "o", "O"])
        await press(pilot, ["ctrl+f", *"test<0.9", "enter"])
        await press(pilot, "1 q")

    async def come_back(pilot: LabPilot) -> None:
        draft, book = second.session.draft, second.session.book
        assert draft.preset.name == "bn"
        assert draft.changes == {
            "model.filters": [16, 32],
            "training.epochs": 7,
            "training.limit": 100,
        }
        assert draft.depth == 0, "nothing to take back yet"
        pane = second.lab_screen.query_one(LessonPane)
        assert pane.lesson is not None and pane.lesson.slug == "weight-decay"
        assert abs(pane.view.scroll_y - before["line"]) <= 1
        assert second.lab_screen.active == "lesson" and second.focused is pane.view
        assert (book.marked, book.shown) == (before["marked"], before["shown"])
        results = second.lab_screen.query_one(ResultsPane)
        assert (results._view.column.key, results._view.descending) == before["order"]
        assert results.field.value == "test<0.9" and results._drawn.runs == 4
        assert sentences(second) == ["the session is as you left it: bn, 3 changes"]

    before: dict[str, Any] = {}
    exit_ = first.exit

    def note(*arguments: object, **more: object) -> None:
        view = first.lab_screen.query_one(LessonPane).view
        results = first.lab_screen.query_one(ResultsPane)
        before["line"] = view.scroll_y
        before["marked"], before["shown"] = list(first.session.book.marked), first.session.book.shown
        before["order"] = (results._view.column.key, results._view.descending)
        exit_(*arguments, **more)  # type: ignore[arg-type]

    first.exit = note  # type: ignore[method-assign]
    play(first, leave)
    assert before["marked"] == [runs[3].id, runs[1].id] and before["shown"] == runs[1].id
    assert before["line"]
    assert file().stat().st_mode & 0o777 == 0o600
    play(second, come_back)
    # in a terminal of another size the same part of the lesson is in sight
    third = lab_app()

    async def elsewhere(pilot: LabPilot) -> None:
        view = third.lab_screen.query_one(LessonPane).view
        was = remembered().lesson
        assert was is not None and abs(view.scroll_y / len(view.page.lines) - was.share) < 0.05

    play(third, elsewhere, NARROW)


def test_a_preset_that_is_asked_for_takes_the_place_of_what_lay_there() -> None:
    data_choice.save(data_choice.file(), DataChoice(source="digits"))
    save(file(), SavedSession(preset="bn", changes={"training.epochs": 9}, pane="results"))
    app = lab_app(preset="baseline")

    async def scenario(pilot: LabPilot) -> None:
        assert (app.session.draft.preset.name, app.session.draft.changes) == ("baseline", {})
        assert app.lab_screen.active == "results", "the rest is as it was"
        lesson = app.lab_screen.query_one(LessonPane).lesson
        assert lesson is not None and lesson.slug == app.session.draft.preset.lesson

    play(app, scenario)


def test_a_fork_is_on_the_desk_again_and_its_parent_may_be_gone_meanwhile() -> None:
    parent = finished_run("bn")
    draft = Draft("baseline", DataChoice(source="digits"))
    experiment = parent.experiment()
    draft.load_fork("bn", experiment, ForkPoint(parent, "bn", 1, experiment))
    draft.change({"optimizer.learning_rate": 0.5})
    changes, fork = remember(draft)
    saved = SavedSession.model_validate({"preset": "bn", "changes": changes, "fork": fork})
    assert saved.fork == Fork(run=parent.id, label="bn", epoch=1)
    again = Draft("baseline", DataChoice(source="digits"))
    assert restore(again, saved) == ""
    assert (again.fork, again.experiment, again.depth) == (draft.fork, draft.experiment, 0)
    trash(parent)
    assert restore(again, saved).startswith("the last session could not be restored completely: ")
    assert again.fork is None and again.preset.name == "bn"


def test_runs_that_are_gone_lose_their_marks() -> None:
    kept = finished_run("bn")
    gone = "20260101-000000-bn"
    save(file(), SavedSession(preset="bn", marked=(gone, kept.id), shown=gone, pane="a pane of tomorrow"))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        assert (app.session.book.marked, app.session.book.shown) == ([kept.id], kept.id)

    play(app, scenario)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "Expecting"),
        (b"[" * 9000, ""),
        (b"\xff\xfe", "utf-8"),
        (b"[]", ""),
        (b'{"version": 2, "preset": "bn"}', "another version of tuilab wrote it"),
        (b'{"version": 1, "preset": "bn", "pane": 3}', "pane = 3"),
        (b'{"version": 1, "preset": "bn", "marked": 7}', "marked"),
        (b" " * 300_000, ""),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_the_desk_starts_afresh(content: bytes, why: str) -> None:
    file().parent.mkdir(parents=True)
    file().write_bytes(content)
    found, problem = load(file())
    assert found is None
    assert str(file()) in problem and why in problem and problem.endswith("a fresh one is used")
    assert problem.isprintable()


def test_a_pipe_in_its_place_is_not_waited_for() -> None:
    file().parent.mkdir(parents=True)
    os.mkfifo(file())
    assert load(file())[0] is None


@pytest.mark.parametrize(
    "saved",
    [
        SavedSession(preset="there-is-none"),
        SavedSession(preset="bn", changes={"model.nonsense": 3}),
        SavedSession(preset="bn", changes={"training.epochs": -3}),
        SavedSession(preset="bn", fork=Fork(run="20260101-000000-bn", label="bn", epoch=3)),
    ],
)
def test_what_is_no_longer_allowed_is_said_and_the_desk_is_there(saved: SavedSession) -> None:
    draft = Draft("bn-l2")
    problem = restore(draft, saved)
    assert problem.startswith("the last session could not be restored completely: ")
    assert draft.changes == {}


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_file_holds_the_app_opens(content: bytes) -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    file().write_bytes(content)
    found, problem = load(file())
    assert (found is None) == bool(problem)


def test_a_disk_that_takes_nothing_is_no_harm() -> None:
    paths.state().parent.mkdir(parents=True, exist_ok=True)
    paths.state().write_text("a file where a folder should be")
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "3 q")
        assert app.return_value == 0

    play(app, scenario)


def test_a_line_that_is_cut_loses_nothing(tmp_path: Path) -> None:
    data_choice.save(data_choice.file(), DataChoice(source="digits"))
    home = {"TUILAB_HOME": str(paths.home()), "CUDA_VISIBLE_DEVICES": ""}
    app = PtyProgram(120, 30, TUILAB, home)
    app.until(lambda text: "bn-l2" in text and "MODEL" in text)
    app.press(b"]]")
    app.until(lambda text: "iteration-ii" in text)
    app.press(b"4")
    app.until(lambda text: "No runs yet" in text)
    os.kill(app.pid, signal.SIGHUP)
    assert app.end() == 128 + signal.SIGHUP
    assert json.loads(file().read_text())["preset"] == "iteration-ii"
    again = PtyProgram(80, 24, TUILAB, home)
    again.until(lambda text: "iteration-ii" in text and "No runs yet" in text)
    again.press(b"q")
    assert again.end() == 0


def test_it_is_written_while_the_app_is_open_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuilab.tui.session.saver._LOOK_SECONDS", 0.05)
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "3")
        await until(pilot, lambda: file().exists() and remembered().pane == "curves")

    play(app, scenario)
