"""Frozen features in a whole run: the same metrics with and without, computed once, shared, repaired."""

import shutil
from typing import Any

import pytest
from small_experiments import transfer

from tuilab.engine.worker import Worker
from tuilab.experiment import AdamSpec, DataSpec, Experiment, TrainingSpec
from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.journal.reader import JournalReader
from tuilab.runs.journal.records import Phase
from tuilab.runs.run import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.sources import feature_cache

pytestmark = pytest.mark.slow

HEAD: dict[str, Any] = {"dense": 8, "dropout": 0.5}


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Any:
    import signal

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def run_of(
    features: str, *, unfreeze: str = "none", pixels: str = "unit", preset: str = "iteration-iii", **more: Any
) -> Run:
    training: dict[str, Any] = {"epochs": 2, "batch_size": 16, "limit": 40, "device": "cpu", **more}
    experiment = Experiment(
        data=DataSpec(source="digits", pixels=pixels),  # type: ignore[arg-type]
        model=transfer(last_layer="block2_pool", unfreeze=unfreeze, head=HEAD),
        optimizer=AdamSpec(kind="adam", learning_rate=0.01),
        training=TrainingSpec(features=features, validation="last-20%", **training),  # type: ignore[arg-type]
    )
    run = store.create(experiment, preset=preset)
    assert Worker(run).main() == 0, summarize(run).reason
    return run


def computed(run: Run) -> bool:
    """Whether the run computed features, rather than finding them or doing without."""
    records = [entry.record for entry in JournalReader(run.journal).read()]
    return any(isinstance(record, Phase) and record.name == "features" for record in records)


def same(one: Summary, other: Summary, tolerance: float) -> None:
    """Check that two runs measured the same."""
    assert one.evaluated is not None and other.evaluated is not None
    assert one.evaluated.test_accuracy == other.evaluated.test_accuracy
    pairs = [(one.evaluated.test_cross_entropy, other.evaluated.test_cross_entropy)]
    for a, b in zip(one.epochs, other.epochs, strict=True):
        assert (a.accuracy, a.val_accuracy) == (b.accuracy, b.val_accuracy)
        pairs += [(a.cross_entropy, b.cross_entropy), (a.val_cross_entropy, b.val_cross_entropy)]
        pairs += [(a.penalty, b.penalty)]
    for a, b in pairs:
        assert a == pytest.approx(b, rel=tolerance)


@pytest.mark.parametrize("unfreeze", ["none", "from:block2_conv2"])
def test_a_run_measures_the_same_with_features_and_without(unfreeze: str) -> None:
    on, off = (summarize(run_of(mode, unfreeze=unfreeze)) for mode in ("on", "off"))
    same(on, off, 1e-4)
    assert on.epochs != off.epochs or on.evaluated == off.evaluated


def test_a_second_run_with_the_same_frozen_part_starts_to_train_at_once_with_the_same_numbers() -> None:
    first, second = run_of("on"), run_of("on")
    assert computed(first) and not computed(second)
    same(summarize(first), summarize(second), 0)
    other_seed = run_of("on", seed=7)
    assert computed(other_seed), "other random weights: other features"


@pytest.mark.parametrize("change", [{"pixels": "imagenet"}, {"seed": 2}, {"limit": 60}])
def test_features_of_other_pixels_weights_or_more_images_are_computed_anew(change: dict[str, Any]) -> None:
    run_of("on")
    assert computed(run_of("on", **change))
    assert not computed(run_of("on"))


def test_damaged_features_are_computed_anew_and_the_numbers_stay() -> None:
    first = run_of("on")
    for path in paths.features().glob("*/features.npy"):
        content = bytearray(path.read_bytes())
        content[-9] ^= 1
        path.write_bytes(content)
    second = run_of("on")
    assert computed(second)
    same(summarize(first), summarize(second), 0)


def test_what_the_disk_does_not_take_is_computed_for_this_run_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = summarize(run_of("on"))
    shutil.rmtree(paths.features())

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feature_cache.Writing, "append", full)
    run = run_of("on")
    assert any("could not be saved: No space left on device" in note for note in summarize(run).notes)
    same(expected, summarize(run), 0)


def test_what_neither_disk_nor_memory_takes_is_refused_with_what_would_help(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(feature_cache.Writing, "append", full)
    monkeypatch.setattr("tuilab.engine.fast.frozen_part.MEMORY_SHARE", 0.0)
    with pytest.raises(AssertionError, match="fits neither on the disk nor in memory"):
        run_of("on")


def test_features_that_memory_does_not_hold_are_read_from_the_disk_with_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = summarize(run_of("on"))
    monkeypatch.setattr("tuilab.engine.fast.placement.fits_memory", lambda images: False)
    same(expected, summarize(run_of("on")), 0)


def test_the_pass_of_a_preset_keeps_what_the_preset_that_continues_it_will_want() -> None:
    """iteration-iv trains block 2 of the model that iteration-iii trained: one pass for both."""
    run_of("on", preset="iteration-iii")
    layers = {entry.key.layer for entry in feature_cache.entries()}
    assert layers == {"block2_pool", "block1_pool"}
    assert not computed(run_of("on", unfreeze="blocks:2", preset="iteration-iv"))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_features_in_half_precision_are_kept_and_found_again(precision: str) -> None:
    first, second = (run_of("on", precision=precision) for _ in range(2))
    assert computed(first) and not computed(second)
    same(summarize(first), summarize(second), 0)
