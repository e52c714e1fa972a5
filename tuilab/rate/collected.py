"""A rate test as one value: what its process has said so far."""

from dataclasses import dataclass, field

from tuilab.rate.curve import Reading, read
from tuilab.rate.request import RateRequest
from tuilab.rate.said import Ending, RateEnded, RateStep, Said
from tuilab.rate.words import sentences
from tuilab.runs.journal.records import DatasetRecord, DeviceRecord, WeightsRecord


@dataclass
class Collected:
    """Grows by ``take``.

    Attributes:
        request: what is tested.
        rates, cross_entropies, penalties: of each step so far.
        ending: how it ended; None: it has not.
        seconds: of its steps.
    """

    request: RateRequest
    rates: list[float] = field(default_factory=list)
    cross_entropies: list[float] = field(default_factory=list)
    penalties: list[float] = field(default_factory=list)
    ending: Ending | None = None
    seconds: float = 0.0
    device: DeviceRecord | None = None
    dataset: DatasetRecord | None = None
    weights: WeightsRecord | None = None

    def take(self, record: Said) -> None:
        """Take what was said next; most kinds change nothing."""
        if isinstance(record, RateStep):
            self.rates.append(record.learning_rate)
            self.cross_entropies.append(record.cross_entropy)
            self.penalties.append(record.penalty)
        elif isinstance(record, RateEnded):
            self.ending, self.seconds = record.ending, record.seconds
        elif isinstance(record, DeviceRecord):
            self.device = record
        elif isinstance(record, DatasetRecord):
            self.dataset = record
        elif isinstance(record, WeightsRecord):
            self.weights = record

    @property
    def own(self) -> float:
        """The rate that the experiment has."""
        return self.request.experiment.optimizer.learning_rate

    @property
    def limits(self) -> tuple[float, float]:
        """The lowest and the highest rate."""
        return self.request.span.lowest, self.request.span.highest

    @property
    def losses(self) -> list[float]:
        """What training lowers: cross-entropy and penalty of each step together."""
        return [a + b for a, b in zip(self.cross_entropies, self.penalties, strict=True)]

    def reading(self) -> Reading:
        """Return what the losses come to so far."""
        return read(self.rates, self.losses, self.request.span.smoothing)

    def verdict(self, reading: Reading) -> list[str]:
        """Return the verdict in sentences; none before the end."""
        if self.ending is None or not self.rates:
            return []
        return sentences(reading, self.own, self.ending, self.rates[-1], self.limits[1])
