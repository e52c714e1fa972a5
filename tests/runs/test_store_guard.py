"""The store trusts no neighbour: what another person could have filled is neither read nor written."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from finished_runs import experiment_of

from tuilab import config
from tuilab.errors import RunError, TuilabError, UsageError
from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.trash import empty_trash

EXPERIMENT = experiment_of("bn", {})
WAYS = {
    "create": lambda: store.create(EXPERIMENT, preset="bn"),
    "list": store.list_runs,
    "find": lambda: store.find("latest"),
    "empty": lambda: empty_trash(0),
}
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest):
    return WAYS[request.param]


def everything(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("place", ["home", "runs"])
def test_a_store_that_others_may_write_to_is_refused(way, place: str, tmp_path: Path) -> None:
    paths.runs().mkdir(parents=True)
    open_one = getattr(paths, place)()
    open_one.chmod(0o777)
    before = everything(tmp_path)
    with pytest.raises(RunError) as caught:
        way()
    assert caught.value.sentence == f"{open_one} is refused: others may write to it (its mode is 0777)"
    assert everything(tmp_path) == before


@root_only
@pytest.mark.parametrize("place", ["home", "runs"])
def test_another_persons_store_is_refused(way, place: str) -> None:
    store.create(EXPERIMENT, preset="bn")
    os.chown(getattr(paths, place)(), 12345, -1)
    with pytest.raises(RunError, match="is refused: it belongs to user 12345, not to root"):
        way()


@root_only
@pytest.mark.parametrize("place", ["home", "runs"])
def test_a_link_that_another_person_planted_is_refused(way, place: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.mkdir(mode=0o700)
    planted = getattr(paths, place)()
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.symlink_to(target)
    os.chown(planted, 12345, -1, follow_symlinks=False)
    with pytest.raises(RunError, match="it is a symbolic link made by user 12345, not by root"):
        way()
    assert list(target.iterdir()) == []


@pytest.mark.parametrize("place", ["home", "runs"])
def test_ones_own_link_to_a_bigger_disk_is_used(place: str, tmp_path: Path) -> None:
    target = tmp_path / "big-disk"
    target.mkdir(mode=0o700)
    linked = getattr(paths, place)()
    linked.parent.mkdir(parents=True, exist_ok=True)
    linked.symlink_to(target)
    run = store.create(EXPERIMENT, preset="bn")
    assert store.list_runs() == [run] and store.find("latest") == run
    assert (target / run.id if place == "runs" else target / "runs" / run.id).is_dir()


def test_a_link_that_leads_nowhere_is_refused_and_nothing_is_made(way, tmp_path: Path) -> None:
    paths.home().mkdir()
    paths.runs().symlink_to(tmp_path / "unplugged")
    with pytest.raises(RunError, match="it is a symbolic link that points to nothing"):
        way()
    assert not (tmp_path / "unplugged").exists()


def test_a_home_that_was_made_for_something_else_first_is_private_too() -> None:
    before = os.umask(0)
    try:
        config.remember(ascii="yes")
    finally:
        os.umask(before)
    assert stat.S_IMODE(paths.home().stat().st_mode) == 0o700
    assert store.create(EXPERIMENT, preset="bn") in store.list_runs()


def test_a_link_where_a_run_would_go_is_gone_round(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuilab.runs.store.time", SimpleNamespace(time=lambda: 1767356415.0))
    first = store.create(EXPERIMENT, preset="bn").folder
    first.rename(tmp_path / "moved")
    first.symlink_to(tmp_path / "nowhere")
    first.with_name(f"{first.name}-2").symlink_to(tmp_path / "moved")
    run = store.create(EXPERIMENT, preset="bn")
    assert run.id == f"{first.name}-3" and store.list_runs() == [run]
    assert not (tmp_path / "nowhere").exists()


def test_a_link_that_bears_a_runs_name_is_refused_in_a_sentence() -> None:
    run = store.create(EXPERIMENT, preset="bn")
    link = paths.runs() / "20990101-000000-bn"
    link.symlink_to(run.folder)
    with pytest.raises(UsageError) as caught:
        store.find(link.name)
    assert caught.value.sentence == (
        f"'{link.name}' is refused: it is a symbolic link, but a run must be a folder; remove the link"
    )


NAMES = [
    "..",
    ".",
    "../outside",
    "/etc",
    "/",
    "a\0b",
    "{epoch}",
    "-x",
    "--help",
    "x" * 300,
    "*",
    "~",
    "latest/..",
]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_that_leads_out_of_the_store_names_no_run(name: str) -> None:
    store.create(EXPERIMENT, preset="bn")
    store.create(EXPERIMENT, preset="bn").folder.rename(paths.runs().parent / "outside")
    with pytest.raises(UsageError, match="there is no run") as caught:
        store.find(name)
    assert len(caught.value.sentence) < 300 and caught.value.sentence.isprintable()


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_name_that_leads_out_of_the_store_makes_no_run(name: str, tmp_path: Path) -> None:
    try:
        run = store.create(EXPERIMENT, preset=name)
    except TuilabError as error:
        assert "it must be lowercase letters, digits and hyphens" in error.sentence
        assert everything(tmp_path) == []
    else:  # a hyphen first is harmless behind the time
        assert run.folder.parent == paths.runs() and store.list_runs() == [run]


@pytest.mark.parametrize("name", [*NAMES, "\x1b[2J", "a\nb", "\u202egpj"], ids=repr)
def test_a_persons_own_words_for_a_run_become_no_path(name: str) -> None:
    run = store.create(EXPERIMENT, preset="bn", name=name)
    before = everything(paths.home())
    assert run.manifest().name == name
    if len(name) <= store.LONGEST_NAME:
        store.rename(run, name)
        assert run.manifest().name == name
    assert everything(paths.home()) == before


@pytest.mark.parametrize(
    "parent", ["../../../etc", "/etc", "20260101-000000-bn/../..", "20260101-000000-bn\n", ""]
)
def test_a_parent_outside_the_store_is_a_damaged_manifest(parent: str) -> None:
    run = store.create(EXPERIMENT, preset="bn")
    manifest = run.folder / "run.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "parent": parent}))
    with pytest.raises(UsageError, match=r"run\.json is damaged"):
        run.manifest()


WORKER = """\
import sys
from pathlib import Path
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.runs.journal.records import Done
from tuilab.runs.run import Run
run = Run(Path(sys.argv[-1]))
held = take_lease(run.lease)
(run.checkpoints / "final").mkdir()
(run.checkpoints / "final" / "weights").write_text("written as libraries do, without a thought of modes")
JournalWriter(run.journal).append(Done(seconds=1))
held.release()
"""
STARTER = """\
import os, sys
from finished_runs import experiment_of
from tuilab.runs import store
from tuilab.runs.worker import commands, process
os.umask(0)
run = store.create(experiment_of("bn", {}), preset="bn")
sys.executable = sys.argv[1]
print([entry.record.kind for entry in process.WorkerProcess(run).follow()])
commands.ask(run, "stop")
"""


def test_everything_a_run_writes_is_private_whatever_the_umask(tmp_path: Path) -> None:
    (tmp_path / "worker.py").write_text(WORKER)
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path / "worker.py"}" "$@"\n')
    python.chmod(0o700)
    tests = Path(__file__).parents[1] / "support"
    environment = {**os.environ, "PYTHONPATH": f"{tests}:{tests.parents[1]}"}
    command = [sys.executable, "-c", STARTER, str(python)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.stdout, done.stderr) == ("['done']\n", "")
    for path in [paths.home(), *paths.home().rglob("*")]:
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    (run,) = store.list_runs()
    written = {"worker.log", "journal.jsonl", "lease.json", "lease.lock", "commands.jsonl", "run.json"}
    assert written <= {path.name for path in run.folder.iterdir()}
