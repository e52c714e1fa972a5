"""A run's name: changed whole or not at all, and nothing else of it."""

import errno
import hashlib
import json
import os
import stat

import pytest

from tuilab.errors import RunError, UsageError
from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.runs.run import Run
from tuilab.runs.store import create, find, rename

EXPERIMENT = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd", momentum=0.9))


def of_a_later_version(run: Run, **more: str) -> None:
    """Write more into a run's manifest, as a version does that knows what it means."""
    table = {**json.loads((run.folder / "run.json").read_text()), **more}
    fixed = {key: value for key, value in table.items() if key not in ("seal", "name")}
    canonical = json.dumps(fixed, sort_keys=True, separators=(",", ":"))
    table["seal"] = hashlib.sha256(canonical.encode()).hexdigest()
    (run.folder / "run.json").write_text(json.dumps(table))


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_renamed_run_is_the_same_but_for_its_name(clock: list[float]) -> None:
    run = create(EXPERIMENT, preset="bn", name="first", parent="20260101-000000-bn")
    before = run.manifest()
    rename(run, "second [b]\x1b[2J\u202e")
    assert run.manifest() == before.model_copy(update={"name": "second [b]\x1b[2J\u202e"})
    assert find("latest").id == run.id, "the folder keeps its name"
    assert stat.S_IMODE((run.folder / "run.json").stat().st_mode) == 0o600
    rename(run, "")
    assert run.manifest().name == ""


def test_a_name_of_200_characters_is_the_longest() -> None:
    run = create(EXPERIMENT, preset="bn", name="first")
    rename(run, "é" * 200)
    with pytest.raises(UsageError) as caught:
        rename(run, "x\x1b" * 101)
    assert caught.value.sentence.endswith(
        "is too long for a run's name: it has 202 characters, and must have at most 200"
    )
    assert "\x1b" not in caught.value.sentence
    assert run.manifest().name == "é" * 200


def test_a_new_name_that_is_no_utf_8_is_kept_visible() -> None:
    run = create(EXPERIMENT, preset="bn")
    rename(run, "caf\udce9")
    assert run.manifest().name == "caf\\udce9"


def test_what_a_later_version_wrote_into_the_manifest_outlasts_a_new_name() -> None:
    run = create(EXPERIMENT, preset="bn")
    of_a_later_version(run, colour="red")
    rename(run, "mine")
    assert '"colour": "red"' in (run.folder / "run.json").read_text()
    assert run.manifest().name == "mine"


def test_a_run_that_is_gone_or_damaged_is_not_renamed() -> None:
    run = create(EXPERIMENT, preset="bn")
    (run.folder / "run.json").write_text("{")
    with pytest.raises(UsageError, match=r"run\.json is damaged"):
        rename(run, "mine")
    (run.folder / "run.json").unlink()
    with pytest.raises(UsageError, match="cannot be read"):
        rename(run, "mine")
    assert not (run.folder / "run.json").exists()


def test_a_full_disk_leaves_the_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    run = create(EXPERIMENT, preset="bn", name="first")
    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(RunError, match="cannot be renamed: No space left on device"):
        rename(run, "second")
    assert run.manifest().name == "first"
    assert sorted(path.name for path in run.folder.iterdir()) == [
        "checkpoints",
        "experiment.toml",
        "run.json",
    ]
