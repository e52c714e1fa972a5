"""Estimates before a run starts: operations counted by hand, speeds recovered from made-up runs."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuilab import presets
from tuilab.advice.estimate import START_SECONDS, Estimate, estimate, in_words
from tuilab.advice.image_counts import classes_of, images_of
from tuilab.advice.machine import Machine, this_machine
from tuilab.advice.speed import Speed, Timed, fit, guess
from tuilab.experiment import CnnSpec, Experiment, with_overrides
from tuilab.experiment.feature_choice import MEMORY_SHARE
from tuilab.experiment.workload import Images, workload
from tuilab.runs.journal.records import DatasetRecord, DeviceRecord, Epoch, Started
from tuilab.runs.run import Manifest, Run
from tuilab.runs.summary import Summary

GIB = 2.0**30
PLENTY = 1000 * GIB
HERE = Machine("here", cores=8, memory=PLENTY)
TRUE = Speed(step=0.004, operation=1 / 300e9)
"""The speed of the machine that the made-up runs were measured on."""


@dataclass
class MadeUp:
    """A run that was never trained."""

    experiment: Experiment
    summary: Summary


def of(preset: str, **settings: object) -> Experiment:
    changed = {"training.device": "cpu", "data.source": "cifar10", "training.limit": 4000, **settings}
    return with_overrides(
        presets.find(preset).experiment, {k.replace("__", "."): v for k, v in changed.items()}
    )


def count(experiment: Experiment) -> Images:
    images = images_of(experiment)
    assert images is not None
    return images


def run(
    experiment: Experiment,
    speed: Speed = TRUE,
    *,
    host: str = HERE.host,
    device: str = "cpu",
    name: str = "a processor",
    slower: float = 1.0,
    held: Images | None = None,
    epochs: int = 3,
) -> MadeUp:
    """A run on a machine of this speed; its first epoch took a second longer."""
    images = held or count(experiment)
    work = workload(experiment, images, memory=PLENTY)
    seconds = speed.seconds(work.epoch_flops, work.epoch_steps) * slower
    summary = Summary(
        Run(Path("20260102-123015-bn")),
        Manifest(preset=None, created=0.0, experiment_digest=""),
        recorded="done",
    )
    summary.started = Started(pid=1, host=host, versions={})
    summary.device = DeviceRecord(device=device, name=name, precision="float32", reason="asked for")
    summary.dataset = DatasetRecord(
        name="images",
        source="made up",
        digest="",
        classes=[str(n) for n in range(10)],
        training_images=images.training,
        validation_images=images.validation,
        test_images=10_000,
    )
    numbers = {
        key: 0.0
        for key in Epoch.model_fields
        if key not in {"kind", "epoch", "seconds", "metrics"}
    }  # fmt: skip
    summary.epochs = [
        Epoch.model_validate({"epoch": n, "seconds": seconds + (n == 1), **numbers})
        for n in range(1, epochs + 1)
    ]
    return MadeUp(experiment, summary)


def ask(experiment: Experiment, *past: MadeUp, **more: object) -> Estimate:
    return estimate(experiment, past, **{"machine": HERE, **more})  # pyright: ignore[reportArgumentType]


def seconds(experiment: Experiment, *past: MadeUp) -> float:
    found = ask(experiment, *past).seconds_per_epoch
    assert found is not None
    return found


def truth(experiment: Experiment) -> float:
    work = workload(experiment, count(experiment), memory=PLENTY)
    return TRUE.seconds(work.epoch_flops, work.epoch_steps)


# ---- how many images


@pytest.mark.parametrize(
    ("settings", "images"),
    [
        ({}, Images(50_000, 10_000)),
        ({"training.validation": "last-20%"}, Images(40_000, 10_000)),
        ({"training.limit": 4000}, Images(4000, 10_000)),
        ({"training.limit": 4000, "training.validation": "last-20%"}, Images(3200, 800)),
        ({"training.limit": 60_000}, Images(50_000, 10_000)),
        ({"data.source": "digits"}, Images(1442, 355)),
        ({"data.source": "digits", "training.validation": "last-20%"}, Images(1153, 289)),
        ({"data.source": "mnist"}, Images(60_000, 10_000)),
        ({"data.source": "/my/own/folder"}, None),
    ],
)
def test_the_number_of_images_follows_source_limit_and_validation(
    settings: dict[str, object], images: Images | None
) -> None:
    assert images_of(with_overrides(presets.find("bn").experiment, settings)) == images


def test_the_number_of_classes_follows_the_source() -> None:
    bn = presets.find("bn").experiment
    fine = with_overrides(bn, {"data.source": "cifar100"})
    assert (classes_of("cifar10"), classes_of("cifar100"), classes_of("/my/folder")) == (10, 100, 10)
    dense = bn.model.dense if isinstance(bn.model, CnnSpec) else 0
    more = ask(fine).parameter_bytes - ask(bn).parameter_bytes
    assert more == 4 * 90 * (dense + 1), "90 more units, each with a bias"


def test_a_source_of_ones_own_is_known_once_a_run_has_read_it() -> None:
    mine = of("bn", data__source="/my/folder", training__limit="none")
    held_out = with_overrides(mine, {"training.validation": "last-20%"})
    past = [run(held_out, held=Images(800, 200))]
    few = {"test_images": 77, "classes": ["cat", "dog"]}
    past[0].summary.dataset = past[0].summary.dataset.model_copy(update=few)  # pyright: ignore
    assert classes_of("/my/folder", past) == 2
    assert images_of(mine, past) == Images(1000, 77)
    assert images_of(held_out, past) == Images(800, 200)
    limited = run(with_overrides(mine, {"training.limit": 10}), held=Images(10, 77))
    assert images_of(mine, [limited]) is None, "a run with a limit does not tell how many there are"
    unknown = ask(mine)
    assert (unknown.seconds_per_epoch, unknown.basis, unknown.feature_bytes) == (None, "unknown", 0)
    assert unknown.sentence == "the time per epoch is not known until the images have been read"


# ---- the work


def test_training_costs_a_forward_pass_and_two_more_behind_the_first_layer() -> None:
    """Of the first layer only the weights need gradients, not its input: the image."""
    small = of("bn", model__filters=[4], model__convolutions=1, model__pool=32, model__dense=8,
               model__dropout=0.0, model__batch_norm=False)  # fmt: skip
    first, rest = 2 * 27 * 4 * 1024, 2 * (4 * 8 + 8 * 10)
    work = workload(small, Images(100, 10), memory=PLENTY)
    assert work.epoch_flops == 100 * (2 * first + 3 * rest) + 10 * (first + rest)
    assert work.epoch_steps == 2, "64 and 36"
    assert (work.once_flops, work.feature_bytes) == (0, 0)


def test_the_frozen_part_costs_once_and_epochs_begin_behind_it() -> None:
    work = workload(of("iteration-i"), Images(80, 20), memory=PLENTY)
    base, head = 2 * 313_196_544, 2 * 256 * 512
    assert work.once_flops == 100 * base
    assert work.feature_bytes == 100 * 512 * 4
    forward = head + 2 * 256 + 2 * 256 * 10
    assert work.epoch_flops == 80 * (3 * forward - head) + 20 * forward


def test_where_memory_does_not_hold_the_frozen_part_it_costs_every_epoch() -> None:
    images = Images(80, 20)
    full = 100 * 512 * 4 / MEMORY_SHARE
    kept = workload(of("iteration-i"), images, memory=full)
    not_kept = workload(of("iteration-i"), images, memory=full - 1)
    assert not_kept.feature_bytes == not_kept.once_flops == 0
    assert not_kept.epoch_flops == kept.epoch_flops + kept.once_flops


def test_a_frozen_layer_behind_one_that_trains_passes_gradients_on_and_needs_none_itself() -> None:
    through = workload(of("iteration-i", model__unfreeze="blocks:1,5"), Images(1, 0), memory=PLENTY)
    whole = workload(of("iteration-i", model__unfreeze="all"), Images(1, 0), memory=PLENTY)
    middle = sum((37_748_736, 75_497_472)) + sum((37_748_736, 75_497_472, 75_497_472)) * 2
    assert whole.epoch_flops - through.epoch_flops == middle, "the weights of blocks 2, 3 and 4"


@pytest.mark.parametrize(
    ("optimizer", "numbers"),
    [
        ({"optimizer.kind": "sgd", "optimizer.momentum": 0.0}, 0),
        ({"optimizer.kind": "sgd", "optimizer.momentum": 0.9}, 1),
        ({"optimizer.kind": "adam"}, 2),
        ({"optimizer.kind": "adamw"}, 2),
        ({"optimizer.kind": "rmsprop"}, 1),
        ({"optimizer.kind": "rmsprop", "optimizer.momentum": 0.5}, 2),
    ],
)
def test_memory_is_told_apart(optimizer: dict[str, object], numbers: int) -> None:
    experiment = with_overrides(of("iteration-ii"), optimizer)
    found = ask(experiment)
    assert found.parameter_bytes == 4 * 14_849_610
    assert found.gradient_bytes == 4 * 4_854_026, "what the course's iteration II trains"
    assert found.optimizer_bytes == numbers * found.gradient_bytes
    one = ask(with_overrides(experiment, {"training.batch_size": 1}))
    assert found.activation_bytes == 64 * one.activation_bytes
    half = ask(with_overrides(experiment, {"training.precision": "mixed_float16"}))
    assert half.activation_bytes * 2 == found.activation_bytes


# ---- seconds


def test_a_known_speed_is_recovered_from_runs_of_other_sizes() -> None:
    past = [
        run(of("iteration-i")),
        run(of("iteration-ii")),
        run(of("iteration-iii", training__batch_size=16)),
    ]
    for other in (
        of("recorded-i"),
        of("iteration-iv", training__limit=20_000),
        of("iteration-iii", training__batch_size=256),
    ):
        found = ask(other, *past)
        assert found.seconds_per_epoch == pytest.approx(truth(other), rel=0.1)
        assert (found.basis, found.runs) == ("rate", 3)
        assert found.sentence.endswith("(estimate from 3 runs on this machine)")


def test_the_frozen_parts_seconds_are_told_apart() -> None:
    past = [run(of("iteration-ii")), run(of("iteration-iii")), run(of("recorded-i"))]
    found = ask(of("iteration-i"), *past)
    work = workload(of("iteration-i"), count(of("iteration-i")), memory=PLENTY)
    assert found.once_seconds == pytest.approx(TRUE.seconds(work.once_flops, work.once_steps), rel=0.1)
    assert " of it for the frozen part" in found.sentence
    assert ask(of("recorded-i"), *past).once_seconds == 0


def test_a_run_like_it_says_it_best() -> None:
    past = [run(of("bn")), run(of("bn"), slower=1.5), run(of("bn"), slower=1.2), run(of("bn-l2"), slower=1.2)]
    found = ask(of("bn", training__epochs=77, training__seed=3, optimizer__learning_rate=0.5), *past)
    assert found.seconds_per_epoch == pytest.approx(1.2 * truth(of("bn")))
    assert (found.basis, found.runs) == ("measured", 4), "a penalty is no work"
    assert found.sentence.endswith("(estimate from 4 runs like it on this machine)")


def test_one_run_that_shared_the_machine_does_not_spoil_the_estimate() -> None:
    sizes = [of("bn", training__limit=n) for n in (2000, 3000, 5000, 8000, 13_000)]
    past = [run(experiment) for experiment in sizes] + [run(of("bn", training__limit=7000), slower=8.0)]
    other = of("bn", training__limit=10_000)
    assert seconds(other, *past) == pytest.approx(truth(other), rel=0.1)


def test_a_run_that_shared_anothers_training_tells_no_speed() -> None:
    experiment = of("bn")
    shared = run(experiment, slower=0.01)
    manifest = shared.summary.manifest.model_copy(update={"shares": "20260101-120000-bn"})
    shared.summary.manifest = manifest
    alone = ask(experiment, run(experiment))
    assert ask(experiment, run(experiment), shared) == alone


def test_without_a_run_it_is_a_guess_and_says_so() -> None:
    found = ask(of("bn"))
    assert (found.basis, found.runs) == ("guess", 0)
    assert found.sentence.startswith("about ")
    assert found.sentence.endswith(" in all (a guess; nothing measured on this machine yet)")


def test_the_whole_run_is_its_start_its_epochs_and_the_frozen_part_once() -> None:
    """What a person decides by is when the run ends, not how long one of its epochs takes."""
    for experiment in (
        of("bn", training__epochs=30),
        of("iteration-i"),
        of("iteration-i", training__epochs=1),
    ):
        found = ask(experiment)
        assert found.seconds_per_epoch is not None
        epochs = experiment.training.epochs * found.seconds_per_epoch
        whole = START_SECONDS + found.once_seconds + epochs
        assert found.seconds == pytest.approx(whole)
        assert f"{in_words(found.seconds_per_epoch)} per epoch, {in_words(whole)} in all" in found.sentence
    assert ask(of("iteration-i")).once_seconds > 0


def test_what_runs_took_besides_their_epochs_is_part_of_the_next() -> None:
    past = [run(of("bn", training__seed=seed)) for seed in range(4)]
    epoch = truth(of("bn"))
    for one, besides in zip(past, (11.0, 12.0, 13.0, 500.0), strict=True):
        one.summary.seconds = besides + 3 * epoch
    past[3].summary.recorded = "stopped"  # not done, so it does not tell what a whole run takes
    found = ask(of("bn", training__epochs=10), *past)
    assert found.seconds == pytest.approx(12.0 + 10 * epoch)


@pytest.mark.parametrize(
    "foreign",
    [
        {"host": HERE.host + "-else"},
        {"device": "gpu:0", "name": "A card"},
        {"epochs": 0},
    ],
)
def test_runs_of_elsewhere_say_nothing(foreign: dict[str, object]) -> None:
    past = run(of("bn"), slower=50, **foreign)  # pyright: ignore[reportArgumentType]
    assert ask(of("bn"), past) == ask(of("bn"))


def test_another_precision_says_nothing() -> None:
    assert ask(of("bn"), run(of("bn", training__precision="mixed_bfloat16"), slower=50)).basis == "guess"


def test_auto_is_where_the_latest_run_here_trained() -> None:
    card = {"device": "gpu:1", "name": "A card"}
    on_card = run(of("bn"), slower=0.1, **card)  # pyright: ignore[reportArgumentType]
    past = [run(of("bn")), on_card]
    auto = of("bn", training__device="auto")
    assert seconds(auto, *past) == pytest.approx(0.1 * truth(auto))
    assert seconds(auto, *past[::-1]) == pytest.approx(truth(auto))
    assert ask(auto, *past, device="cpu").seconds_per_epoch == pytest.approx(truth(auto))
    other_card = of("bn", training__device="gpu:2")
    assert ask(other_card, *past).basis == "guess"


def test_the_same_family_is_preferred() -> None:
    past = [run(of("bn", training__limit=3000)), run(of("iteration-iii"), slower=20)]
    other = of("bn")
    assert seconds(other, *past) == pytest.approx(truth(other), rel=0.3)
    assert ask(other, past[1]).basis == "rate", "another family is better than none"


PASTS = [(), (run(of("iteration-i")),), (run(of("iteration-ii")), run(of("recorded-i")))]


@pytest.mark.parametrize("past", PASTS, ids=["guess", "head only", "two runs"])
def test_more_work_never_takes_less_time(past: tuple[MadeUp, ...]) -> None:
    limits = [seconds(of("iteration-iii", training__limit=n), *past) for n in (500, 1000, 4000, 50_000)]
    assert limits == sorted(limits)
    points = [
        "none",
        "from:block5_conv3",
        "from:block5_conv1",
        "from:block4_conv1",
        "from:block2_conv1",
        "all",
    ]
    depths = [seconds(of("iteration-i", model__unfreeze=point), *past) for point in points]
    assert depths == sorted(depths)
    once = [ask(of("iteration-i", model__unfreeze=point), *past).once_seconds for point in points]
    assert once == sorted(once, reverse=True)
    assert once[-1] == 0
    batches = [seconds(of("bn", training__batch_size=n), *past) for n in (1, 8, 64, 512)]
    assert batches == sorted(batches, reverse=True), "more steps cost more"


@given(
    st.floats(1e-4, 1e-1),
    st.floats(1e9, 1e14),
    st.lists(st.tuples(st.floats(1e6, 1e14), st.integers(1, 5000)), min_size=1, max_size=12),
)
def test_a_fitted_speed_is_never_negative_and_never_nothing(
    step: float, rate: float, works: list[tuple[float, int]]
) -> None:
    true = Speed(step, 1 / rate)
    measured = [Timed(flops, steps, true.seconds(flops, steps)) for flops, steps in works]
    found = fit(measured, guess("cpu", HERE.cores))
    assert found.step >= 0
    assert found.operation >= 0
    assert found.step + found.operation > 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0.1 s"), (0.44, "0.4 s"), (9.94, "9.9 s"), (9.96, "10 s"), (99.4, "99 s"), (150, "2.5 min"),
        (597.2, "10 min"), (5940, "99 min"), (9000, "2.5 h"), (3.6e6, "1,000.0 h"),
    ],
)  # fmt: skip
def test_rough_times_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_this_machine_is_asked_where_none_is_given() -> None:
    machine = this_machine()
    assert (machine.host, machine.cores) == (platform.node(), os.cpu_count()) and machine.memory > 0
    assert estimate(of("bn")).seconds == ask(of("bn"), machine=machine).seconds
