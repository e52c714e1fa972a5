"""What the parts of an experiment are made of: the base of all models, and the numbers that settings are."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError


def _refuse_bool(value: object) -> object:
    """Refuse true and false where a number is meant; pydantic would take them for 1 and 0."""
    if isinstance(value, bool):
        raise PydanticCustomError("truth_for_number", "true and false are not numbers")
    return value


Whole = Annotated[int, BeforeValidator(_refuse_bool)]
Real = Annotated[float, BeforeValidator(_refuse_bool)]
Fraction = Annotated[Real, Field(ge=0, lt=1, allow_inf_nan=False)]
Factor = Annotated[Real, Field(ge=0, allow_inf_nan=False)]
Positive = Annotated[Real, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[Whole, Field(ge=1)]
Text = Annotated[str, Field(min_length=1, max_length=4096)]


class Part(BaseModel):
    """Base of all parts: frozen, strict about unknown keys; docstrings describe fields."""

    # built when first read: a command that lists what trains decodes no experiment
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
