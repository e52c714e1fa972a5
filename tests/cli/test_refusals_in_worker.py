"""What only the worker can find out is said as plainly, and leaves no more behind than it should."""

import io
import os
import pickle
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import assert_no_run_is_left, call, command, process

from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.summary import summarize

pytestmark = pytest.mark.slow

BN = ["run", "--preset", "bn", "--data", "digits", "--limit", "64", "--device", "cpu"]


def said(err: str) -> list[str]:
    """Return the lines of the refusal, which stand behind the progress."""
    lines = err.splitlines()
    (at,) = [n for n, line in enumerate(lines) if line.startswith("tuilab: ")]
    assert all(line.startswith("  - ") for line in lines[at + 1 :])
    assert "Traceback" not in err
    return lines[at:]


def test_a_batch_larger_than_the_images() -> None:
    ended = process(*BN, "--set", "training.batch_size=4096")
    assert (ended.code, ended.out) == (2, "")
    assert "4096" in said(ended.err)[0] and "64" in said(ended.err)[0]
    assert_no_run_is_left()


def test_a_loss_that_is_no_number_any_more(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--set", "optimizer.learning_rate=1e30", "--set", "training.batch_size=16", "--json"]
    ended = process(*BN, *words)
    assert (ended.code, ended.out) == (4, "")
    assert "diverged" in said(ended.err)[0] and "nan" in said(ended.err)[0]
    (run,) = store.list_runs()
    assert summarize(run).state == "failed"
    assert run.id not in call(capsys, "results").out
    assert "diverged: " in call(capsys, "show", run.id).out


def test_no_network_and_no_copy_of_cifar10() -> None:
    nowhere = "http://127.0.0.1:9"
    words = ["run", "--preset", "bn", "--data", "cifar10", "--device", "cpu"]
    ended = process(*words, https_proxy=nowhere, HTTPS_PROXY=nowhere, no_proxy="", NO_PROXY="")
    assert (ended.code, ended.out) == (3, "")
    first, *remedies = said(ended.err)
    assert "CIFAR-10" in first
    for remedy in ("--data PATH", "tuilab fetch cifar10", "--data digits"):
        assert remedy in "\n".join(remedies)
    assert_no_run_is_left()


class Boom:
    """Unpickled the ordinary way, it makes a file."""

    def __init__(self, target: Path) -> None:
        self._target = target

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._target}",)


def archive(path: Path, batch: bytes) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name in (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"):
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(batch)
            tar.addfile(info, io.BytesIO(batch))
    return path


def test_an_archive_whose_pickle_runs_code_runs_none(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    path = archive(tmp_path / "cifar-10-python.tar.gz", pickle.dumps(Boom(proof), 2))
    ended = process("run", "--preset", "bn", "--data", str(path), "--device", "cpu")
    assert (ended.code, ended.out) == (2, "")
    assert "pickle" in said(ended.err)[0] and not proof.exists()
    assert_no_run_is_left()


def test_an_archive_that_ends_early(tmp_path: Path) -> None:
    path = archive(tmp_path / "cifar-10-python.tar.gz", os.urandom(50_000))
    path.write_bytes(path.read_bytes()[:40_000])
    ended = process("run", "--preset", "bn", "--data", str(path), "--device", "cpu")
    assert (ended.code, ended.out) == (3, "")
    assert str(path) in said(ended.err)[0] and "damaged or incomplete" in said(ended.err)[0]
    assert_no_run_is_left()


def interrupted(worker_says: str, *words: str) -> tuple[int, str]:
    """Run, press Ctrl-C once the first line that begins so is there, and return code and stderr."""
    with subprocess.Popen(
        command(*words), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as running:
        assert running.stderr is not None
        lines = []
        for line in running.stderr:
            lines.append(line)
            if line.startswith(worker_says):
                running.send_signal(signal.SIGINT)
                break
        lines.append(running.stderr.read())
        return running.wait(60), "".join(lines)


def test_ctrl_c_stops_at_a_batch_and_keeps_what_was_trained(capsys: pytest.CaptureFixture[str]) -> None:
    code, err = interrupted("epoch ", *BN, "--epochs", "999")
    assert code == 130 and "Traceback" not in err
    (run,) = store.list_runs()
    summary = summarize(run)
    last = f"{run.id}: asked to stop (SIGTERM); it stopped after {len(summary.epochs)} whole epoch"
    assert "stopping at the next batch" in err and last in err
    assert f"tuilab resume {run.id} continues from " in err.splitlines()[-1]
    assert summary.state == "stopped" and len(summary.epochs) >= 1
    assert run.id not in call(capsys, "results").out


def test_ctrl_c_before_the_worker_can_listen_leaves_no_run() -> None:
    began = time.monotonic()
    code, err = interrupted("run ", *BN)
    assert code == 130 and "Traceback" not in err and "stopp" in err
    assert time.monotonic() - began < 60
    assert all(summarize(run).state == "stopped" for run in store.list_runs())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 KB."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_full(small_disk: Path) -> None:
    with (small_disk / "ballast").open("wb", buffering=0) as file:
        for size in (4096, 1024):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    os.truncate(small_disk / "ballast", (small_disk / "ballast").stat().st_size - 20_480)
    ended = process(*BN, "--epochs", "3", TUILAB_HOME=str(small_disk))
    assert (ended.code, ended.out) == (4, "")
    assert "full" in said(ended.err)[0] or "No space left" in said(ended.err)[0]


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    paths.home().parent.mkdir(parents=True, exist_ok=True)
    paths.home().write_text("a file")
    ended = process(*BN)
    assert (ended.code, ended.out) == (4, "") and str(paths.home()) in said(ended.err)[0]
    assert "TUILAB_HOME=" in said(ended.err)[1]
