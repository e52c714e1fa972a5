"""What is trained both ways: a preset, its parents before it, on the bench's images and weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment, learns
from tuilab.experiment.held_out import held_out_from
from tuilab.lab.plan import plan


@dataclass(frozen=True)
class Job:
    """One thing to train.

    Attributes:
        preset: the one that was requested; the last of the steps.
        steps: preset and experiment of each training, parents first.
        assignments: ``--set`` texts.
        options: dotted settings besides, as ``tuilab run``'s own options give them.
    """

    preset: str
    steps: tuple[tuple[str, Experiment], ...]
    assignments: tuple[str, ...]
    options: Mapping[str, Any]

    @property
    def weights(self) -> str | None:
        """Path of the base's weights; None for a network that has none or begins at random."""
        weights = self.steps[0][1].weights
        return None if weights == "random" else weights

    def words(self) -> list[str]:
        """Return what stands behind ``tuilab run`` to train it."""
        settings = [*self.assignments, *(f"{key}={value}" for key, value in self.options.items())]
        return ["--preset", self.preset, *(word for text in settings for word in ("--set", text))]


def weights_of(preset: str, given: str | None) -> str | None:
    """Return which weights a preset's base starts from: those given, else its own; None without a base."""
    own = presets.find(preset).experiment.weights
    return own if own is None or given is None else given


def job(
    preset: str,
    assignments: Sequence[str],
    *,
    images: Path,
    weights: Path | None,
    device: str,
    epochs: int | None = None,
) -> Job:
    """Plan what is trained.

    Args:
        preset: its name.
        assignments: ``--set`` texts.
        images: the ``.npz`` that both ways read; no run of the person's own was trained on it, so parents
            are always trained too.
        weights: the base's; None for a network without one, or for random ones.
        device: ``auto``, ``cpu`` or ``gpu:K``.
        epochs: of the preset itself; its parents keep theirs. None: the preset's.

    Raises:
        UsageError: an unknown preset or setting, or a value that is not allowed.
    """
    options: dict[str, Any] = {"data.source": str(images), "training.device": device}
    if epochs is not None:
        options["training.epochs"] = epochs
    if presets.find(preset).experiment.weights is not None:
        options["model.weights"] = "random" if weights is None else str(weights)
    steps = plan(preset, assignments, options)
    if not all(learns(step.experiment.model) for step in steps):
        raise UsageError(
            f"{preset} trains nothing, so there is no training to measure; choose another preset"
        )
    return Job(preset, tuple((step.preset, step.experiment) for step in steps), tuple(assignments), options)


def refuse_few_images(job: Job, images: int) -> None:
    """Refuse so few training images that one of the experiments could not make a batch of them.

    Raises:
        UsageError: says which.
    """
    for name, experiment in job.steps:
        training = experiment.training
        used = min(training.limit or images, images)
        kept = held_out_from(used) if training.holds_out else used
        if training.batch_size > kept:
            raise UsageError(
                f"--images {images} is not allowed: {name} trains in batches of {training.batch_size}, and "
                f"{kept} training images would be left; use more images"
            )
