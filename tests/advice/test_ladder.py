"""The unfreeze ladder: counted by hand for VGG16, its runs from made-up folders, and when a rate is high."""

from itertools import pairwise

import pytest
from finished_runs import experiment_of, finished_run
from records import CIFAR10, DIGITS, epoch

from tuilab import presets
from tuilab.advice.fine_tuning import high_from
from tuilab.advice.image_counts import ReadRun
from tuilab.advice.ladder import ladder
from tuilab.errors import UsageError
from tuilab.experiment import with_overrides
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize

CHANNELS = (3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
CONVOLUTIONS = [9 * a * b + b for a, b in pairwise(CHANNELS)]
HEAD = (512 * 256 + 256) + 2 * 256 + (256 * 10 + 10)


def read(*runs: Run) -> list[ReadRun]:
    return [ReadRun(run.experiment(), summarize(run)) for run in runs]


def test_every_point_of_vgg16_counted_by_hand() -> None:
    found = ladder(presets.find("iteration-ii").experiment)
    assert [rung.unfreeze for rung in found.rungs] == [
        "none", "last-2", "last-3", "last-4", "last-6", "last-7", "last-8", "last-10", "last-11", "last-12",
        "last-14", "last-15", "last-17", "all",
    ]  # fmt: skip
    for n, rung in enumerate(found.rungs):
        assert rung.parameters == HEAD + sum(CONVOLUTIONS[len(CONVOLUTIONS) - n :])
        assert (rung.layers, rung.tensors) == (n, 6 + 2 * n)
    assert found.here == 2 and not any(rung.warning for rung in found.rungs)


def test_a_step_holds_weights_gradients_adams_two_and_activations() -> None:
    first = ladder(with_overrides(presets.find("iteration-i").experiment, {"training.batch_size": 1})).rungs[
        0
    ]
    activations = 256 + 256 + 256 + 256 + 10  # dense, its normalization, ReLU, dropout; classes
    whole = sum(CONVOLUTIONS) + HEAD + 512  # the moving statistics, which do not train
    assert first.step_bytes == 4 * (whole + 3 * HEAD + activations)


def test_runs_stand_where_the_same_weights_train() -> None:
    cold = finished_run("iteration-ii-cold", accuracy=0.7, epochs=[epoch(1, seconds=9.0), epoch(2), epoch(3)])
    pool = finished_run("iteration-i", {"model.unfreeze": "last-1"}, accuracy=0.5)
    gap = finished_run("iteration-i", {"model.unfreeze": "blocks:4"})
    finished_run("bn")
    found = ladder(experiment_of("iteration-ii", {"data.source": "digits"}), read(cold, pool, gap))
    assert [[run.id for run in rung.runs] for rung in found.rungs[:3]] == [[pool.id], [], [cold.id]]
    assert found.rungs[2].runs[0].accuracy == 0.7
    assert found.rungs[2].measured == (2.5, 2.5), "the first epoch compiles"
    assert [run.id for run in found.between] == [gap.id]


def test_other_images_weights_and_heads_are_no_part_of_it() -> None:
    one = finished_run("iteration-ii-cold")
    other = finished_run("iteration-ii-cold", dataset=CIFAR10)
    drawn = finished_run("iteration-ii-cold", {"model.weights": "random"})
    head = finished_run("iteration-ii-cold", {"model.head.dense": 8})
    found = ladder(one.experiment(), read(other, drawn, head, one), of=summarize(one))
    assert [run.id for rung in found.rungs for run in rung.runs] == [one.id]
    assert found.others == 2 and DIGITS.digest != CIFAR10.digest


@pytest.mark.parametrize(
    ("rate", "weights", "layers", "high"),
    [
        *[(0.001, "imagenet", 1, True), (0.0005, "imagenet", 3, False), (0.0005, "imagenet", 4, True)],
        *[(0.0001, "imagenet", 13, False), (0.001, "random", 13, False), (1.0, "imagenet", 0, False)],
    ],
)
def test_a_rate_is_high_for_many_pretrained_layers(
    rate: float, weights: str, layers: int, high: bool
) -> None:
    settings = {"optimizer.learning_rate": rate, "model.weights": weights}
    experiment = with_overrides(presets.find("iteration-ii-cold").experiment, settings)
    assert bool(ladder(experiment).rungs[layers].warning) == high


def test_the_limit_is_the_optimizers_own() -> None:
    sgd = with_overrides(presets.find("iteration-i").experiment, {"optimizer.kind": "sgd"})
    assert [high_from(sgd, n) for n in (0, 1, 4)] == [None, 0.01, pytest.approx(0.003)]


@pytest.mark.parametrize(("preset", "words"), [("bn", "no base to unfreeze"), ("one-shot", "class-means")])
def test_what_has_no_ladder_is_one_sentence(preset: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ladder(presets.find(preset).experiment)
