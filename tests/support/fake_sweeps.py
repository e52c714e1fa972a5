"""Sweeps in a test of the app: boards that the test puts there, and a note of what the app asks for."""

from collections.abc import Mapping

from tuilab.errors import TuilabError, UsageError
from tuilab.sweeps.board import Board
from tuilab.sweeps.importance import Effect, Importance
from tuilab.sweeps.spec import SweepSpec
from tuilab.tui.sweep_source import SweepSource


class FakeSweeps(SweepSource):
    """Sweeps without a store.

    Attributes:
        boards: by their names, newest first; a sentence stands for one that cannot be read.
        working: names of those on which a coordinator works.
        asked: what was asked for, in order.
        library: whether the library that sweeps stand on is installed.
        refusal: why nothing can be started; empty if it can.
    """

    def __init__(self, boards: Mapping[str, Board | str] | None = None) -> None:
        self.boards = dict(boards or {})
        self.working: set[str] = set()
        self.asked: list[tuple[object, ...]] = []
        self.library = True
        self.refusal = ""
        self.reads = 0
        """How often a sweep was read."""

    def installed(self) -> bool:
        return self.library

    def names(self) -> list[str]:
        return list(self.boards)

    def board(self, name: str) -> Board:
        self.reads += 1
        found = self.boards[name]
        if isinstance(found, str):
            raise UsageError(found)
        return found

    def alive(self, name: str) -> bool:
        return name in self.working

    def importance(self, board: Board) -> Importance:
        effects = [Effect((key,), 1 / len(board.spec.keys)) for key in board.spec.keys]
        return Importance("forest", len(board.ranked), tuple(effects))

    def start(self, spec: SweepSpec) -> None:
        if self.refusal:
            raise TuilabError(self.refusal)
        self.asked.append(("start", spec))
        self.boards = {spec.name: Board(spec=spec), **self.boards}

    def stop(self, name: str) -> None:
        self.asked.append(("stop", name))

    def resume(self, name: str) -> None:
        self.asked.append(("resume", name))

    def confirm(self, name: str) -> tuple[int, ...]:
        self.asked.append(("confirm", name))
        return (3, 4, 5)

    def requeue(self, name: str, trial: int) -> None:
        self.asked.append(("requeue", name, trial))
