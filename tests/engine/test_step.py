"""Steps give the same numbers wherever images are held, however many go at once, compiled or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray
from small_experiments import CLASSES, MOMENTUM, new_trainer, small_cnn, small_experiment, small_split

from tuilab.engine import networks, step
from tuilab.engine.evaluation import StopRequested
from tuilab.engine.fast import quick_layers
from tuilab.engine.fast.placement import Place
from tuilab.engine.probes.batch_statistics import NAME
from tuilab.engine.probes.chosen import step_probes
from tuilab.engine.step import StepWay
from tuilab.engine.training import Trainer
from tuilab.experiment import AdamSpec, CnnSpec, OptimizerSpec
from tuilab.experiment.training import Precision
from tuilab.runs.step_rows import StepRows

pytestmark = pytest.mark.usefixtures("deterministic")

COUNT, STEPS = 88, 6
"""Images and steps: 5 of 16 images and a last one of 8."""
ADAM = AdamSpec(kind="adam", learning_rate=0.001)


def network_of(**settings: Any) -> CnnSpec:
    """Batch normalization, dropout, a penalty, and pools that do not fill the map."""
    usual = {"batch_norm": True, "bn_momentum": 0.8, "dropout": 0.5, "l2": 0.01}
    return small_cnn(**{**usual, "pool": 3, **settings})


def trainer_with(
    way: StepWay,
    at_once: int = 5,
    *,
    model: CnnSpec | None = None,
    optimizer: OptimizerSpec = MOMENTUM,
    precision: Precision = "float32",
    folder: Path | None = None,
) -> Trainer:
    """A trainer as a run makes it, that trains so many steps at once, and records in a folder."""
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy(precision)
    probes = () if folder is None else (NAME,)
    experiment = small_experiment(
        model or network_of(), optimizer, precision=precision, epochs=2, probes=probes
    )
    network = networks.build(experiment.model, CLASSES)
    recording = step_probes(
        experiment.training, network, folder or Path(), steps=STEPS, report=lambda note: None
    )
    rest = quick_layers.rebuilt(network, xla=way.xla)
    trainer = new_trainer(experiment, rest, small_split(COUNT), way=way, probes=recording)
    trainer._steps_per_call.steps = at_once
    trainer._steps_per_call.took = lambda *_: None  # type: ignore[method-assign]
    return trainer


@dataclass(frozen=True)
class Outcome:
    """What an epoch gave.

    Attributes:
        means: its numbers.
        left: weights, moving statistics and the optimizer's state.
    """

    means: dict[str, float]
    left: list[NDArray[Any]]

    @property
    def digits(self) -> tuple[dict[str, float], list[bytes]]:
        """All of it to the last digit."""
        return self.means, [values.tobytes() for values in self.left]

    def is_about(self, other: "Outcome", tolerance: float) -> None:
        """Check that the numbers are the same up to a share of themselves, or nearly 0."""
        assert self.means == pytest.approx(other.means, rel=tolerance)
        for ours, theirs in zip(self.left, other.left, strict=True):
            # a bias before a batch normalization has a gradient of rounding alone
            least = tolerance * max(0.1, float(np.abs(theirs).max()))
            np.testing.assert_allclose(ours, theirs, tolerance, least)


def state_of(trainer: Trainer) -> list[Any]:
    """Return what an epoch moves: weights, statistics, the optimizer's state."""
    return [*trainer.steps.network.weights, *trainer.steps.optimizer.variables]


def copied(variables: list[Any]) -> list[NDArray[Any]]:
    """Return what variables hold now."""
    return [np.array(variable.numpy()) for variable in variables]


def epoch_of(trainer: Trainer) -> Outcome:
    """Train the first epoch, or what is left of it."""
    means = trainer.train_epoch(1)
    assert int(np.asarray(trainer.steps.optimizer.iterations)) == STEPS
    return Outcome(means, copied(state_of(trainer)))


one_by_one = cache(lambda: epoch_of(trainer_with(StepWay(), 1)))


@pytest.mark.parametrize(
    ("place", "at_once"), [("memory", 2), ("memory", 5), ("device", 3), ("disk", 3)], ids=str
)
def test_neither_how_many_steps_go_at_once_nor_where_images_are_held_changes_a_digit(
    place: Place, at_once: int
) -> None:
    assert epoch_of(trainer_with(StepWay(place), at_once)).digits == one_by_one().digits


class Compiled:
    """A trainer whose steps are compiled, for as many epochs as tests want: compiling takes seconds.

    Attributes:
        trainer: the trainer, of images on the device; a go of compiled steps has two.
        folder: where it records batch statistics.
    """

    def __init__(self, folder: Path) -> None:
        """Compile."""
        self.folder = folder
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(step, "MOST_STEPS", 2)
            self.trainer = trainer_with(StepWay("device", xla=True), folder=folder)
        self.start = copied(state_of(self.trainer))

    def restart(self, at_once: int = 5) -> Trainer:
        """Go back to where it began."""
        self.trainer._steps_per_call.steps = at_once
        self.trainer._under_way = self.trainer._step = 0
        self.go_to(self.start)
        return self.trainer

    def go_to(self, state: list[NDArray[Any]]) -> None:
        """Take weights and the optimizer's state."""
        for variable, values in zip(state_of(self.trainer), state, strict=True):
            variable.assign(values)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory, deterministic: None) -> Iterator[Compiled]:
    yield Compiled(tmp_path_factory.mktemp("probes"))


def test_an_epoch_of_compiled_steps_is_that_of_the_plain_graph_to_rounding(compiled: Compiled) -> None:
    epoch_of(compiled.restart()).is_about(one_by_one(), 1e-4)


def test_compiling_ahead_trains_nothing(compiled: Compiled) -> None:
    trainer = compiled.restart()
    assert trainer.steps.to_compile
    trainer.steps.compile()
    for now, before in zip(copied(state_of(trainer)), compiled.start, strict=True):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize("place", ["memory", "disk"])
def test_single_steps_are_compiled_as_the_first_is_taken(place: Place) -> None:
    trainer = trainer_with(StepWay(place, xla=True))
    assert not trainer.steps.to_compile
    trainer.steps.compile()
    assert int(np.asarray(trainer.steps.optimizer.iterations)) == 0


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_how_many_compiled_steps_go_at_once_changes_no_digit(compiled: Compiled, at_once: int) -> None:
    """Nor does it if they are more than were compiled to go at once: five, where that are two."""
    assert epoch_of(compiled.restart(at_once)).digits == epoch_of(compiled.restart(3)).digits


def test_a_compiled_epoch_that_was_stopped_in_its_middle_ends_with_the_same_digits(
    compiled: Compiled,
) -> None:
    whole = epoch_of(compiled.restart(2))
    trainer, asked = compiled.restart(2), iter([False, False, True])
    with pytest.MonkeyPatch.context() as patch, pytest.raises(StopRequested):
        patch.setattr(trainer, "_should_stop", lambda: next(asked))
        trainer.train_epoch(1)
    position = trainer.position()
    between = copied(state_of(trainer))
    assert position.step == 4
    compiled.restart(2).train_epoch(2)
    compiled.go_to(between)
    trainer.resume_from(position)
    assert epoch_of(trainer).digits == whole.digits


def test_what_probes_record_of_compiled_steps_is_what_they_record_of_others(
    compiled: Compiled, tmp_path: Path
) -> None:
    plain = trainer_with(StepWay(), folder=tmp_path)
    told = []
    for trainer, folder in ((compiled.restart(), compiled.folder), (plain, tmp_path)):
        trainer.train_epoch(1)
        told.append(StepRows.of(folder / NAME))
    ours, theirs = told
    assert ours.layout == theirs.layout and ours.whole(1).shape == theirs.whole(1).shape
    np.testing.assert_allclose(ours.whole(1), theirs.whole(1), rtol=1e-4, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["memory", "device", "disk"])
@pytest.mark.parametrize(
    "optimizer",
    [ADAM, MOMENTUM.model_copy(update={"clip_norm": 0.1, "nesterov": True})],
    ids=["Adam", "clipped SGD"],
)
def test_other_optimizers_and_images_held_elsewhere_are_compiled_to_the_same_numbers(
    optimizer: OptimizerSpec, place: Place
) -> None:
    # before a batch normalization, Adam makes whole steps of a bias's rounding
    model = network_of(bn_position="after") if optimizer is ADAM else network_of()
    ours, theirs = (
        epoch_of(trainer_with(StepWay(place, xla=xla), model=model, optimizer=optimizer))
        for xla in (True, False)
    )
    ours.is_about(theirs, 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["memory", "disk"])
def test_how_many_steps_go_at_once_changes_no_digit_of_compiled_ones_elsewhere(place: Place) -> None:
    one, other = (epoch_of(trainer_with(StepWay(place, xla=True), at_once)) for at_once in (2, 5))
    assert one.digits == other.digits


@pytest.mark.slow
def test_as_many_steps_as_there_are_in_an_epoch_are_compiled_to_go_at_once(compiled: Compiled) -> None:
    whole = epoch_of(trainer_with(StepWay("device", xla=True)))
    whole.is_about(epoch_of(compiled.restart()), 1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_in_half_precision_they_are_the_same_to_the_rounding_of_half_precision(precision: Precision) -> None:
    """XLA keeps more digits between operations that it fuses: five hundredths are enough after six steps."""
    ours, theirs = (epoch_of(trainer_with(StepWay(xla=xla), precision=precision)) for xla in (True, False))
    assert ours.means == pytest.approx(theirs.means, rel=0.05)


@pytest.mark.slow
def test_compiled_steps_whose_scaled_gradients_overflow_are_left_out_too() -> None:
    trainer = trainer_with(StepWay(xla=True), precision="mixed_float16")
    optimizer = trainer.steps.optimizer
    optimizer.dynamic_scale.assign(2.0**18)
    means = trainer.train_epoch(1)
    assert 1 < float(optimizer.dynamic_scale) < 2.0**18, "some steps overflowed, and some did not"
    assert int(optimizer.inner_optimizer.iterations) < STEPS
    assert 0 < means["gradient_norm"] < 100
