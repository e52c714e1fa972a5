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

from tuilab.bench.job import Job
from tuilab.bench.ways import Passage, Way, ours, plain
from tuilab.errors import RunError
from tuilab.files import paths
from tuilab.files.private import make_private
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
    """A job done both ways, one right after the other; and once more with tuilab's cache filled, or not."""

    plain: Passage
    ours: Passage
    warm: Passage | None = None

    def passages(self) -> tuple[Passage, ...]:
        """Return them, plain Keras first."""
        return (self.plain, self.ours, *([self.warm] if self.warm else []))


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
    """Run a job in pairs; every other one begins with tuilab, in a home that is empty.

    Args:
        job: what is trained.
        pairs: how many, 1 or more.
        folder: the bench's own.
        environment: that of every process.
        warm: train with tuilab a second time in each pair, with what the first time left in its cache.
        watcher: told what is at work.

    Raises:
        RunError: one of the two failed.
    """

    def with_plain(head: str) -> Passage:
        return _watched(lambda: plain(job, folder, environment), f"{head}plain Keras", watcher)

    def with_ours(head: str, way: Way) -> Passage:
        home = _home(folder / "home", keep_cache=way == "tuilab warm")
        return _watched(lambda: ours(job, folder, home, environment, way=way), head + way, watcher)

    def all_ours(head: str) -> tuple[Passage, Passage | None]:
        return with_ours(head, "tuilab"), with_ours(head, "tuilab warm") if warm else None

    done: list[Pair] = []
    for number in range(1, pairs + 1):
        head = f"{job.preset}: pair {number} of {pairs}, "
        if number % 2:
            first = with_plain(head)
            done.append(Pair(first, *all_ours(head)))
        else:
            some = all_ours(head)
            done.append(Pair(with_plain(head), *some))
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
        raise RunError(
            "TensorFlow could not multiply two matrices (tuilab doctor may show why); its output:", last
        )
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
