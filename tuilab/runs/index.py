"""The index of a store: what its ended runs came to, so that a thousand of them are listed at once.

One file beside the run folders, a line a run: checksum, id, and what was read, with the stamps (size,
time of change, inode) that the run's files had just before. A run whose files have other stamps is
read anew, and so is one that has not ended: whether its worker lives changes without a file. The
index can be deleted or damaged at any moment; nothing but time is lost.
"""

import contextlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from tuilab import __version__
from tuilab.atomic import write_whole
from tuilab.errors import TuilabError
from tuilab.regular_files import read_regular
from tuilab.runs.store import Run
from tuilab.runs.summary import Summary, summarize
from tuilab.spec.experiment import Experiment

NAME = ".index"
"""The file's name in the folder of runs."""
_STAMPED = ("journal.jsonl", "run.json", "experiment.toml")
_OVER = frozenset({"done", "stopped", "failed"})
_LARGEST = 1 << 30
"""Bytes of an index that is read: that of a hundred thousand runs."""
_Stamps = list[tuple[int, int, int]]
_Lines = dict[str, bytes]
"""Whole lines without their newlines by the id of their run."""


class _Known(BaseModel):
    """What the index holds of a run."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    stamps: _Stamps
    summary: Summary
    experiment: Experiment


def read_all(runs: Sequence[Run]) -> tuple[list[tuple[Summary, Experiment]], dict[str, str]]:
    """Read runs of one store, those that ended and did not change since from its index.

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
    for run in runs:
        stamps = _stamps(run)  # before reading: what changes meanwhile is read again
        known = _parse(lines.get(run.id, b""))
        if known is not None and known.stamps == stamps:
            found.append((replace(known.summary, run=run), known.experiment))
            continue
        try:
            summary, experiment = summarize(run), run.experiment()
        except TuilabError as error:
            damaged[run.id] = error.sentence
            continue
        found.append((summary, experiment))
        if stamps and summary.state in _OVER:
            # where the folder stands is known, and may be no text
            placeless = replace(summary, run=Run(Path(run.id)))
            new[run.id] = _line(run.id, _Known(stamps=stamps, summary=placeless, experiment=experiment))
    if new:
        _write(index, lines | new)
    return found, damaged


def _stamps(run: Run) -> _Stamps:
    """Return what tells whether a run's files changed; nothing where one of them is not there."""
    try:
        files = [(run.folder / name).stat() for name in _STAMPED]
    except OSError:
        return []
    return [(file.st_size, file.st_mtime_ns, file.st_ino) for file in files]


def _line(run_id: str, known: _Known) -> bytes:
    rest = f"{run_id} {known.model_dump_json()}".encode()
    return b"%08x %s" % (zlib.crc32(rest), rest)


def _parse(line: bytes) -> _Known | None:
    """Return what a line says; None where it says nothing or is damaged."""
    checksum, _, rest = line.partition(b" ")
    if not rest or checksum != b"%08x" % zlib.crc32(rest):
        return None
    try:
        return _Known.model_validate_json(rest.partition(b" ")[2])
    except ValidationError:
        return None


@cache
def _head() -> bytes:
    """Return the first line: it differs wherever another version would write or understand another form."""
    form = repr(_Known.model_json_schema()).encode()
    return f"tuilab {__version__} {sha256(form).hexdigest()}".encode()


def _read(index: Path) -> _Lines:
    try:
        head, *lines = read_regular(index, _LARGEST).split(b"\n")
    except OSError:
        return {}
    if head != _head():
        return {}
    return {line[9:].partition(b" ")[0].decode("ascii", "replace"): line for line in lines}


def _write(index: Path, lines: _Lines) -> None:
    """Write the index in one step, without runs that are gone; a folder that does not take it has none."""
    with contextlib.suppress(OSError):
        there = {path.name for path in index.parent.iterdir()}
        kept = [line for run_id, line in lines.items() if run_id in there]
        write_whole(index, b"\n".join([_head(), *kept]).decode("utf-8", "replace") + "\n", links=False)
