"""What was measured of how training changed a network: layer by layer, before against after."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(max_length=2000)]


class LayerSimilarity(BaseModel):
    """How alike a layer sees the images before and after.

    Text from outside where the file is from outside.
    """

    model_config = ConfigDict(frozen=True)

    name: Text
    type: Text
    parameters: int
    trained: int
    """Parameters of it that trained."""
    similarity: Annotated[float, Field(allow_inf_nan=False)] | None
    """Centred kernel alignment; None: it says the same of all images, before or after."""


class Similarity(BaseModel):
    """A network before and after its training."""

    model_config = ConfigDict(frozen=True)

    began_with: Text
    """Where the weights before it came from: one phrase."""
    images: int
    """Test images that it was measured on."""
    batch: int
    """How many of them at a time."""
    seconds: float
    """What it took."""
    layers: Annotated[tuple[LayerSimilarity, ...], Field(min_length=1, max_length=10_000)]
    """From input to output."""
