"""Whether a network is as sure as it is right.

Reliability by bins of equal mass: as many images in each, in the order of how sure the network is; the
expected calibration error is the mean over images of their bin's gap (Naeini et al. 2015, Nguyen & O'Connor
2015 for equal mass). The temperature that divides the logits is fitted on validation images by their
cross-entropy (Guo et al. 2017); it changes no answer, only how sure it is.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tuilab.runs.answers import Answers

BINS = 15
"""As many as Guo et al. use."""
LEAST, MOST = 0.05, 20.0
"""Temperatures that are looked at."""


@dataclass(frozen=True)
class Bin:
    """Images of which the network is about equally sure.

    Attributes:
        images: how many.
        low, high: the least and the most that it is sure, 0 to 1.
        sure: how sure it is, their mean.
        right: the share that is right.
    """

    images: int
    low: float
    high: float
    sure: float
    right: float


@dataclass(frozen=True)
class Calibration:
    """How sure a network is, and how right.

    Attributes:
        bins: from the least sure to the surest.
        error: the expected calibration error, 0 to 1.
        nats: the cross-entropy.
    """

    bins: tuple[Bin, ...]
    error: float
    nats: float

    @property
    def sure(self) -> float:
        """How sure it is, the mean over all images."""
        return sum(one.images * one.sure for one in self.bins) / self._images

    @property
    def right(self) -> float:
        """The share that is right."""
        return sum(one.images * one.right for one in self.bins) / self._images

    @property
    def _images(self) -> int:
        return sum(one.images for one in self.bins)


def calibration(answers: Answers, *, temperature: float = 1.0, bins: int = BINS) -> Calibration:
    """Return how sure and how right a network is, its logits divided by a temperature."""
    logs = _tempered(answers, temperature)
    sure = np.exp(logs.max(axis=1))
    order = np.argsort(sure, kind="stable")
    found = []
    for places in np.array_split(order, min(bins, len(order))):
        part = sure[places]
        found.append(
            Bin(
                images=len(places),
                low=float(part[0]),
                high=float(part[-1]),
                sure=float(part.mean()),
                right=float(answers.right[places].mean()),
            )
        )
    error = sum(one.images * abs(one.sure - one.right) for one in found) / len(order)
    return Calibration(tuple(found), error, _nats(logs, answers.labels))


def fitted_temperature(validation: Answers) -> float:
    """Return the temperature under which the cross-entropy of the validation images is least.

    Looked for between 0.05 and 20; more than 1: the network is surer than it is right.
    """
    from scipy.optimize import minimize_scalar

    logs = _logs(validation)
    labels = validation.labels

    def nats(log_temperature: float) -> float:
        return _nats(_normalized(logs / np.exp(log_temperature)), labels)

    found = minimize_scalar(nats, bounds=(np.log(LEAST), np.log(MOST)), method="bounded")
    return float(np.exp(found.x))


def _logs(answers: Answers) -> NDArray[np.float64]:
    # softmax(log p / T) is softmax(logits / T); float32 has no smaller probability but 0
    return np.log(np.maximum(answers.probabilities.astype(np.float64), np.finfo(np.float32).tiny))


def _tempered(answers: Answers, temperature: float) -> NDArray[np.float64]:
    return _normalized(_logs(answers) / temperature)


def _normalized(logs: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logs - logs.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _nats(logs: NDArray[np.float64], labels: NDArray[np.int32]) -> float:
    return float(-logs[np.arange(len(labels)), labels].mean())
