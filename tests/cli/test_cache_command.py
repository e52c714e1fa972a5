"""``tuilab cache`` tells what is kept, and deletes it."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from command_line import call

from tuilab.files import paths
from tuilab.sources import feature_cache
from tuilab.sources.feature_cache import FeatureKey

KEY = FeatureKey("w1", "d1", "training", "block5_pool", "unit", "float32")


def test_an_empty_cache_says_what_would_fill_it(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "cache")
    assert ended.code == 0 and ended.out.startswith("no features are cached yet; a run with a frozen base")


def test_what_is_kept_is_listed_and_can_be_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    with feature_cache.storing(KEY, 500, (512,), "float32") as writing:
        writing.append(np.zeros((500, 512), np.float32))
    listed = call(capsys, "cache", "list").out
    assert "1.0 MB" in listed and "block5_pool, 500 training images, unit, float32" in listed
    assert "of at most 21,475 MB" in listed
    entry = json.loads(call(capsys, "cache", "list", "--json").out)
    assert (entry["layer"], entry["images"], entry["bytes"]) == ("block5_pool", 500, 1_024_128)
    assert call(capsys, "cache", "clear").out == "1.0 MB deleted\n"
    assert feature_cache.entries() == []


def test_what_could_not_be_deleted_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feature_cache, "clear", lambda: (0, {Path("/x/y"): "Read-only file system"}))
    ended = call(capsys, "cache", "clear")
    assert ended.code == 1 and ended.out == "0.0 MB deleted\n"
    assert ended.err.startswith("tuilab: /x/y could not be deleted (Read-only file system)")


def test_looking_at_the_cache_sweeps_it(capsys: pytest.CaptureFixture[str]) -> None:
    draft = paths.features() / ".draft-0123"
    draft.mkdir(parents=True)
    os.utime(draft, (0, 0))
    call(capsys, "cache")
    assert not draft.exists()
