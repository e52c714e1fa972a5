"""What the process of a rate test says, a line of JSON each: a run's own records, and a step at a time."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from tuilab.runs.journal.records import (
    DatasetRecord,
    DeviceRecord,
    Failed,
    NetworkRecord,
    Note,
    Number,
    Phase,
    Record,
    WeightsRecord,
)

Ending = Literal["complete", "diverged", "stopped"]


class RateStep(Record):
    """One step was trained."""

    kind: Literal["rate_step"] = "rate_step"
    step: int
    """From 1."""
    learning_rate: float
    cross_entropy: Number
    """Of the step's images, before its weights moved."""
    penalty: Number

    @property
    def loss(self) -> float:
        """What training lowers."""
        return self.cross_entropy + self.penalty


class RateEnded(Record):
    """The test is over, and nothing of it stays in the process."""

    kind: Literal["rate_ended"] = "rate_ended"
    ending: Ending
    seconds: Number
    """Of its steps."""


Said = (
    Phase
    | Note
    | DeviceRecord
    | DatasetRecord
    | WeightsRecord
    | NetworkRecord
    | RateStep
    | RateEnded
    | Failed
)
adapter: TypeAdapter[Said] = TypeAdapter(Annotated[Said, Field(discriminator="kind")])
