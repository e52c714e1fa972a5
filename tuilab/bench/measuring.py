"""Pairs: each job plain and with tuilab, in alternation, in fresh processes."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from tuilab import paths
from tuilab.bench.job import Job
from tuilab.bench.ways import Passage, ours, plain
from tuilab.errors import RunError
from tuilab.private import make_private
from tuilab.terminal import clean


class Watcher(Protocol):
    """Is told how it goes."""

    def say(self, text: str) -> None:
        """Show a line."""
        ...

    def at_work(self, text: str) -> AbstractContextManager[object]:
        """Show what is at work, and for how long, until it is done."""
        ...


@dataclass(frozen=True)
class Pair:
    """A job done both ways, one right after the other."""

    plain: Passage
    ours: Passage


@contextmanager
def bench_folder() -> Iterator[Path]:
    """Make a folder of mode 0700 that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tuilab-bench-") as name:
        yield Path(name)


def measure(
    job: Job,
    pairs: int,
    folder: Path,
    environment: Mapping[str, str],
    *,
    warm: bool,
    watcher: Watcher,
) -> list[Pair]:
    """Run a job in pairs; every other one begins with tuilab.

    Args:
        job: what is trained.
        pairs: how many, 1 or more.
        folder: the bench's own.
        environment: that of every process.
        warm: keep tuilab's home between its runs, the runs themselves left out, and fill its cache with one
            that is not measured; else each run begins in a home that is empty.
        watcher: told what is at work.

    Raises:
        RunError: one of the two failed.
    """

    def home() -> Path:
        return _home(folder / ("warm" if warm else "home"), keep_cache=warm)

    def with_plain() -> Passage:
        return plain(job, folder, environment)

    def with_ours() -> Passage:
        return ours(job, folder, home(), environment)

    if warm:
        shutil.rmtree(folder / "warm", ignore_errors=True)
        _watched(with_ours, f"{job.preset}: a run of tuilab that fills its cache, not measured", watcher)
    done: list[Pair] = []
    for number in range(1, pairs + 1):
        head = f"{job.preset}: pair {number} of {pairs}, "
        if number % 2:
            first = _watched(with_plain, head + "plain Keras", watcher)
            done.append(Pair(first, _watched(with_ours, head + "tuilab", watcher)))
        else:
            first = _watched(with_ours, head + "tuilab", watcher)
            done.append(Pair(_watched(with_plain, head + "plain Keras", watcher), first))
    return done


def matmul_rate(environment: Mapping[str, str], watcher: Watcher) -> dict[str, Any]:
    """Return what ``tuilab.engine.matmul`` measures in a fresh process.

    Raises:
        RunError: TensorFlow does not work here.
    """
    command = [sys.executable, "-m", "tuilab.engine.matmul"]
    with watcher.at_work("matrix multiplication"):
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", env=dict(environment), check=False
        )
    if done.returncode != 0:
        last = [clean(line.strip(), limit=300) for line in done.stderr.splitlines() if line.strip()][-4:]
        raise RunError("TensorFlow could not multiply two matrices; tuilab doctor says more; it said:", last)
    return json.loads(done.stdout)


def _watched(work: Callable[[], Passage], text: str, watcher: Watcher) -> Passage:
    with watcher.at_work(text):
        passage = work()
    accuracies = ", ".join(f"{one.test_accuracy:.4f}" for one in passage.trained)
    watcher.say(f"{text}: {passage.seconds:.1f} s to a test accuracy of {accuracies}")
    return passage


def _home(place: Path, *, keep_cache: bool) -> Path:
    """Return an empty home; its cache stays where it is to be kept."""
    # what was trained before is not gone on from: runs never stay
    old = place / "runs" if keep_cache else place
    if old.exists():
        shutil.rmtree(old)
    if not place.exists():
        make_private(place)
        if paths.config().is_dir():
            (place / "config").symlink_to(paths.config())  # for presets of the person's own
    return place
