"""The store: run folders appear whole, privately, under names of their own, or not at all."""

import errno
import hashlib
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from store_clock import NOON

from tuilab.errors import RunError, UsageError
from tuilab.experiment import CnnSpec, Experiment, SgdSpec
from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.run import Run
from tuilab.runs.store import create, find, list_runs

EXPERIMENT = Experiment(model=CnnSpec(kind="cnn"), optimizer=SgdSpec(kind="sgd", momentum=0.9))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def everything() -> list[str]:
    return sorted(entry.name for entry in paths.runs().iterdir())


# ---- create


def test_a_run_is_a_folder_that_says_what_it_is(clock: list[float]) -> None:
    run = create(EXPERIMENT, preset="bn", name="my own \x1bwords", parent="20260101-000000-bn")
    assert run.id == "20260102-123015-bn"
    assert run.folder == paths.runs() / run.id
    assert sorted(entry.name for entry in run.folder.iterdir()) == [
        "checkpoints",
        "experiment.toml",
        "run.json",
    ]
    assert run.experiment() == EXPERIMENT
    manifest = run.manifest()
    assert (manifest.preset, manifest.name, manifest.parent) == (
        "bn",
        "my own \x1bwords",
        "20260101-000000-bn",
    )
    assert (manifest.created, manifest.experiment_digest) == (NOON, EXPERIMENT.digest)
    assert (run.journal.name, run.log.name, run.lease.name) == ("journal.jsonl", "worker.log", "lease.json")


def test_an_experiment_without_a_preset_is_called_one(clock: list[float]) -> None:
    assert create(EXPERIMENT, preset=None).id == "20260102-123015-experiment"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_only_its_owner_gets_in_whatever_the_umask(umask: int) -> None:
    paths.home().mkdir()
    before = os.umask(umask)
    try:
        run = create(EXPERIMENT, preset="bn")
    finally:
        os.umask(before)
    assert [mode(folder) for folder in (paths.runs(), run.folder, run.checkpoints)] == [0o700] * 3
    assert [mode(run.folder / name) for name in ("experiment.toml", "run.json")] == [0o600] * 2


def test_a_folder_of_runs_that_was_there_keeps_its_mode() -> None:
    paths.runs().mkdir(parents=True)
    paths.runs().chmod(0o750)
    create(EXPERIMENT, preset="bn")
    assert mode(paths.runs()) == 0o750


def test_a_name_that_is_no_utf_8_is_kept_visible() -> None:
    assert create(EXPERIMENT, preset="bn", name="caf\udce9").manifest().name == "caf\\udce9"


@pytest.mark.parametrize("preset", ["../../elsewhere", "a/b", "UPPER", "x" * 81, "\x1b[2J", "a b"])
def test_a_preset_that_cannot_name_a_folder_is_refused(preset: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="it must be lowercase letters, digits and hyphens") as caught:
        create(EXPERIMENT, preset=preset)
    assert "\x1b" not in caught.value.sentence
    assert not paths.runs().exists()
    assert list(tmp_path.iterdir()) == []


def test_names_of_one_second_are_told_apart(clock: list[float]) -> None:
    assert [create(EXPERIMENT, preset="bn").id for _ in range(3)] == [
        "20260102-123015-bn",
        "20260102-123015-bn-2",
        "20260102-123015-bn-3",
    ]


def test_threads_that_create_at_the_same_second_never_share_a_folder(clock: list[float]) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda n: create(EXPERIMENT, preset="bn", name=str(n)), range(40)))
    assert len({run.id for run in runs}) == 40
    assert [run.manifest().name for run in runs] == [str(n) for n in range(40)], "none was written over"
    assert len(everything()) == 40


def test_processes_that_create_at_the_same_second_never_share_a_folder() -> None:
    code = (
        "import sys; from tuilab.runs import store; from tuilab.experiment import *;"
        f"store.time.time = lambda: {NOON!r};"
        "e = Experiment(model=CnnSpec(kind='cnn'), optimizer=SgdSpec(kind='sgd'));"
        "print('ready', flush=True); sys.stdin.readline();"
        "[store.create(e, preset='bn', name=sys.argv[1] + str(n)) for n in range(10)]"
    )
    children = [
        subprocess.Popen(
            [sys.executable, "-c", code, who], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for who in "abc"
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        child.communicate()
        assert child.returncode == 0
    names = sorted(run.manifest().name for run in list_runs())
    assert names == [f"{who}{n}" for who in "abc" for n in range(10)]
    assert len(everything()) == 30


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("broken", ["os.fsync", "pathlib.Path.rename", "tuilab.runs.store._write"])
def test_a_full_disk_leaves_no_draft_and_is_told_in_a_sentence(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broken, no_space)
    with pytest.raises(RunError) as caught:
        create(EXPERIMENT, preset="bn")
    assert caught.value.sentence == (
        f"the run's folder cannot be created in {paths.runs()}: No space left on device"
    )
    assert any("TUILAB_HOME" in remedy for remedy in caught.value.remedies)
    assert everything() == []


@pytest.mark.parametrize("broken", ["os.fsync", "tuilab.runs.store.to_toml"])
def test_ctrl_c_leaves_no_draft(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broken, interrupt)
    with pytest.raises(KeyboardInterrupt):
        create(EXPERIMENT, preset="bn")
    assert everything() == []


@pytest.mark.parametrize("where", ["", "runs", "deeper"])
def test_a_file_where_a_folder_should_be_is_told_in_a_sentence(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("TUILAB_HOME", str(home / "a" / "b" if where == "deeper" else home))
    if where == "runs":
        home.mkdir()
    (home / where if where == "runs" else home).write_text("a file")
    with pytest.raises(RunError) as caught:
        create(EXPERIMENT, preset="bn")
    assert caught.value.sentence.startswith(f"the run's folder cannot be created in {paths.runs()}: ")
    assert caught.value.exit_code == 4
    for ask in (list_runs, lambda: find("latest")):
        with pytest.raises(RunError, match="cannot be listed: Not a directory"):
            ask()


# ---- find and list


def test_where_nothing_was_made_there_is_nothing() -> None:
    assert list_runs() == []
    assert not paths.home().exists(), "looking makes nothing"
    with pytest.raises(UsageError) as caught:
        find("latest")
    assert caught.value.sentence == f"there is no run 'latest': there are no runs yet in {paths.runs()}"


def test_runs_are_listed_oldest_first(clock: list[float]) -> None:
    made = []
    for second in (5, 3, 9, 60 * 60 * 24 * 40):
        clock[0] = NOON + second
        made.append((clock[0], create(EXPERIMENT, preset="bn").id))
    assert [run.id for run in list_runs()] == [name for _, name in sorted(made)]
    assert find("latest").id == sorted(made)[-1][1]


def test_runs_of_one_second_are_listed_in_the_order_they_were_made(clock: list[float]) -> None:
    made = []
    for n, preset in enumerate(["iteration-i", "baseline", *["bn"] * 11]):
        clock[0] = NOON + n / 1000
        made.append(create(EXPERIMENT, preset=preset).id)
    assert [run.id for run in list_runs()] == made
    assert find("latest").id == "20260102-123015-bn-11"


def test_a_run_is_found_by_its_whole_name_or_a_beginning_of_it(clock: list[float]) -> None:
    first = create(EXPERIMENT, preset="bn")
    second = create(EXPERIMENT, preset="bn")
    clock[0] += 60
    third = create(EXPERIMENT, preset="baseline")
    assert find(first.id) == first, "a whole name wins though another begins with it"
    assert find(second.id) == second
    assert find("20260102-1231") == third
    with pytest.raises(UsageError) as caught:
        find("20260102-1230")
    assert caught.value.sentence == (
        f"'20260102-1230' matches 2 runs: {first.id}, {second.id}; write more of the name"
    )


def test_a_run_that_is_not_there_names_the_nearest(clock: list[float]) -> None:
    create(EXPERIMENT, preset="bn")
    with pytest.raises(UsageError) as caught:
        find("20260102-123016-bn")
    assert caught.value.sentence == (
        "there is no run '20260102-123016-bn'; tuilab ps --all and tuilab results list them; "
        "did you mean '20260102-123015-bn'?"
    )
    with pytest.raises(UsageError) as caught:
        find("\x1b[2J" + "x" * 300)
    assert "\x1b" not in caught.value.sentence
    assert len(caught.value.sentence) < 250


def test_nothing_names_no_run() -> None:
    """An unset variable of a script must not choose the only run there is."""
    create(EXPERIMENT, preset="bn")
    with pytest.raises(UsageError, match="there is no run ''"):
        find("")


def test_foreign_folders_and_drafts_are_left_alone(clock: list[float]) -> None:
    run = create(EXPERIMENT, preset="bn")
    root = paths.runs()
    foreign = [".draft-0123456789abcdef", "my notes", "20260102-123015", "20260102-123015-"]
    for name in [*foreign, "20260102-123015-BN", "٢٠٢٦٠١٠٢-123015-bn", "20260102-123015-bn\n"]:
        (root / name).mkdir()
    (root / "20260102-123016-file").write_text("a file")
    (root / "20260102-123017-link").symlink_to(run.folder)
    assert list_runs() == [run]
    with pytest.raises(UsageError):
        find(".draft")


# ---- damaged folders


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[model", "20260102-123015-bn/experiment.toml is not valid TOML: "),
        (b"", "in 20260102-123015-bn/experiment.toml: model is missing: "),
        (b'[model]\nkind = "cnn"\npoool = 2\n[optimizer]\nkind = "sgd"\n',
         "in 20260102-123015-bn/experiment.toml: there is no setting 'model.poool'"),
    ],
)  # fmt: skip
def test_a_damaged_experiment_is_told_in_a_sentence(
    clock: list[float], content: bytes, sentence: str
) -> None:
    run = create(EXPERIMENT, preset="bn")
    (run.folder / "experiment.toml").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        run.experiment()
    assert caught.value.sentence.startswith(sentence)
    assert "\n" not in caught.value.sentence


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"preset": 3}', b'{"created": "soon"}'])
def test_a_damaged_manifest_is_told_in_a_sentence(content: bytes) -> None:
    run = create(EXPERIMENT, preset="bn")
    (run.folder / "run.json").write_bytes(content)
    with pytest.raises(UsageError) as caught:
        run.manifest()
    assert caught.value.sentence == f"{run.folder / 'run.json'} is damaged; the run cannot be shown"
    assert list_runs() == [run]


@pytest.mark.parametrize("name", ["experiment.toml", "run.json"])
@pytest.mark.parametrize("damage", ["gone", "no text", "folder"])
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(name: str, damage: str) -> None:
    run = create(EXPERIMENT, preset="bn")
    path = run.folder / name
    path.unlink()
    if damage == "no text":
        path.write_bytes(b"\xff\xfe\x00")
    elif damage == "folder":
        path.mkdir()
    with pytest.raises(UsageError) as caught:
        run.experiment() if name == "experiment.toml" else run.manifest()
    assert caught.value.sentence.startswith(f"{path} cannot be read: ")
    assert "\n" not in caught.value.sentence


def of_a_later_version(run: Run, **more: str) -> None:
    """Write more into a run's manifest, as a version does that knows what it means."""
    table = {**json.loads((run.folder / "run.json").read_text()), **more}
    fixed = {key: value for key, value in table.items() if key not in ("seal", "name")}
    canonical = json.dumps(fixed, sort_keys=True, separators=(",", ":"))
    table["seal"] = hashlib.sha256(canonical.encode()).hexdigest()
    (run.folder / "run.json").write_text(json.dumps(table))


def test_a_manifest_of_a_later_version_is_read() -> None:
    run = create(EXPERIMENT, preset="bn")
    of_a_later_version(run, mood="good")
    assert run.manifest().preset == "bn"


def test_whose_training_a_run_shares_is_sealed_and_older_manifests_say_nothing_of_it() -> None:
    leader = create(EXPERIMENT, preset="bn")
    sharer = create(EXPERIMENT, preset="bn", shares=leader.id)
    assert (leader.manifest().shares, sharer.manifest().shares) == (None, leader.id)
    path = sharer.folder / "run.json"
    path.write_text(path.read_text().replace(leader.id, "20260101-120000-bn"))
    with pytest.raises(UsageError, match="is damaged"):
        sharer.manifest()
    table = json.loads((leader.folder / "run.json").read_text())
    fixed = {key: value for key, value in table.items() if key not in ("seal", "name", "shares")}
    (leader.folder / "run.json").write_text(json.dumps({**fixed, "name": ""}))
    assert leader.manifest().shares is None
    of_a_later_version(leader, shares="../elsewhere")
    with pytest.raises(UsageError, match="is damaged"):
        leader.manifest()


def test_the_stores_pattern_takes_every_name_that_it_makes() -> None:
    longest = "20260102-123015-" + "a" * 64 + "-999"
    assert store.ID.fullmatch(longest)
