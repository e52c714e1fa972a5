"""What was measured of a trained network on test images made harder."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ShiftName = Literal["blur", "noise", "contrast"]
"""A way to make images harder."""
Share = Annotated[float, Field(ge=0, le=1)]
Nats = Annotated[float, Field(allow_inf_nan=False)] | None


class OnShifted(BaseModel):
    """What it says of images that are shifted in one way.

    Attributes:
        name: how.
        strength: of a blur its standard deviation in pixels of 32 across, of noise that of 1, of contrast
            what is left of it.
        accuracy: the share that is right.
        cross_entropy: in nats; None where it is not finite.
    """

    model_config = ConfigDict(frozen=True)

    name: ShiftName
    strength: float
    accuracy: Share
    cross_entropy: Nats


class Shifts(BaseModel):
    """What it says of the images as they are, and of the same images shifted.

    Attributes:
        images: how many test images.
        accuracy, cross_entropy: of the images as they are.
        shifted: from weak to strong for each way.
        seconds: what it took.
    """

    model_config = ConfigDict(frozen=True)

    images: Annotated[int, Field(ge=1)]
    accuracy: Share
    cross_entropy: Nats
    shifted: Annotated[tuple[OnShifted, ...], Field(min_length=1, max_length=100)]
    seconds: float
