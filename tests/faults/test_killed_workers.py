"""Whenever a worker is killed, its run continues and ends with the numbers of one that was left alone."""

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import get_args

import pytest
from small_runs import CNN, TRANSFER, small_run
from workers import Numbers, Nursery, numbers

from tuilab.runs import store
from tuilab.runs.checkpoints import newest
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import AnyRecord, Phase, PhaseName
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.sources import feature_cache

pytestmark = pytest.mark.faults

MODELS = {"cnn": CNN, "transfer": TRANSFER}
PHASES = ("starting", "loading", "features", "compiling", "training", "evaluating")


@pytest.fixture(scope="module")
def undisturbed(nursery: Nursery) -> Callable[[str], Numbers]:
    """What each model's run measures when nobody disturbs it."""
    known: dict[str, Numbers] = {}

    def of(model: str) -> Numbers:
        if model not in known:
            known[model] = numbers(nursery.finish(small_run(MODELS[model])))
            assert len(known[model].epochs) == 3 and known[model].test is not None
        return known[model]

    return of


def moments() -> Iterator[tuple[str, str, float]]:
    """Yield fifty moments: a model, the phase whose beginning is waited for, and seconds after it."""
    rng = random.Random(4)
    for n in range(50):
        model = "transfer" if n % 2 else "cnn"
        phases = [phase for phase in PHASES if phase != "features" or model == "transfer"]
        yield model, phases[n // 2 % len(phases)], rng.uniform(0, 0.6)


@pytest.mark.parametrize(("model", "phase", "seconds"), moments())
def test_a_worker_killed_at_any_moment_loses_nothing(
    model: str, phase: str, seconds: float, nursery: Nursery, undisturbed: Callable[[str], Numbers]
) -> None:
    expected = undisturbed(model)
    feature_cache.clear()  # so that there is a moment at which features are computed
    run = small_run(MODELS[model])

    def begins(record: AnyRecord) -> bool:
        return isinstance(record, Phase) and record.name == phase

    code = nursery.kill_when(run, begins, seconds)
    state = summarize(run).state
    assert (code, state) in {(-9, "interrupted"), (-9, "done"), (0, "done")}
    assert numbers(nursery.finish(run)) == expected
    assert JournalReader(run.journal).damage is None


def test_the_moments_reach_every_phase() -> None:
    met = Counter(phase for _, phase, _ in moments())
    assert set(met) == set(get_args(PhaseName)) - {"downloading"} and min(met.values()) >= 4


def copy_of(run: Run) -> Run:
    """Return a run that is where another one is."""
    made = store.create(run.experiment(), preset=run.manifest().preset)
    shutil.rmtree(made.folder)
    shutil.copytree(run.folder, made.folder)
    return made


def test_a_worker_killed_at_every_step_of_a_checkpoint_loses_nothing(nursery: Nursery) -> None:
    """Every file opened, forced to the disk, linked, renamed, deleted; one epoch and the trained model."""
    before = small_run(CNN, epochs=3, limit=64)
    expected = numbers(nursery.finish(small_run(CNN, epochs=3, limit=64)))
    nursery.kill_halted(before, "checkpoint", 2)
    saved, _ = newest(before.checkpoints)
    assert saved is not None and saved.manifest.position.epoch == 2
    kills = 0
    while True:
        run = copy_of(before)
        code = nursery.wait(nursery.start(run, kill_at=kills + 1))
        if code == 0:
            break
        assert code == -9
        kills += 1
        assert newest(run.checkpoints)[1] == [], "what has its name is whole"
        assert numbers(nursery.finish(run)) == expected, f"killed at touch {kills} of the disk"
        assert not list(run.checkpoints.glob(".draft-*"))
        shutil.rmtree(run.folder)
    assert kills > 25
    print(f"{kills} steps")
