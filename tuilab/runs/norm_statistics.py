"""What was measured of a network under several statistics of its batch normalizations."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from tuilab.runs.answers import Part
from tuilab.runs.measurements import MeasurementName

NAME: MeasurementName = "statistics"

Source = Literal["moving", "batch", "recomputed", "recomputed-as-trained"]
"""Where mean and variance come from: the moving ones, those of the batch that is evaluated, or those of
training images: with dropout as it is evaluated, or with dropout on as in training."""


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings")


class Score(_Form):
    """What the network reaches in one way."""

    source: Source
    dropout: bool
    """Whether dropout is on while it is evaluated."""
    accuracy: float
    cross_entropy: float


class EpochScores(_Form):
    """What it reached with the weights after an epoch, without dropout."""

    epoch: int
    scores: tuple[Score, ...]

    def score(self, source: Source) -> Score | None:
        """Return what it reached in one way; None: that was not measured."""
        return next((one for one in self.scores if one.source == source), None)


class MeasuredNorm(_Form):
    """One batch normalization at the end; of many channels the median."""

    layer: Annotated[str, Field(max_length=200)]
    channels: int
    shift: float
    """The variance of its input with dropout off, divided by that with dropout on."""
    mean_gap: float
    """How far its moving mean is from that of training images, dropout on, in standard deviations."""
    variance_gap: float
    """How far its moving variance is, as a share of theirs."""
    gamma: tuple[float, float, float]
    """The least, the middle and the largest of its channels."""
    beta: tuple[float, float, float]


class NormStatistics(_Form):
    """What was measured of a run."""

    version: Literal[1] = 1
    part: Part
    images: int
    """That it was evaluated on."""
    batch: int
    """Images of a batch."""
    recomputed_from: int
    """Training images."""
    dropout: bool
    """Whether the network has any."""
    final: tuple[Score, ...]
    epochs: tuple[EpochScores, ...]
    """Of the checkpoints that were kept, and of the end."""
    norms: tuple[MeasuredNorm, ...]
