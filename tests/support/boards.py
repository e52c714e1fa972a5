"""Sweeps as boards, made up: what the screen, the tables and the statistics are tested on.

Accuracies are whole numbers of images, as real ones: a truth for each point, luck of each seed, and so many
images. Equal arguments make equal boards.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from random import Random

from tuilab.experiment.dotted import dotted
from tuilab.experiment.overrides import with_overrides
from tuilab.presets import find
from tuilab.sweeps.board import Board, Origin, RunState, SeedRun, Trial, TrialState
from tuilab.sweeps.spec import Axis, Choice, Pruning, Range, Search, SweepSpec, Value

MOMENTUM, L2, RATE = "model.bn_momentum", "model.l2", "optimizer.learning_rate"
GRID = (
    Choice(key=MOMENTUM, values=(0.6, 0.8, 0.9, 0.99)),
    Choice(key=L2, values=(0.0, 1e-4, 1e-3, 1e-2)),
)
"""The course's own question; the preset's values, 0.8 and 0.001, are among them."""
SEEDS = (0, 1, 2)
EPOCHS = 5
IMAGES = 1000
"""Validation images, and as many test images."""

Truth = Callable[[Mapping[str, Value]], float]


def truth(point: Mapping[str, Value]) -> float:
    """Return an accuracy that is best, 0.84, at momentum 0.9 and L2 0.001, and 0.82 at the preset's."""
    momentum, l2 = point.get(MOMENTUM, 0.9), point.get(L2, 1e-3)
    assert isinstance(momentum, float) and isinstance(l2, float)
    return 0.84 - 2.0 * (momentum - 0.9) ** 2 - 0.01 * abs(math.log10(max(l2, 1e-5)) + 3)


def sweep(
    axes: Sequence[Axis] = GRID,
    *,
    name: str = "bn-by-l2",
    seeds: Sequence[int] = SEEDS,
    search: Search = "grid",
    points: int | None = None,
    pruning: Pruning | None = None,
    preset: str = "bn-l2",
) -> SweepSpec:
    """Return a sweep of a preset; a grid has as many points as its values make."""
    if points is None:
        points = math.prod(len(axis.values) for axis in axes if isinstance(axis, Choice))
    return SweepSpec(
        name=name,
        preset=preset,
        experiment=with_overrides(find(preset).experiment, {"training.validation": "last-20%"}),
        axes=tuple(axes),
        search=search,
        points=points,
        seeds=tuple(seeds),
        pruning=pruning,
        created=1_795_000_000.0,
    )


def grid_points(spec: SweepSpec) -> list[dict[str, Value]]:
    """Return all points of a grid; the last setting changes fastest."""
    found: list[dict[str, Value]] = [{}]
    for axis in spec.axes:
        assert isinstance(axis, Choice)
        found = [{**point, axis.key: value} for point in found for value in axis.values]
    return found


def preset_point(spec: SweepSpec) -> dict[str, Value]:
    """Return the preset's own values of the settings that differ."""
    settings = dotted(spec.experiment)
    return {key: settings[key] for key in spec.keys}


def run_id(number: int, seed: int) -> str:
    """Return the id of a trial's run with a seed."""
    return f"20261126-{100000 + number}-bn-l2-{seed}"


def seed_run(
    accuracy: float,
    seed: int,
    *,
    number: int = 0,
    state: RunState = "done",
    epochs: int = EPOCHS,
    of: int = EPOCHS,
    test: float | None = None,
    problem: str = "",
    host: str = "",
) -> SeedRun:
    """Return a run whose validation accuracy rises to ``accuracy`` in its last epoch, of ``of``.

    Args:
        accuracy: after epoch ``of``, whether it comes so far or not.
        seed: of the run.
        number: of its trial.
        state: of the run.
        epochs: how many are done.
        of: how many were asked for.
        test: accuracy of the test images; None: that of the validation images.
        problem: why it failed or stopped.
        host: where it is.
    """
    curve = tuple(round(accuracy * (1 - 0.6 * (1 - epoch / of) ** 2), 6) for epoch in range(1, epochs + 1))
    done = state == "done"
    return SeedRun(
        seed=seed,
        run=run_id(number, seed),
        host=host,
        state=state,
        validation=curve,
        accuracy=(accuracy if test is None else test) if done else None,
        cross_entropy=round(2.3 * (1 - accuracy) ** 2 + 0.1, 6) if done else None,
        seconds=12.5 * epochs,
        problem=problem,
    )


def trial(
    number: int,
    point: Mapping[str, Value],
    accuracies: Sequence[float],
    *,
    seeds: Sequence[int] | None = None,
    tests: Sequence[float] | None = None,
    origin: Origin = "search",
    worker: str = "gpu-box:4711",
) -> Trial:
    """Return a done trial with so much validation accuracy of each seed; ``tests``: of the test images."""
    seeds = range(len(accuracies)) if seeds is None else seeds
    runs = tuple(
        seed_run(one, seed, number=number, test=None if tests is None else tests[place])
        for place, (one, seed) in enumerate(zip(accuracies, seeds, strict=True))
    )
    return Trial(number=number, point=dict(point), origin=origin, state="done", runs=runs, worker=worker)


def waiting(number: int, point: Mapping[str, Value], seeds: Sequence[int] = SEEDS) -> Trial:
    """Return a trial of which no run has begun."""
    return Trial(number=number, point=dict(point), runs=tuple(SeedRun(seed=seed) for seed in seeds))


def running(
    number: int, point: Mapping[str, Value], accuracies: Sequence[float], *, epochs: int = 3
) -> Trial:
    """Return a trial whose first run is done, whose second has trained ``epochs``, whose others wait."""
    states: list[tuple[RunState, int]] = [("done", EPOCHS), ("running", epochs)]
    runs = tuple(
        seed_run(one, seed, number=number, state=states[seed][0], epochs=states[seed][1])
        if seed < len(states)
        else SeedRun(seed=seed, run=run_id(number, seed))
        for seed, one in enumerate(accuracies)
    )
    return Trial(number=number, point=dict(point), state="running", runs=runs, worker="gpu-box:4711")


def stopped_early(
    number: int,
    point: Mapping[str, Value],
    accuracy: float,
    *,
    state: TrialState = "pruned",
    epochs: int = 2,
    seeds: Sequence[int] = SEEDS,
    problem: str = "",
) -> Trial:
    """Return a pruned or failed trial: its first run ended after ``epochs``, the others never began."""
    ended: RunState = "failed" if state == "failed" else "stopped"
    first = seed_run(accuracy, seeds[0], number=number, state=ended, epochs=epochs, problem=problem)
    runs = (first, *(SeedRun(seed=seed) for seed in seeds[1:]))
    return Trial(
        number=number, point=dict(point), state=state, runs=runs, worker="gpu-box:4711", problem=problem
    )


def measured(expected: float, luck: float, images: int, random: Random) -> float:
    """Return a share of so many images around an expected one, with a seed's luck of that deviation."""
    return min(max(round(images * (expected + random.gauss(0, luck))), 0), images) / images


def simulated(
    spec: SweepSpec,
    points: Sequence[Mapping[str, Value]],
    *,
    of: Truth = truth,
    luck: float = 0.008,
    images: int = IMAGES,
    random_seed: int = 1,
    first: int = 0,
    origin: Origin = "search",
    seeds: Sequence[int] | None = None,
) -> list[Trial]:
    """Return done trials of points, with the luck of each seed and their own test accuracies."""
    random = Random(random_seed)
    trials: list[Trial] = []
    for number, point in enumerate(points, first):
        pairs = [
            (measured(of(point) + shared, luck / 2, images, random), of(point) + shared - 0.005)
            for _ in (spec.seeds if seeds is None else seeds)
            for shared in [random.gauss(0, luck)]
        ]
        validation = [share for share, _ in pairs]
        tests = [measured(expected, luck / 2, images, random) for _, expected in pairs]
        trials.append(trial(number, point, validation, tests=tests, seeds=seeds or spec.seeds, origin=origin))
    return trials


def board(spec: SweepSpec, trials: Sequence[Trial], *, stopped: bool = False) -> Board:
    """Return a board whose accuracies were measured on ``IMAGES`` images."""
    return Board(
        spec=spec, trials=tuple(trials), stopped=stopped, validation_images=IMAGES, test_images=IMAGES
    )


@lru_cache
def finished() -> Board:
    """A grid of 4 by 4 with three seeds, all done."""
    spec = sweep()
    return board(spec, simulated(spec, grid_points(spec)))


@lru_cache
def confirmed() -> Board:
    """The finished grid, and its best point and the preset with five fresh seeds each."""
    done = finished()
    again = simulated(
        done.spec,
        [done.ranked[0].point, preset_point(done.spec)],
        random_seed=7,
        first=16,
        origin="confirm",
        seeds=range(100, 105),
    )
    return done.model_copy(update={"trials": (*done.trials, *again)})


@lru_cache
def half_done() -> Board:
    """The same grid while it trains: seven points done, one failed, two running, six waiting."""
    done = finished()
    trials = list(done.trials[:7])
    points = grid_points(done.spec)
    problem = "the loss is not a number in epoch 2"
    trials.append(stopped_early(7, points[7], 0.4, state="failed", epochs=1, problem=problem))
    trials += [running(number, points[number], (0.83, 0.82, 0.81), epochs=number - 6) for number in (8, 9)]
    trials += [waiting(number, points[number]) for number in range(10, 16)]
    return board(done.spec, trials)


@lru_cache
def pruned() -> Board:
    """40 trials of TPE in two ranges, one seed; a third pruned early; the preset beside them."""
    axes = (
        Range(key=RATE, low=1e-4, high=1e-1, log=True),
        Range(key=MOMENTUM, low=0.5, high=0.99),
    )
    spec = sweep(axes, name="rates", seeds=(0,), search="tpe", points=40, pruning="median")
    random = Random(3)

    def of(point: Mapping[str, Value]) -> float:
        rate = point[RATE]
        assert isinstance(rate, float)
        return truth({MOMENTUM: point[MOMENTUM]}) - 0.06 * (math.log10(rate) + 2) ** 2

    trials = simulated(spec, [preset_point(spec)], of=of, origin="preset")
    for number in range(1, 41):
        point: dict[str, Value] = {
            RATE: float(f"{10 ** random.uniform(-4, -1):.3g}"),
            MOMENTUM: round(random.uniform(0.5, 0.99), 3),
        }
        if number > 5 and of(point) < 0.78:
            trials.append(stopped_early(number, point, of(point), seeds=spec.seeds, epochs=1 + number % 3))
        else:
            trials += simulated(spec, [point], of=of, random_seed=number, first=number)
    return board(spec, trials)


@lru_cache
def many(trials: int = 10_000) -> Board:
    """Very many finished trials of a random search with three seeds, in three settings."""
    axes = (
        Range(key=MOMENTUM, low=0.5, high=0.99),
        Range(key=L2, low=1e-5, high=1e-1, log=True),
        Choice(key="model.batch_norm", values=(True, False)),
    )
    spec = sweep(axes, name="many", search="random", points=trials)
    random = Random(5)
    points: list[dict[str, Value]] = [
        {
            MOMENTUM: round(random.uniform(0.5, 0.99), 4),
            L2: float(f"{10 ** random.uniform(-5, -1):.3g}"),
            "model.batch_norm": random.random() < 0.5,
        }
        for _ in range(trials)
    ]
    return board(spec, simulated(spec, points))
