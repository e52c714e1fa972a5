"""What an experiment needs of a GPU's memory, counted from its layers before anything starts."""

from dataclasses import dataclass

from tuilab.experiment.experiment import Experiment
from tuilab.experiment.network import layer_stack, totals

FIXED_BYTES = 1 << 30
"""What a process on a GPU holds whatever it trains: CUDA's context, the workspaces of cuDNN and cuBLAS, what
XLA compiled. Seen on one H100: 0.5 GiB before the first step, 0.9 GiB while iteration-i's head trained."""


@dataclass(frozen=True)
class DeviceNeed:
    """Bytes that a training needs at least. Images held beside the network take of what is left.

    Attributes:
        weights: parameters, their gradients, and what the optimizer remembers of them.
        per_image: activations kept for the backward pass, for one image of a batch.
        batch: images of a batch.
    """

    weights: int
    per_image: int
    batch: int

    @property
    def total(self) -> int:
        """All of it, with what every process holds."""
        return FIXED_BYTES + self.weights + self.per_image * self.batch

    def largest_batch(self, free: int) -> int:
        """Return how many images of a batch fit into so many bytes; 0 if not one does."""
        left = free - FIXED_BYTES - self.weights
        return max(left // self.per_image, 0) if self.per_image else 0


def device_need(experiment: Experiment, classes: int = 10) -> DeviceNeed:
    """Count it.

    Args:
        experiment: what is trained.
        classes: units of the last layer.
    """
    whole, training = totals(layer_stack(experiment, classes)), experiment.training
    batch = min(training.batch_size, training.limit or training.batch_size)
    trained = whole.trained * (1 + experiment.optimizer.memories)
    return DeviceNeed(4 * (whole.parameters + trained), whole.activations * training.activation_bytes, batch)


def ways_to_need_less(experiment: Experiment, free: int, classes: int = 10) -> list[str]:
    """Return which changes make it fit into so many bytes of a GPU, as a person types them."""
    ways: list[str] = []
    if batch := device_need(experiment, classes).largest_batch(free):
        ways.append(f"a smaller batch: --set training.batch_size={batch} is the largest that fits")
    training = experiment.training
    halved = experiment.model_copy(
        update={"training": training.model_copy(update={"precision": "mixed_bfloat16"})}
    )
    if training.precision == "float32" and device_need(halved, classes).total <= free:
        ways.append("activations of half the size fit: --precision mixed_bfloat16")
    return ways
