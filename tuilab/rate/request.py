"""What a rate test is told: which experiment, from which weights, over which rates."""

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from tuilab.errors import UsageError
from tuilab.experiment.experiment import Experiment

LOWEST, HIGHEST, STEPS, SMOOTHING = 1e-5, 10.0, 300, 0.9
FEWEST, MOST = 20, 100_000
"""Steps of a test."""


class Span(BaseModel):
    """Over which rates, and how their losses are smoothed."""

    model_config = ConfigDict(frozen=True)

    lowest: float = LOWEST
    highest: float = HIGHEST
    steps: int = STEPS
    smoothing: Annotated[float, Field(ge=0, lt=1)] = SMOOTHING
    """How much of the moving mean is kept at each step."""


class RateRequest(BaseModel):
    """One rate test, as its process is told of it."""

    model_config = ConfigDict(frozen=True)

    experiment: Experiment
    preset: str
    """Which preset it comes from; empty for one that has none."""
    span: Span = Span()
    run: str = ""
    """The folder of the run from whose checkpoint it starts; empty: from the initial weights."""
    checkpoint: str = ""
    """Which of its checkpoints; empty: the newest that is whole."""
    parent: str = ""
    """The folder of the finished run from whose trained model it starts; empty: from none."""


def span(lowest: float, highest: float, steps: int, smoothing: float = SMOOTHING) -> Span:
    """Check a span.

    Raises:
        UsageError: says what is allowed.
    """
    for name, rate in (("lowest", lowest), ("highest", highest)):
        if not (math.isfinite(rate) and rate > 0):
            raise UsageError(f"--{name} {rate:g} is not allowed: a learning rate is a number above 0")
    if lowest * 2 > highest:
        raise UsageError(
            f"--lowest {lowest:g} and --highest {highest:g} are not allowed: the highest rate must be at "
            "least twice the lowest"
        )
    if not FEWEST <= steps <= MOST:
        raise UsageError(f"--steps {steps} is not allowed: it must be from {FEWEST} to {MOST:,}")
    if not 0 <= smoothing < 1:
        raise UsageError(f"--smoothing {smoothing:g} is not allowed: it must be at least 0 and below 1")
    return Span(lowest=lowest, highest=highest, steps=steps, smoothing=smoothing)
