"""What is said of a sweep is worked out once, and is always what its trials say."""

import json

import boards
import pytest

from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.answer import MOST_RANKED, answer
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.sweeps import verdict_text
from tuilab.sweeps.board import Board
from tuilab.sweeps.ranking import ranking
from tuilab.sweeps.verdict_text import verdict_words


def swept(board: Board) -> SweepFolder:
    return folders.make(board.spec.name, folders.new_link(), board)


def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be worked out from here on."""

    def never(board: Board) -> list[str]:
        raise AssertionError("it was worked out again")

    monkeypatch.setattr(verdict_text, "verdict_words", never)


def test_a_finished_sweep_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    board = boards.finished()
    swept(board)
    first = answer(board)
    assert first.words == verdict_words(board) and first.explained
    assert first.ranking == ranking(board, MOST_RANKED)
    refuse(monkeypatch)
    again = answer(board)
    assert (again.words, again.explained, again.ranking) == (first.words, first.explained, first.ranking)


def test_trials_that_changed_are_spoken_of_anew() -> None:
    before, after = boards.half_done(), boards.finished()
    sweep = swept(before)
    stopped = before.model_copy(update={"stopped": True})
    sweep.write_board(stopped)
    assert answer(stopped).words == verdict_words(stopped)
    assert sweep.answer_file.exists()
    sweep.write_board(after)
    assert answer(after).words == verdict_words(after) != verdict_words(stopped)


def test_of_a_sweep_at_work_nothing_is_kept() -> None:
    board = boards.half_done()
    sweep = swept(board)
    assert answer(board).words == verdict_words(board)
    assert not sweep.answer_file.exists()


@pytest.mark.parametrize("text", ["", "{", '{"of": 1}', "[]", '{"of": "x", "words": [1], "explained": []}'])
def test_a_damaged_file_is_as_good_as_none(text: str) -> None:
    board = boards.finished()
    sweep = swept(board)
    sweep.answer_file.write_text(text)
    assert answer(board).words == verdict_words(board)


def test_what_somebody_wrote_into_the_file_is_harmless_on_a_screen() -> None:
    board = boards.finished()
    sweep = swept(board)
    answer(board)
    held = json.loads(sweep.answer_file.read_text())
    sweep.answer_file.write_text(json.dumps(held | {"words": ["\x1b]0;owned\x07hello"]}))
    assert "hello" in answer(board).words[0] and "\x1b" not in answer(board).words[0]
