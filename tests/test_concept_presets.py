"""The presets that each show one idea on digits: pairs differ in that idea and in nothing else."""

import signal
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from tuilab.advice.coach import remarks
from tuilab.engine.worker import Worker
from tuilab.experiment import TransferSpec
from tuilab.lab.plan import flat, plan
from tuilab.lessons import index
from tuilab.presets import Preset, find, load_all
from tuilab.runs.summary import Summary, summarize

CONCEPTS = {
    "gradient-descent": ["gd-full-batch", "sgd-batch-64", "sgd-batch-1"],
    "normalization": ["pixels-unit", "pixels-standardize"],
    "exploding-gradients": ["explode", "explode-bn", "explode-clip"],
    "batch-normalization": ["digits-plain", "digits-bn"],
    "bn-momentum": ["bn-momentum-low", "bn-momentum-high"],
    "weight-decay": ["decay-none", "decay-l1", "decay-l2", "decay-l1l2"],
    "decoupled-decay": ["decay-adam-l2", "decay-adamw"],
    "transfer-learning": ["digits-random-base", "digits-frozen"],
    "fine-tuning": ["digits-finetune"],
    "unfreezing": ["digits-unfreeze-2"],
    "reading-curves": ["overfit"],
}
NAMES = [name for names in CONCEPTS.values() for name in names]
DIFFERENT = {
    ("gd-full-batch", "sgd-batch-64"): {"training.batch_size"},
    ("sgd-batch-64", "sgd-batch-1"): {"training.batch_size"},
    ("pixels-unit", "pixels-standardize"): {"data.pixels"},
    ("explode", "explode-bn"): {"model.batch_norm"},
    ("explode", "explode-clip"): {"optimizer.clip_norm"},
    ("digits-plain", "digits-bn"): {"model.batch_norm"},
    ("bn-momentum-low", "bn-momentum-high"): {"model.bn_momentum"},
    ("decay-none", "decay-l1"): {"model.l1"},
    ("decay-none", "decay-l2"): {"model.l2"},
    ("decay-l1", "decay-l1l2"): {"model.l2"},
    ("decay-l2", "decay-l1l2"): {"model.l1"},
    ("decay-adam-l2", "decay-adamw"): {"model.l2", "optimizer.kind", "optimizer.weight_decay"},
    ("digits-random-base", "digits-frozen"): {"model.weights"},
    ("digits-frozen", "digits-finetune"): {
        "continue_from",
        "model.unfreeze",
        "optimizer.learning_rate",
        "training.epochs",
    },
    ("digits-finetune", "digits-unfreeze-2"): {"continue_from", "model.unfreeze", "model.last_layer"},
}
"""Pairs of presets, and the settings in which they differ."""


def settings(preset: Preset) -> dict[str, Any]:
    """Return every setting of a preset's experiment with its dotted name."""
    table = preset.experiment.model_dump(mode="json")
    return {name: value for part, inside in table.items() for name, value in flat(part, inside)}


def test_every_concept_has_its_presets_in_order() -> None:
    concepts = [preset for preset in load_all() if preset.family == "concept" and not preset.own]
    assert [preset.name for preset in concepts] == NAMES
    assert all(preset.order >= 200 for preset in concepts)
    assert {preset.lesson for preset in concepts} == set(CONCEPTS)
    for lesson, names in CONCEPTS.items():
        assert {find(name).lesson for name in names} == {lesson}
        index.find(index.ours(), lesson)


@pytest.mark.parametrize("name", NAMES)
def test_all_train_on_digits_and_on_full_batches(name: str) -> None:
    preset = find(name)
    training = preset.experiment.training
    assert preset.experiment.data.source == "digits"
    assert preset.course.expected is None and preset.course.recorded is None
    assert training.limit is not None
    images = training.limit if training.validation == "test" else int(training.limit * 0.8)
    # 1,442 digits less a fifth leave a last batch of one image, whose step kicks the network about
    last = images % training.batch_size or training.batch_size
    assert last == training.batch_size


@pytest.mark.parametrize(("pair", "names"), DIFFERENT.items(), ids=lambda names: " and ".join(sorted(names)))
def test_a_pair_differs_in_nothing_but_its_idea(pair: tuple[str, str], names: set[str]) -> None:
    one, other = settings(find(pair[0])), settings(find(pair[1]))
    assert {name for name in {**one, **other} if one.get(name) != other.get(name)} == names


def test_adam_and_adamw_pull_with_the_same_factor() -> None:
    coupled, decoupled = settings(find("decay-adam-l2")), settings(find("decay-adamw"))
    # the gradient of l2 * w^2 is 2 * l2 * w
    assert 2 * coupled["model.l2"] == decoupled["optimizer.weight_decay"]


def test_the_transfers_train_more_and_more_of_less_and_less() -> None:
    models = [
        find(name).experiment.model for name in ("digits-frozen", "digits-finetune", "digits-unfreeze-2")
    ]
    chosen = [(model.last_layer, model.unfreeze) for model in models if isinstance(model, TransferSpec)]
    assert chosen == [("block5_pool", "none"), ("block5_pool", "last-3"), ("block2_pool", "blocks:2")]


@pytest.fixture
def _signals_as_they_were() -> Iterator[None]:
    """Put the handlers back that a worker takes for itself."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def trained(name: str, epochs: int) -> tuple[int, Summary]:
    """Train a preset for some of its epochs, with the worker in this process."""
    (step,) = plan(name, [], {"training.epochs": epochs, "training.device": "cpu"})
    run = step.start()
    return Worker(run).main(), summarize(run)


@pytest.mark.slow
@pytest.mark.usefixtures("_signals_as_they_were")
def test_what_explodes_trains_with_batch_normalization_and_with_clipping() -> None:
    code, broken = trained("explode", 4)
    said = [remark.name for remark in remarks(broken, find("explode").experiment)]
    losses = [epoch.cross_entropy for epoch in broken.epochs]
    # which of the two it is depends on the last digits of a machine's sums
    assert (broken.state, code) in {("failed", 4), ("done", 0)}
    assert max(later - before for before, later in pairwise([2.3, *losses])) > 1, "the loss leapt"
    if code:
        assert broken.reason.startswith("the training diverged: ") and said == ["diverged"]
    else:
        assert broken.evaluated is not None and broken.evaluated.test_accuracy < 0.2 and said
    for name in ("explode-bn", "explode-clip"):
        code, fine = trained(name, 4)
        assert code == 0 and fine.epochs[-1].accuracy > 0.3
        assert fine.epochs[-1].cross_entropy < 2.1
