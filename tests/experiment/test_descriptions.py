"""Every setting says what it is, in the words below its field."""

import pytest

from tuilab.experiment import experiment, optimizers
from tuilab.experiment.descriptions import descriptions
from tuilab.experiment.experiment import CnnSpec, Part

PARTS = {
    part: None
    for module in (experiment, optimizers)
    for part in vars(module).values()
    if isinstance(part, type) and issubclass(part, Part)
}


@pytest.mark.parametrize("part", PARTS)
def test_every_setting_is_described(part: type[Part]) -> None:
    assert set(descriptions(part)) == set(part.model_fields) - {"kind"}
    assert all(descriptions(part).values())


def test_a_description_of_several_lines_is_whole() -> None:
    text = descriptions(CnnSpec)["bn_momentum"]
    assert text.startswith("How slowly the moving mean") and text.endswith("used at inference.")
