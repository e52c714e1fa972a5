"""How fast this machine trains, learned from what earlier runs took.

A step costs a little whatever it computes, so two numbers are fitted to the runs that were: seconds
a step and seconds an operation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tuilab.advice.card_speeds import guess_of
from tuilab.experiment.training import Precision
from tuilab.machine.gpus import Gpu

CORE_FLOPS = 40e9
"""Operations a second of one core, where nothing was measured: a modest guess."""

GUESSED_STEP = 0.003
"""Seconds a step costs besides its operations, where nothing was measured."""

TRUST_IN_GUESS = 0.01
"""Weight of the guesses beside one measured run: they decide only what the runs leave open."""

ROUNDS, GOOD_FIT = 8, 0.02
"""Rounds of the fit, and the relative error below which an epoch fits well."""


@dataclass(frozen=True)
class Timed:
    """An epoch that was measured: its floating-point operations, its steps, and the seconds it took."""

    flops: float
    steps: int
    seconds: float


@dataclass(frozen=True)
class Speed:
    """Seconds a step and seconds an operation, neither negative."""

    step: float
    operation: float

    def seconds(self, flops: float, steps: int) -> float:
        """Return what some work takes: a step's cost for each step, an operation's for each operation."""
        return self.step * steps + self.operation * flops


def guess(
    device: str,
    cores: int,
    gpu: Gpu | None = None,
    precision: Precision = "float32",
) -> Speed:
    """Return a modest guess where nothing was measured.

    Args:
        device: ``cpu`` or ``gpu:K``.
        cores: of the CPU.
        gpu: the one that ``gpu:K`` means; None: not known.
        precision: what a GPU computes in.
    """
    flops = CORE_FLOPS * cores if device == "cpu" else guess_of(gpu, precision)
    return Speed(GUESSED_STEP, 1 / flops)


def fit(measured: Sequence[Timed], guessed: Speed) -> Speed:
    """Return the speed under which the measured epochs took what they took, as nearly as may be.

    With ``a`` and ``b`` the two numbers as multiples of the guess, it makes the sum over epochs of
    (a x + b y - 1)^2 small, x and y being the shares of an epoch's time that the guess gives to its
    steps and its operations; and (a - 1)^2 and (b - 1)^2 besides, with a small weight. An epoch that
    fits badly (something else used the machine) counts less in each round.
    """
    shares = [
        (guessed.step * one.steps / one.seconds, guessed.operation * one.flops / one.seconds)
        for one in measured
    ]
    a = b = 1.0
    for _ in range(ROUNDS):
        weights = [1 / max(abs(a * x + b * y - 1), GOOD_FIT) for x, y in shares]
        heaviest = max(weights, default=1.0)
        rows = [(x, y, w / heaviest) for (x, y), w in zip(shares, weights, strict=True)]
        xx = TRUST_IN_GUESS + sum(w * x * x for x, _, w in rows)
        yy = TRUST_IN_GUESS + sum(w * y * y for _, y, w in rows)
        xy = sum(w * x * y for x, y, w in rows)
        x1 = TRUST_IN_GUESS + sum(w * x for x, _, w in rows)
        y1 = TRUST_IN_GUESS + sum(w * y for _, y, w in rows)
        determinant = xx * yy - xy * xy
        a, b = (x1 * yy - y1 * xy) / determinant, (y1 * xx - x1 * xy) / determinant
        if a < 0:
            a, b = 0.0, y1 / yy
        elif b < 0:
            a, b = x1 / xx, 0.0
    return Speed(a * guessed.step, b * guessed.operation)
