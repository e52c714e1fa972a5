"""What a library or the system raised in a worker, as a sentence with what can be done about it."""

import errno
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tuilab.runs.worker.out_of_memory import SMALLER, is_out_of_memory, whose_memory
from tuilab.terminal import clean

_WAYS = {
    errno.EACCES: "give yourself access to it: chmod u+rw",
    errno.EPERM: "lsattr shows whether it is immutable or append-only; chattr -i -a removes that",
    errno.EISDIR: "there is a folder where a file belongs: move it away",
    errno.ENOTDIR: "there is a file where a folder belongs: move it away",
    errno.EROFS: "its disk is read-only: mount it writable, or put runs elsewhere: TUILAB_HOME=/a/folder",
    errno.EIO: "its disk is failing (see dmesg): put runs elsewhere: TUILAB_HOME=/a/folder",
    errno.EMFILE: "this process may not open enough files at the same time: ulimit -n 1024 allows more",
    errno.ENFILE: "the whole system has too many files open: close other programs",
}
_GPU = re.compile(r"CUDA|cuDNN|cuBLAS|cuSolver|CuFFT|NVPTX|\bptxas|libdevice|nvlink|device:GPU|\bGPU\b", re.I)


class Workplace(Protocol):
    """Where a worker works: a run is one."""

    @property
    def folder(self) -> Path:
        """Holds what it writes."""
        ...

    @property
    def log(self) -> Path:
        """Holds what it prints."""
        ...


@dataclass(frozen=True)
class Failure:
    """Why a run cannot continue; clean text."""

    sentence: str
    remedies: tuple[str, ...]


def failure(error: Exception, run: Workplace) -> Failure:
    """Return what an error that is none of tuilab's own means."""
    log = f"full details: {clean(str(run.log))}"
    text = str(error).strip()
    first_line = clean((text.splitlines() or [""])[0], limit=200)
    name = type(error).__name__
    if is_out_of_memory(error):
        return Failure(f"this experiment does not fit in {whose_memory(text)}", SMALLER)
    if "can't start new thread" in text:
        return Failure(
            "the system does not let this process start any more threads",
            ("ulimit -u shows how many processes and threads you may have: raise it, or end some", log),
        )
    if isinstance(error, OSError):
        return _refused(error, run, log)
    module = type(error).__module__
    if _GPU.search(text) and module.startswith(("tensorflow", "jaxlib", "builtins")):
        return Failure(
            f"the GPU could not compute this: {name}: {first_line}",
            ("tuilab doctor checks the driver and CUDA libraries", "--device cpu trains without it", log),
        )
    if module.startswith("tensorflow"):
        return Failure(f"TensorFlow could not compute this: {name}: {first_line}", (log,))
    return Failure(f"the worker hit an unexpected error: {name}: {first_line}", (log,))


def _refused(error: OSError, run: Workplace, log: str) -> Failure:
    named = error.filename2 or error.filename
    place = os.fsdecode(named) if isinstance(named, str | bytes | os.PathLike) else str(run.folder)
    why = clean(error.strerror or str(error) or type(error).__name__)
    way = (_WAYS[error.errno],) if error.errno in _WAYS else ()
    return Failure(f"{clean(place)} cannot be read or written: {why}", (*way, log))
