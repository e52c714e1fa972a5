"""The chosen images and weights take only the place that a preset leaves to them."""

from pathlib import Path

import pytest
from obstacles import OBSTACLES, no_waiting, put

from tuilab import presets
from tuilab.spec.overrides import with_overrides
from tuilab.tui import ground
from tuilab.tui.ground import Ground


def test_the_usual_ground_changes_nothing() -> None:
    assert all(Ground().settings(preset.experiment) == {} for preset in presets.load_all())


def test_digits_take_the_place_of_cifar10() -> None:
    experiment = presets.find("bn-l2").experiment
    settings = Ground(source="digits").settings(experiment)
    assert settings == {"data.source": "digits"}
    assert with_overrides(experiment, settings).data.source == "digits"


def test_a_weight_file_reaches_transfer_learning_alone() -> None:
    chosen = Ground(weights="/w/vgg16.h5")
    assert chosen.settings(presets.find("iteration-i").experiment) == {"model.weights": "/w/vgg16.h5"}
    assert chosen.settings(presets.find("bn").experiment) == {}


def test_a_preset_that_says_what_it_wants_keeps_it() -> None:
    own = with_overrides(
        presets.find("iteration-i").experiment, {"data.source": "digits", "model.weights": "random"}
    )
    assert Ground(source="/images", weights="/w.h5").settings(own) == {}


def test_the_choice_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "home" / "ground.json"
    assert ground.load(path) == (None, "")
    ground.save(path, Ground(source="/images", weights="/w.h5"))
    assert ground.load(path) == (Ground(source="/images", weights="/w.h5"), "")


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"source": ""}', b'{"sources": "digits"}', b"3"])
def test_a_broken_file_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ground.json"
    path.write_bytes(content)
    chosen, problem = ground.load(path)
    assert chosen is None
    assert "ground.json" in problem and "choose them again" in problem


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_a_choice_that_is_no_file_is_said_and_not_waited_for(obstacle: str, tmp_path: Path) -> None:
    put(obstacle, tmp_path / "ground.json")
    with no_waiting():
        found, why = ground.load(tmp_path / "ground.json")
    assert found is None and "cannot be read" in why
