"""The store's sweeps, from the app's side: asked and changed off the UI thread only.

What coordinates sweeps loads Optuna, so it is imported when it is first asked for, on the thread that asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from tuilab.sweeps.board import Board
from tuilab.sweeps.importance import Importance
from tuilab.sweeps.spec import Pruning, Search, SweepSpec

INSTALL = "pip install 'tuilab[sweep]'"
"""What installs the library that chooses the points of a sweep."""


@dataclass(frozen=True)
class Wanted:
    """A sweep as a person asks for it, not checked yet.

    Attributes:
        preset: what it starts from.
        given: settings that all trials share, where they differ from the preset's.
        grids: ``KEY=A,B,C`` texts.
        ranges: ``KEY=LOW..HIGH[:log]`` texts.
        seeds: how many.
        search: how points are chosen; None: all of a grid, or TPE where there is a range.
        trials: how many; None: all of a grid.
        pruning: what ends a trial early.
        name: what it is called; empty: as its preset.
    """

    preset: str
    given: Mapping[str, Any]
    grids: tuple[str, ...]
    ranges: tuple[str, ...] = ()
    seeds: int = 1
    search: Search | None = None
    trials: int | None = None
    pruning: Pruning | None = None
    name: str = ""


@dataclass(frozen=True)
class Place:
    """Where in a sweep a person was, to come back to.

    Attributes:
        sweep: its name.
        trial: the trial under the cursor; None on a cell in which nothing was tried.
        cell: row and column of the grid.
        axes: the settings of the grid; None: the first two.
        part: the part in which the keys worked.
    """

    sweep: str
    trial: int | None = None
    cell: tuple[int, int] = (0, 0)
    axes: tuple[str, str | None] | None = None
    part: str = ""


@dataclass(frozen=True)
class Plan:
    """A sweep that can be started.

    Attributes:
        spec: the sweep, checked.
        runs: how many runs it has.
        trainings: how many of them are trained whole; the others share one.
        lanes: how many can train at once here.
    """

    spec: SweepSpec
    runs: int
    trainings: int
    lanes: int = 1


class SweepSource:
    """What the app asks of sweeps. Tests put another in its place that starts no processes."""

    def installed(self) -> bool:
        """Return whether the library that sweeps stand on is installed."""
        return find_spec("optuna") is not None

    def names(self) -> list[str]:
        """Return what the sweeps of this store are called, newest first; raises TuilabError."""
        from tuilab.lab.sweeps import boards

        return boards.sweeps()

    def board(self, name: str) -> Board:
        """Return a sweep as it is now; raises UsageError if it is unknown, damaged or of a later version."""
        from tuilab.lab.sweeps import boards

        return boards.board(name)

    def importance(self, board: Board) -> Importance:
        """Return what explains the differences among a sweep's trials; may take seconds."""
        from tuilab.lab.sweeps.importance import importance

        return importance(board)

    def alive(self, name: str) -> bool:
        """Return whether a coordinator works on a sweep on this machine; raises UsageError."""
        from tuilab.lab.sweeps import boards

        return boards.alive(name)

    def plan(self, wanted: Wanted) -> Plan:
        """Check what a person asks for; raises TuilabError."""
        from tuilab.lab.sweeps.coordinator import lanes
        from tuilab.lab.sweeps.starting import spec_of, trainings_of, trials_of

        spec = spec_of(
            wanted.preset,
            [],
            wanted.given,
            grids=wanted.grids,
            ranges=wanted.ranges,
            seeds=wanted.seeds,
            search=wanted.search,
            trials=wanted.trials,
            pruning=wanted.pruning,
            name=wanted.name,
        )
        return Plan(spec, len(trials_of(spec)), trainings_of(spec), lanes())

    def start(self, spec: SweepSpec) -> None:
        """Make a sweep and have its trials trained; raises TuilabError."""
        from tuilab.lab.sweeps import control

        control.start(spec)

    def stop(self, name: str) -> None:
        """Have nothing more started, and what trains stopped, without waiting for it; raises TuilabError."""
        from tuilab.lab.sweeps import control

        control.stop(name, wait=0.0)

    def resume(self, name: str) -> None:
        """Let a sweep that was stopped go on; raises TuilabError."""
        from tuilab.lab.sweeps import control

        control.resume(name)

    def requeue(self, name: str, trial: int) -> None:
        """Have a trial that failed or was pruned trained again; raises TuilabError."""
        from tuilab.lab.sweeps import control

        control.requeue(name, trial)

    def confirm(self, name: str) -> tuple[int, ...]:
        """Have the best point and the preset's own trained again with fresh seeds, and return these.

        Raises:
            TuilabError: the sweep is not over, or nothing of it is done.
        """
        from tuilab.lab.sweeps import control

        return control.confirm(name)
