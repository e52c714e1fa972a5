"""What was measured of a run comes back whole, or as a sentence on why it does not."""

import pytest
from finished_runs import finished_run
from pydantic import BaseModel

from tuilab.errors import MissingError
from tuilab.runs import measurements


class Norms(BaseModel):
    layers: list[str]
    norms: list[float]


def test_what_was_saved_is_loaded() -> None:
    run, found = finished_run(), Norms(layers=["conv_1"], norms=[0.1 + 0.2])
    measurements.save(run, "answers", found)
    assert measurements.load(run, "answers", Norms) == found


def test_what_was_never_measured_says_how_to() -> None:
    with pytest.raises(MissingError, match="has no measured answers yet") as caught:
        measurements.load(finished_run(), "answers", Norms)
    assert "--measure" in caught.value.remedies[0]


@pytest.mark.parametrize("place", [0, 20, 80, -2])
def test_a_changed_byte_is_found(place: int) -> None:
    run = finished_run()
    measurements.save(run, "answers", Norms(layers=["conv_1"], norms=[1.5]))
    path = measurements.path_of(run, "answers")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(MissingError, match="is damaged"):
        measurements.load(run, "answers", Norms)
