"""A person's own presets: found beside tuilab's, and a broken one stands in nobody's way."""

import os
import time
from pathlib import Path

import pytest

from tuilab import presets
from tuilab.errors import UsageError
from tuilab.experiment import with_overrides
from tuilab.files import paths
from tuilab.presets import find, load_all, problems

GOOD = """\
title = "my try"
family = "cnn"
order = 900
lesson = "batch-normalization"
teaches = "whether it works"
[experiment.model]
kind = "cnn"
[experiment.optimizer]
kind = "sgd"
"""


def put(name: str, text: str = GOOD) -> Path:
    path = presets.own_folder() / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def names() -> list[str]:
    return [preset.name for preset in load_all() if preset.own]


def test_without_a_folder_there_are_none_and_none_is_made() -> None:
    assert names() == []
    assert problems() == ()
    assert not paths.config().exists()
    assert presets.folders() == (presets.folder(), paths.config() / "presets")


def test_ones_own_presets_stand_behind_tuilabs_in_their_order() -> None:
    shipped = load_all()
    put("second", GOOD.replace("900", "2"))
    put("first", GOOD.replace("900", "1"))
    assert [preset.name for preset in load_all()] == [*(p.name for p in shipped), "first", "second"]
    assert not any(preset.own for preset in shipped)
    assert find("first").own
    assert find("first").title == "my try"


def test_a_new_changed_or_deleted_file_is_noticed() -> None:
    put("mine")
    assert names() == ["mine"]
    path = put("other")
    assert names() == ["mine", "other"]
    path.write_text(GOOD.replace("my try", "my tri"))
    os.utime(path, ns=(time.time_ns(), time.time_ns()))
    assert find("other").title == "my tri"
    path.unlink()
    assert names() == ["mine"]


def test_a_broken_file_is_told_and_the_others_hold() -> None:
    put("good")
    put("broken", GOOD.replace('kind = "cnn"', 'kind = "cmn"'))
    put("worse", "title = ")
    (presets.own_folder() / "latin.toml").write_bytes(b"title = '\xff'")
    put("My Try")
    assert names() == ["good"]
    assert len(problems()) == 4
    assert any(
        said.startswith("in preset broken.toml: experiment.model.kind = 'cmn' is not") for said in problems()
    )
    assert all("\n" not in said for said in problems())


def test_asking_for_a_broken_one_says_what_is_wrong_with_it() -> None:
    put("broken", GOOD + "momentum = 2\n")
    with pytest.raises(UsageError, match=r"in preset broken\.toml: experiment\.optimizer\.momentum = 2"):
        find("broken")


def test_a_name_of_tuilabs_is_refused_and_tuilabs_stays() -> None:
    put("bn")
    assert find("bn").title != "my try"
    assert problems() == (
        "your own preset bn.toml is ignored: tuilab has a preset of that name; rename the file",
    )


def test_a_file_in_place_of_the_folder_is_told() -> None:
    paths.config().mkdir(parents=True)
    presets.own_folder().write_text("a file")
    assert names() == []
    assert problems() == (f"your own presets in {presets.own_folder()} cannot be read: Not a directory",)


def test_what_is_no_plain_file_is_left_alone() -> None:
    put("mine")
    (presets.own_folder() / "folder.toml").mkdir()
    (presets.own_folder() / ".hidden.toml").write_text("an editor's")
    (presets.own_folder() / "notes.txt").write_text("mine")
    os.mkfifo(presets.own_folder() / "pipe.toml")
    (presets.own_folder() / "gone.toml").symlink_to("nowhere")
    assert names() == ["mine"]
    assert problems() == ()


def test_escape_sequences_of_a_file_reach_no_sentence() -> None:
    put("mine", GOOD.replace('"cnn"', '"\\u001b[2J"'))
    (presets.own_folder() / "\x1b[2J.toml").write_text(GOOD)
    assert len(problems()) == 2
    assert all("\x1b" not in said for said in problems())


def test_a_preset_of_ones_own_can_be_changed_like_any() -> None:
    put("mine")
    assert with_overrides(find("mine").experiment, {"training.epochs": 2}).training.epochs == 2


def test_looking_again_costs_next_to_nothing() -> None:
    """A table of runs asks for a preset a row."""
    for n in range(20):
        put(f"mine-{n}")
    load_all()
    began = time.perf_counter()
    for _ in range(20):
        load_all()
    assert (time.perf_counter() - began) / 20 < 0.01
