"""The index of a store: what its ended runs came to, so that a thousand of them are listed at once.

One file beside the run folders, a line a run: checksum, id, and what was read, with the stamps (size,
time of change, inode) that the run's files had just before. A run whose files have other stamps is
read again, and so is one that has not ended or waits to continue: whether its worker lives changes
without a file. The
index can be deleted or damaged at any moment; nothing but time is lost.
"""

import contextlib
import os
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from tuilab import __version__
from tuilab.collecting import no_collecting
from tuilab.errors import TuilabError
from tuilab.experiment.experiment import Experiment
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.runs import index_lines
from tuilab.runs.index_lines import Stamps, stamps_text
from tuilab.runs.queue.entry import is_queued
from tuilab.runs.run import Run
from tuilab.runs.state import State
from tuilab.runs.summary import Summary, summarize

NAME = ".index"
"""The file's name in the folder of runs."""
OVER: frozenset[State] = frozenset({"done", "stopped", "failed"})
"""States of runs that are held in it: nothing but their files can change what is shown of them."""
_STAMPED = ("journal.jsonl", "run.json", "experiment.toml")
_LARGEST = 1 << 30
"""Bytes of an index that is read: that of a hundred thousand runs."""
_Lines = dict[str, bytes]
"""Whole lines without their newlines by the id of their run."""


def read_all(
    runs: Sequence[Run], *, without: frozenset[State] = frozenset()
) -> tuple[list[tuple[Summary, Experiment]], dict[str, str]]:
    """Read runs of one store, those that ended and did not change since from its index.

    Args:
        runs: the runs.
        without: states of runs that are not wanted; where the index holds them, it costs next to
            nothing to pass them over.

    Returns:
        What each run comes to and what it trains, in the order of ``runs``; and a sentence for each
        run whose folder is damaged, by its id.
    """
    if not runs:
        return [], {}
    index = runs[0].folder.parent / NAME
    lines = _read(index)
    found: list[tuple[Summary, Experiment]] = []
    damaged: dict[str, str] = {}
    new: _Lines = {}
    with no_collecting():
        for run in runs:
            stamps = _stamps(run)  # before reading: what changes meanwhile is read again
            line = index_lines.parse(lines.get(run.id, b""))
            if line is not None and not is_queued(run) and line.stamps == stamps_text(stamps):
                if line.state in without:
                    continue
                known = line.decoded(run)
                if known is not None:
                    found.append(known)
                    continue
            try:
                summary, experiment = summarize(run), run.experiment()
            except TuilabError as error:
                damaged[run.id] = error.sentence
                continue
            if summary.state not in without:
                found.append((summary, experiment))
            if stamps and summary.state in OVER:
                new[run.id] = index_lines.encode(stamps, summary, experiment)
    if new:
        _write(index, lines | new)
    return found, damaged


def _stamps(run: Run) -> Stamps:
    """Return what tells whether a run's files changed; nothing if one of them is not there."""
    folder = str(run.folder)
    try:
        files = [os.lstat(f"{folder}/{name}") for name in _STAMPED]
    except OSError:
        return []
    return [(file.st_size, file.st_mtime_ns, file.st_ino) for file in files]


@cache
def _head() -> bytes:
    """Return the first line: it differs wherever another version would write or understand another form."""
    return f"tuilab {__version__} {sha256(index_lines.form().encode()).hexdigest()}".encode()


def _read(index: Path) -> _Lines:
    try:
        head, *lines = read_regular(index, _LARGEST).split(b"\n")
    except OSError:
        return {}
    if head != _head():
        return {}
    return {index_lines.id_of(line): line for line in lines}


def _write(index: Path, lines: _Lines) -> None:
    """Write the index in one step, without runs that are gone; a folder that does not take it has none."""
    with contextlib.suppress(OSError):
        there = {path.name for path in index.parent.iterdir()}
        kept = [line for run_id, line in lines.items() if run_id in there]
        text = b"\n".join([_head(), *kept]).decode("utf-8", "replace") + "\n"
        write_whole(index, text, links=False)
