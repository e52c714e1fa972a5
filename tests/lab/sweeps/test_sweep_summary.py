"""A list of sweeps reads a few numbers of each, and they are always those of its trials."""

from pathlib import Path

import boards
import pytest

from tuilab.lab.sweeps import folders
from tuilab.sweeps.board import Board


@pytest.mark.parametrize("made", ["finished", "half_done", "pruned"])
def test_a_summary_says_what_the_trials_say(made: str) -> None:
    board: Board = getattr(boards, made)()
    sweep = folders.make(board.spec.name, folders.new_link(), board)
    for _ in range(2):  # worked out, then kept
        found = sweep.summary()
        done = {t.number: t.value for t in board.trials if t.value is not None and t.origin != "confirm"}
        best = min(done, key=lambda number: (-done[number], number))
        assert found.best == done[best]
        assert found.point == next(t.point for t in board.trials if t.number == best)
        assert found.ended == sum(t.state in ("done", "pruned", "failed") for t in board.trials)
        assert (found.preset, found.keys, found.over) == (board.spec.preset, board.spec.keys, board.over)


def test_trials_are_read_again_only_where_they_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = folders.make("bn-by-l2", folders.new_link(), boards.half_done())
    read: list[Path] = []
    board = folders.SweepFolder.board

    def counted(self: folders.SweepFolder) -> Board:
        read.append(self.path)
        return board(self)

    monkeypatch.setattr(folders.SweepFolder, "board", counted)
    assert sweep.summary() == sweep.summary()
    assert len(read) == 1
    sweep.write_board(boards.finished())
    assert sweep.summary().over
    (sweep.path / "summary.json").write_text("{}")
    assert sweep.summary().over, "damage is no summary"
    assert len(read) == 3
