"""What the environment tells TensorFlow and Keras: refused, recorded, or kept from them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tuilab.errors import UsageError
from tuilab.machine.environment import (
    LONGEST,
    OPERATIONS,
    THREADS,
    check_environment,
    hide_keras_settings,
    most_threads,
    switches,
    threads,
)


@pytest.mark.parametrize("text", ["", " ", "0"])
def test_a_number_of_threads_may_be_left_open(text: str) -> None:
    assert threads(THREADS, {THREADS: text}) is None
    assert threads(THREADS, {}) is None


@pytest.mark.parametrize("text", ["1", " 2 ", str(most_threads())])
def test_a_number_of_threads_is_taken(text: str) -> None:
    assert threads(OPERATIONS, {OPERATIONS: text}) == int(text)


@pytest.mark.parametrize("text", ["-1", "10000", "two", "1.5", "²", "1" * 5000, "+1", "1e2", "\x1b[2J"])
@pytest.mark.parametrize("name", [THREADS, OPERATIONS])
def test_a_number_that_tensorflow_dies_of_is_refused(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(UsageError) as caught:
        check_environment()
    assert caught.value.sentence.startswith(f"{name}=")
    assert caught.value.sentence.endswith(f"it must be a whole number from 1 to {most_threads()}")
    assert "\x1b" not in caught.value.sentence and len(caught.value.sentence) < 300


def test_only_switches_that_change_digits_are_recorded_and_none_at_length() -> None:
    environment = {
        "TF_DISABLE_MKL": "1",
        "XLA_FLAGS": "x" * 5000,
        "NVIDIA_TF32_OVERRIDE": "",
        "TF_VAR_key": "s",
    }
    found = switches(environment)
    assert sorted(found) == ["TF_DISABLE_MKL", "XLA_FLAGS"]
    assert found["TF_DISABLE_MKL"] == "1" and len(found["XLA_FLAGS"]) <= LONGEST + 1


IMPORT = """
import os, sys
from tuilab.files import paths
from tuilab.machine.environment import hide_keras_settings
hide_keras_settings(os.environ)
import keras
print(keras.config.backend(), keras.config.image_data_format(), keras.config.floatx(), paths.keras_cache())
"""
DAMAGED = {
    "a list": "[]",
    "another time": json.dumps({"backend": "theano", "image_data_format": "th", "floatx": "float128"}),
}


@pytest.mark.slow
@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_persons_keras_settings_cannot_hurt(text: str, tmp_path: Path) -> None:
    (tmp_path / "keras.json").write_text(text)
    environment = {
        **os.environ,
        "KERAS_HOME": str(tmp_path),
        "KERAS_MAX_EPOCHS": "many",
        "KERAS_BACKEND": "jax",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", IMPORT], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["tensorflow", "channels_last", "float32", str(tmp_path)]
    assert [p.name for p in tmp_path.iterdir()] == ["keras.json"]
    assert (tmp_path / "keras.json").read_text() == text


def test_hiding_keras_settings_twice_still_remembers_where_they_are() -> None:
    environment = {"KERAS_HOME": "/somewhere", "KERAS_NNX_ENABLED": "1"}
    hide_keras_settings(environment)
    once = dict(environment)
    hide_keras_settings(environment)
    assert environment == once and "KERAS_NNX_ENABLED" not in once
    assert (once["KERAS_HOME"], once["TUILAB_KERAS_HOME"]) == (os.devnull, "/somewhere")
