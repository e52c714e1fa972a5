"""How long an experiment trains, on what and from which seed, and what is kept of it."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from tuilab.experiment.part import Count, Part, Whole

Validation = Literal["last-20%", "test"]
Precision = Literal["float32", "mixed_float16", "mixed_bfloat16"]
ProbeName = Literal["batch-statistics"]


class TrainingSpec(Part):
    """How long, on what, and from which seed."""

    epochs: Annotated[Whole, Field(ge=0, le=100_000)] = 5
    """Passes over the training images; 0 where nothing is trained, and nowhere else."""

    batch_size: Count = 64
    """Images per step."""

    seed: Annotated[Whole, Field(ge=0, le=2**31 - 1)] = 1
    """Decides the initial weights, the order of the images and dropout, for each epoch from (seed, epoch)."""

    validation: Validation = "test"
    """``last-20%``: the last fifth of the training images, held out, as Keras's ``validation_split`` does.
    ``test``: the test images."""

    precision: Precision = "float32"
    """Keras's dtype policy; the mixed ones are for GPUs."""

    device: Annotated[str, Field(pattern=r"^(auto|cpu|gpu:[0-9]{1,3})$")] = "auto"
    """``auto`` (the GPU with the most free memory, else the CPU), ``cpu`` or ``gpu:K``. Not part of
    the digest."""

    deterministic: bool = True
    """Whether a GPU computes only in ways that give the same numbers every time. ``false`` may be faster
    there; the run can then not be repeated to the last digit."""

    xla: Literal["auto", "on", "off"] = "auto"
    """Whether XLA compiles the steps of training. ``auto``: on a GPU, where it pays. The results are the same
    up to float rounding. Not part of the digest."""

    limit: Count | None = None
    """Use only the first N training images, for quick tries; all test images are still used."""

    shots: Count | None = None
    """Learn from this many training images of each class only, which the seed chooses; a larger number takes
    the same ones and more. Images held out, test images and the statistics of ``standardize`` stay as they
    are."""

    features: Literal["auto", "on", "off"] = "auto"
    """Whether the output of a base's frozen part is computed once and kept. ``auto``: where that pays off
    and fits. The results are the same up to float rounding. Not part of the digest."""

    keep_checkpoints: Literal["latest", "all"] = "latest"
    """``latest``: the checkpoints of the two newest epochs and of the best one. ``all``: those of every
    epoch, so that a fork can start from any of them. Not part of the digest."""

    probes: tuple[ProbeName, ...] = ()
    """What is recorded while it trains, beside the journal. ``batch-statistics``: the mean and variance of
    every batch in every batch normalization. No number changes with it. Not part of the digest."""

    @field_validator("probes")
    @classmethod
    def _each_probe_once(cls, value: tuple[ProbeName, ...]) -> tuple[ProbeName, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a probe is named twice; name it once")
        return value

    @property
    def activation_bytes(self) -> int:
        """Bytes of each number that layers compute; weights are float32 whatever the precision."""
        match self.precision:
            case "float32":
                return 4
            case "mixed_float16" | "mixed_bfloat16":
                return 2

    @property
    def holds_out(self) -> bool:
        """Whether validation takes a part of the training images away."""
        match self.validation:
            case "last-20%":
                return True
            case "test":
                return False
