"""What a sweep and its trials are said to do is what they do: nothing trains that waits or was stopped."""

import boards
import pytest

from tuilab.sweeps.board import Board, RunState, SeedRun, Trial
from tuilab.sweeps.importance import Effect, Importance
from tuilab.tui.bindings import keys
from tuilab.tui.screens.screen_keys import key_line
from tuilab.tui.screens.sweeps.idle import idle_keys
from tuilab.tui.screens.sweeps.news import explained, wants_explaining, work_out
from tuilab.tui.screens.sweeps.words import (
    progress_words,
    seeds_words,
    standing_words,
    state_words,
    trial_words,
)


def begun(*states: RunState, epochs: int = 0, host: str = "") -> Trial:
    runs = tuple(
        SeedRun(seed=n, run=f"run-{n}", state=state, validation=(0.5,) * epochs, host=host, problem="told")
        for n, state in enumerate(states)
    )
    return boards.waiting(0, {}).model_copy(update={"state": "running", "runs": runs, "worker": "here:1"})


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (begun("waiting", "waiting"), "waiting"),
        (begun("running", "waiting", epochs=2), "training 4/10"),
        (begun("done", "waiting", epochs=5), "begun 10/10"),
        (begun("stopped", "waiting", epochs=1), "stopped 2/10"),
    ],
    ids=["queued", "training", "between two seeds", "stopped"],
)
def test_a_trial_trains_only_while_one_of_its_runs_does(trial: Trial, said: str) -> None:
    assert state_words(trial, 5) == said


def with_first(trial: Trial, **more: object) -> Board:
    board = boards.half_done()
    rest = [one for one in board.trials if one.state != "running"]
    return board.model_copy(update={"trials": (trial, *rest), **more})


def test_a_sweep_says_whether_it_goes_on_and_how_it_can() -> None:
    training, stopped = begun("running"), begun("stopped")
    assert standing_words(with_first(training), True, "R") == "under way"
    assert standing_words(with_first(training), False, "R") == "interrupted (R resumes it)"
    assert standing_words(with_first(training, stopped=True), True, "R") == "stopping"
    assert standing_words(with_first(training, stopped=True), False, "R") == "stopped (R resumes it)"
    assert "training" not in progress_words(with_first(stopped, stopped=True), False)
    assert standing_words(with_first(begun("running", host="there")), False) == "nothing works on it here"
    assert standing_words(boards.finished(), False, "R") == "finished"


def test_a_line_of_a_trial_says_what_a_person_needs_of_it() -> None:
    assert "here:1" not in trial_words(begun("running"), 5, preset=False), "who trained it: this store"
    assert "by here:1" in trial_words(begun("running", host="there"), 5, preset=False)
    assert "told" not in seeds_words(begun("stopped"), 5), "that it was asked to stop is no problem"
    assert seeds_words(begun("failed"), 5).startswith("told")


def line(board: Board, *, alive: bool = False, trial: Trial | None = None) -> str:
    news = work_out(board, alive)
    return key_line("sweep", {}, 160, idle_keys(news, trial)).plain


def test_keys_that_do_nothing_leave_their_room_to_others() -> None:
    over = line(boards.finished())
    assert "fresh seeds" in over and "save best" in over and "stop" not in over and "resume" not in over
    under_way = line(boards.half_done(), alive=True)
    assert "s stop" in under_way and "resume" not in under_way and "fresh seeds" not in under_way
    failed = next(trial for trial in boards.half_done().trials if trial.state == "failed")
    assert "r again" in line(boards.half_done(), trial=failed)
    assert idle_keys(None, None) == frozenset()
    named = {key.id for key in keys() if key.where == "sweep"}
    assert idle_keys(work_out(boards.half_done(), True), None) <= named


def test_what_explains_a_grid_is_in_the_answer_and_of_a_search_once_it_is_over() -> None:
    news = work_out(boards.finished(), False)
    assert any("What explains the differences" in text for text, _ in news.answer.paragraphs)
    assert not wants_explaining(news)
    search = work_out(boards.pruned(), False)
    assert search.explained is None and wants_explaining(search)
    found = Importance("forest", 40, (Effect((boards.RATE,), 0.9), Effect((boards.MOMENTUM,), 0.1)))
    later = explained(search, found, "F")
    assert later.explained is found and not wants_explaining(later)
    assert any("learning_rate 90 %, bn_momentum 10 %" in text for text, _ in later.answer.paragraphs)
    assert work_out(later.board, False, None, later) is later, "it is not worked out again"
    assert not wants_explaining(work_out(boards.half_done(), True))
