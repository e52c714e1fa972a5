"""What the shell completes: presets, runs, settings; quick, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from finished_runs import finished_run

from tuilab.files import paths
from tuilab.runs.trash import trash

HEAVY = {"tensorflow", "keras", "textual", "pandas", "numpy", "h5py", "sklearn", "plotext", "rich"}


def complete(line: str) -> tuple[list[str], set[str]]:
    """Return what bash is offered for the last word of a line, and the modules that took."""
    words = line.split(" ")
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print('loaded', *sorted(sys.modules), file=sys.stderr))\n"
        "from tuilab.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        env={
            **os.environ,
            "_TUILAB_COMPLETE": "complete_bash",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
        },
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.split(), set(done.stderr.partition("loaded ")[2].split())


def test_presets_are_completed_and_nothing_heavy_is_loaded() -> None:
    words, modules = complete("tuilab run --preset bn-")
    assert words[:2] == ["bn-momentum", "bn-l2"] and all(word.startswith("bn-") for word in words)
    assert not modules & HEAVY


def test_runs_are_completed_the_newest_first() -> None:
    older, newer = finished_run("bn"), finished_run("bn-l2")
    words, modules = complete("tuilab show ")
    assert words == ["latest", newer.id, older.id] and not modules & HEAVY
    assert complete(f"tuilab fork {newer.id[:-1]}")[0] == [newer.id]


def test_deleted_runs_are_completed_where_one_is_brought_back() -> None:
    kept, gone = finished_run("bn"), finished_run("bn-l2")
    trash(gone)
    words, modules = complete("tuilab trash restore ")
    assert words == ["latest", gone.id] and not modules & HEAVY
    assert complete("tuilab show ")[0] == ["latest", kept.id]


def test_settings_of_the_preset_are_completed_with_their_values_where_they_are_few() -> None:
    assert complete("tuilab run -p bn --set model.bn_")[0] == [
        "model.bn_position=before",
        "model.bn_position=after",
        "model.bn_momentum=",
    ]
    assert complete("tuilab run -p iteration-i --set model.bn_")[0] == [], "it has no such setting"
    kinds = complete("tuilab run -p bn --set optimizer.k")[0]
    assert {"optimizer.kind=adamw", "optimizer.kind=rmsprop"} <= set(kinds)


def test_data_sets_and_downloads_are_completed() -> None:
    words, modules = complete("tuilab run --data cifar")
    assert words == ["cifar10", "cifar100"] and not modules & HEAVY
    assert complete("tuilab run --data ./")[0] == [], "a path is the shell's own to complete"
    assert complete("tuilab fetch ")[0][-1] == "vgg16"


def test_settings_of_the_run_are_completed_for_a_fork() -> None:
    run = finished_run("iteration-i")
    assert complete(f"tuilab fork {run.id} --set model.ba")[0] == ["model.base=vgg16"], "and no batch_norm"
    assert complete(f"tuilab fork {run.id} --set model.unf")[0] == ["model.unfreeze="]


@pytest.mark.parametrize("line", ["tuilab run -p nothing --set ", "tuilab fork 2026 --set ", "tuilab show "])
def test_what_cannot_be_read_completes_nothing(line: str) -> None:
    paths.runs().parent.mkdir(parents=True, exist_ok=True)
    paths.runs().write_text("no folder")
    assert set(complete(line)[0]) <= {"latest"}


@pytest.mark.parametrize(("shell", "file"), [("bash", ".bashrc"), ("zsh", ".zshrc")])
def test_completion_is_installed_for_the_shell_that_asks(shell: str, file: str, tmp_path: Path) -> None:
    shells = {"bash": ["bash", "-c"], "zsh": ["bash", "-c"]}
    command = f'"{sys.executable}" -c "from tuilab.cli.main import main; main()" --install-completion; true'
    environment = {**os.environ, "HOME": str(tmp_path), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = command.replace("--install-completion", f"--install-completion {shell}")
    done = subprocess.run(
        [*shells[shell], command], capture_output=True, text=True, timeout=60, env=environment
    )
    assert f"{shell} completion installed" in done.stdout, done.stderr
    assert (tmp_path / file).exists()
