"""From what a person asks for to a sweep that is checked, and to its folder and study."""

import math
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.sharing import trained_alike
from tuilab.files.private import make_private
from tuilab.lab.plan import gather, plan
from tuilab.lab.preflight import check_inputs
from tuilab.lab.sweeps import folders
from tuilab.lab.sweeps.folders import SweepFolder
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.making import complete
from tuilab.lab.sweeps.search import points_of
from tuilab.lab.sweeps.storage import in_file, open_storage, optuna
from tuilab.lab.sweeps.writing import board_of
from tuilab.sweeps.axes import axes_of
from tuilab.sweeps.points import MOST_POINTS, experiment_of, grid, own_point, seeds_of
from tuilab.sweeps.spec import Axis, Choice, Pruning, Range, Search, SweepSpec, Value


def spec_of(
    preset: str,
    assignments: Sequence[str],
    given: Mapping[str, Any],
    *,
    grids: Sequence[str],
    ranges: Sequence[str] = (),
    seeds: int = 1,
    search: Search | None = None,
    trials: int | None = None,
    pruning: Pruning | None = None,
    name: str = "",
) -> SweepSpec:
    """Return the sweep that a person asks for, with every point checked that is known before the first trial.

    Args:
        preset, assignments, given: as of ``plan``; what all trials share.
        grids, ranges: texts of ``--grid`` and ``--range``.
        seeds: how often each point is trained, with one seed each.
        search: None: a grid, or TPE where there is a range.
        trials: how many points a search other than a grid tries.
        name: of the sweep; empty: the preset's name, and a number if that is taken.

    Raises:
        UsageError: an unknown preset or setting, a value or number that is not allowed, a name that is taken.
        MissingError: images or weights that are not there; Optuna is not installed.
    """
    optuna()
    base = plan(preset, assignments, given)[-1].experiment
    check_inputs(base)
    axes = axes_of(grids, ranges, base)
    chosen: Search = search or ("tpe" if any(isinstance(axis, Range) for axis in axes) else "grid")
    if name:
        folders.check_name(name)
    spec = SweepSpec(
        name=name or folders.free_name(preset[:60]),
        preset=preset,
        experiment=base,
        settings=gather(assignments, given),
        axes=axes,
        search=chosen,
        points=_points(axes, chosen, trials),
        seeds=seeds_of(base.training.seed, seeds),
        pruning=_pruning(pruning, base, axes),
        created=round(time.time(), 3),
    )
    _check_points(spec)
    return spec


def _points(axes: Sequence[Axis], search: Search, trials: int | None) -> int:
    if search == "grid":
        if trials is not None:
            raise UsageError(
                "--trials is not allowed with a grid, which tries all of its points",
                ["--search random or --search tpe tries as many as --trials says"],
            )
        return sum(1 for _ in grid(axes))
    if trials is None:
        raise UsageError(f"--search {search} needs --trials N: how many points it tries")
    if not 1 <= trials <= MOST_POINTS:
        raise UsageError(f"--trials {trials} is not allowed: it must be 1 to {MOST_POINTS:,}")
    sizes = [len(axis.values) if isinstance(axis, Choice) else math.inf for axis in axes]
    return int(min(trials, math.prod(sizes)))


def _pruning(pruning: Pruning | None, base: Experiment, axes: Sequence[Axis]) -> Pruning | None:
    if pruning is None:
        return None
    if base.training.epochs < 2:
        raise UsageError("pruning needs at least 2 epochs: it compares trials after each of them")
    if any(axis.key == "training.epochs" for axis in axes):
        raise UsageError("pruning is not allowed where training.epochs varies: trials are compared by epoch")
    return pruning


def _check_points(spec: SweepSpec) -> None:
    """Refuse values that are not allowed together."""
    known = points_of(spec)
    for point in known if known is not None else _corners(spec):
        experiment_of(spec.experiment, point, spec.seeds[0])


def _corners(spec: SweepSpec) -> list[dict[str, Value]]:
    """Return the points of a search's first and last values: the others lie between."""
    ends = [
        (axis.values[0], axis.values[-1]) if isinstance(axis, Choice) else _bounds(axis) for axis in spec.axes
    ]
    return [dict(zip(spec.keys, values, strict=True)) for values in zip(*ends, strict=True)]


def _bounds(axis: Range) -> tuple[Value, Value]:
    return (int(axis.low), int(axis.high)) if axis.whole else (axis.low, axis.high)


def trials_of(spec: SweepSpec) -> list[Experiment]:
    """Return what every run of a sweep trains, the preset's included, as far as that is known before it
    starts; of a search that chooses as it goes, the preset's own settings stand for each of its points."""
    points = points_of(spec)
    known = list(points) if points is not None else [own_point(spec)] * spec.points
    if own_point(spec) not in known or points is None:
        known.append(own_point(spec))
    return [experiment_of(spec.experiment, point, seed) for point in known for seed in spec.seeds]


def trainings_of(spec: SweepSpec) -> int:
    """Return how many whole trainings a sweep takes: momentum of batch normalization shares them."""
    experiments = trials_of(spec)
    if spec.pruning is not None or spec.search == "tpe":
        return len(experiments)
    return len({trained_alike(experiment).digest for experiment in experiments})


def create(spec: SweepSpec, storage: str = "") -> SweepFolder:
    """Make a sweep's study with its trials, and its folder; nobody works on it yet.

    Args:
        storage: a database's URL, or the path of a file that all machines share; empty: in the folder.

    Raises:
        UsageError: there is a sweep of that name, here or in the storage; the storage is not allowed.
        MissingError: a database's driver is not installed.
        RunError: the storage cannot be reached or written, or the folder cannot be made.
    """
    folders.check_name(spec.name)
    if storage:
        address = storage if "://" in storage else str(Path(storage).expanduser().absolute())
        ledger = Ledger.create(open_storage(address), address, spec)
        complete(ledger, [])
        link = folders.new_link(address)
        return folders.make(spec.name, link, board_of(ledger, ledger.slips(), link.worker))
    link = folders.new_link()
    make_private(folders.folder())
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=folders.folder()) as draft:
        path = Path(draft) / "study.log"
        ledger = Ledger.create(in_file(path, shared=False), str(path), spec)
        complete(ledger, [])
        path.chmod(0o600)
        board = board_of(ledger, ledger.slips(), link.worker)
        return folders.make(spec.name, link, board, path)


def join(storage: str, name: str, *, data: str = "", weights: str = "") -> SweepFolder:
    """Make this machine's folder of a study that is kept elsewhere; one that is there already is returned.

    Raises:
        UsageError: there is no such study; a sweep here has that name and is another one.
        RunError: the storage cannot be reached, or the folder cannot be made.
    """
    address = storage if "://" in storage else str(Path(storage).expanduser().absolute())
    if name in folders.names():
        sweep = folders.find(name)
        if sweep.link().storage != address:
            raise UsageError(
                f"there is already a sweep '{name}' in this store, kept elsewhere",
                [f"tuilab sweep delete {name} takes it away; TUILAB_HOME=/a/folder is another store"],
            )
        return sweep
    if "://" not in address and not Path(address).exists():
        raise UsageError(f"there is no file {address}: a study's journal is made by tuilab sweep --storage")
    ledger = Ledger(open_storage(address), address, name)
    link = folders.new_link(address, data, weights)
    return folders.make(name, link, board_of(ledger, ledger.slips(), link.worker))
