"""The chosen images and weights take only the place that a preset leaves to them."""

from pathlib import Path

import pytest
from obstacles import OBSTACLES, no_waiting, put
from other_base import with_other_base

from tuilab import presets
from tuilab.experiment.overrides import with_overrides
from tuilab.lab import data_choice
from tuilab.lab.data_choice import DataChoice


def test_the_usual_ground_changes_nothing() -> None:
    assert all(DataChoice().settings(preset.experiment) == {} for preset in presets.load_all())


def test_digits_take_the_place_of_cifar10() -> None:
    experiment = presets.find("bn-l2").experiment
    settings = DataChoice(source="digits").settings(experiment)
    assert settings == {"data.source": "digits"}
    assert with_overrides(experiment, settings).data.source == "digits"


def test_a_weight_file_reaches_transfer_learning_alone_and_its_own_base(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = DataChoice(weights="/w/vgg16.h5")
    assert chosen.settings(presets.find("iteration-i").experiment) == {"model.weights": "/w/vgg16.h5"}
    assert chosen.settings(presets.find("bn").experiment) == {}
    with_other_base(monkeypatch)
    other = with_overrides(presets.find("iteration-i").experiment, {"model.base": "other"})
    assert chosen.settings(other) == {}


def test_a_preset_that_says_what_it_wants_keeps_it() -> None:
    own = with_overrides(
        presets.find("iteration-i").experiment, {"data.source": "digits", "model.weights": "random"}
    )
    assert DataChoice(source="/images", weights="/w.h5").settings(own) == {}


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "home" / "ground.json"
    assert data_choice.load(path) == (None, "")
    data_choice.save(path, DataChoice(source="/images", weights="/w.h5"))
    assert data_choice.load(path) == (DataChoice(source="/images", weights="/w.h5"), "")


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"source": ""}', b'{"sources": "digits"}', b"3"])
def test_a_broken_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ground.json"
    path.write_bytes(content)
    chosen, problem = data_choice.load(path)
    assert chosen is None
    assert "ground.json" in problem and "choose them again" in problem


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_choice_that_is_no_file_is_said_and_not_waited_for(obstacle: str, tmp_path: Path) -> None:
    put(obstacle, tmp_path / "ground.json")
    with no_waiting():
        found, why = data_choice.load(tmp_path / "ground.json")
    assert found is None and "cannot be read" in why
