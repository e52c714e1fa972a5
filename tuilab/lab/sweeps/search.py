"""A sweep's settings and rules as Optuna has them: distributions, sampler, pruner."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, assert_never

from tuilab.lab.sweeps.storage import optuna
from tuilab.sweeps.points import grid
from tuilab.sweeps.spec import Axis, Choice, Range, SweepSpec, Value

MOST_STARTUP = 10
"""Points that TPE tries at random before it follows what it has seen, at most (Optuna's default)."""


def distributions(spec: SweepSpec, point: Mapping[str, Value] | None = None) -> dict[str, tuple[Any, Any]]:
    """Return a point's values and their distributions by key, as Optuna has them; no point: no values."""
    found = {axis.key: _distribution(axis) for axis in spec.axes}
    values = {key: _stored(value) for key, value in (point or {}).items()}
    return {key: (values.get(key), distribution) for key, distribution in found.items()}


def point_of(spec: SweepSpec, params: Mapping[str, Any]) -> dict[str, Value]:
    """Return a point from what Optuna chose."""
    point: dict[str, Value] = {}
    for axis in spec.axes:
        value = params[axis.key]
        match axis:
            case Choice():
                lists = {_stored(one): one for one in axis.values if isinstance(one, tuple)}
                point[axis.key] = lists.get(value, value)
            case Range():
                point[axis.key] = value
            case _:
                assert_never(axis)
    return point


def points_of(spec: SweepSpec) -> Iterator[dict[str, Value]] | None:
    """Return the points that are known before the first trial; None if the search chooses as it goes."""
    match spec.search:
        case "grid":
            return grid(spec.axes)
        case "random":
            return _random(spec)
        case "tpe":
            return None
        case _:
            assert_never(spec.search)


def sampler_of(spec: SweepSpec) -> Any:
    """Return what chooses points; several machines share no seed, or they would choose the same ones."""
    found = optuna()
    match spec.search:
        case "grid" | "random":
            return found.samplers.RandomSampler(seed=spec.sampler_seed)
        case "tpe":
            startup = max(2, min(MOST_STARTUP, spec.points // 3))
            # a trial that runs counts as a bad one meanwhile, so that two machines do not try the same
            return found.samplers.TPESampler(constant_liar=True, n_startup_trials=startup)
        case _:
            assert_never(spec.search)


def pruner_of(spec: SweepSpec) -> Any:
    """Return what ends trials early."""
    found = optuna()
    match spec.pruning:
        case None:
            return found.pruners.NopPruner()
        case "median":
            return found.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
        case "hyperband":
            return found.pruners.HyperbandPruner(
                min_resource=1, max_resource=spec.experiment.training.epochs, reduction_factor=3
            )
        case _:
            assert_never(spec.pruning)


def _random(spec: SweepSpec) -> Iterator[dict[str, Value]]:
    """Yield points at random, the same ones each time; none twice while there are others."""
    found = optuna()
    study = found.create_study(sampler=found.samplers.RandomSampler(seed=spec.sampler_seed))
    fixed = {axis.key: _distribution(axis) for axis in spec.axes}
    seen: set[str] = set()
    tries = 0
    while len(seen) < spec.points and tries < 100 * spec.points:
        tries += 1
        point = point_of(spec, study.ask(fixed_distributions=fixed).params)
        text = json.dumps(point, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield point


def _distribution(axis: Axis) -> Any:
    found = optuna().distributions
    match axis:
        case Choice():
            return found.CategoricalDistribution([_stored(value) for value in axis.values])
        case Range(whole=True):
            return found.IntDistribution(int(axis.low), int(axis.high), log=axis.log)
        case Range():
            return found.FloatDistribution(axis.low, axis.high, log=axis.log)
        case _:
            assert_never(axis)


def _stored(value: Value) -> Any:
    """Return a value as Optuna takes it; a list as text."""
    return json.dumps(value) if isinstance(value, tuple) else value
