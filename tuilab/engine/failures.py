"""What a library or the system raised in a worker, as a sentence with what can be done about it."""

import errno
import os
import re
from dataclasses import dataclass

from tuilab.runs.out_of_memory import SMALLER, is_out_of_memory, whose_memory
from tuilab.runs.store import Run
from tuilab.terminal import clean

_WAYS = {
    errno.EACCES: "make it writable for yourself: chmod u+rw",
    errno.EPERM: "lsattr shows whether it is immutable or append-only; chattr -i -a takes that away",
    errno.EISDIR: "a folder stands where a file belongs: move it away",
    errno.ENOTDIR: "a file stands where a folder belongs: move it away",
    errno.EROFS: "its disk is read-only: mount it writable, or put runs elsewhere: TUILAB_HOME=/a/folder",
    errno.EIO: "its disk fails (dmesg says how): put runs elsewhere: TUILAB_HOME=/a/folder",
    errno.EMFILE: "this process may open too few files at once: ulimit -n 1024 allows more",
    errno.ENFILE: "the whole system has too many files open: close other programs",
}
_GPU = re.compile(r"CUDA|cuDNN|cuBLAS|cuSolver|CuFFT|NVPTX|\bptxas|libdevice|nvlink|device:GPU|\bGPU\b", re.I)


@dataclass(frozen=True)
class Failure:
    """Why a run cannot go on; clean text."""

    sentence: str
    remedies: tuple[str, ...]


def failure(error: Exception, run: Run) -> Failure:
    """Return what an error that is none of tuilab's own means."""
    log = f"the whole of it is in {clean(str(run.log))}"
    text = str(error).strip()
    said = clean((text.splitlines() or [""])[0], limit=200)
    name = type(error).__name__
    if is_out_of_memory(error):
        return Failure(f"{whose_memory(text)} does not hold this experiment", SMALLER)
    if "can't start new thread" in text:
        return Failure(
            "the system lets this process start no more threads",
            ("ulimit -u says how many processes and threads you may have: raise it, or end others", log),
        )
    if isinstance(error, OSError):
        return _refused(error, run, log)
    module = type(error).__module__
    if _GPU.search(text) and module.startswith(("tensorflow", "jaxlib", "builtins")):
        return Failure(
            f"the GPU could not compute this: {name}: {said}",
            ("tuilab doctor looks at driver and CUDA libraries", "--device cpu trains without it", log),
        )
    if module.startswith("tensorflow"):
        return Failure(f"TensorFlow could not compute this: {name}: {said}", (log,))
    return Failure(f"the worker met an unexpected error: {name}: {said}", (log,))


def _refused(error: OSError, run: Run, log: str) -> Failure:
    named = error.filename2 or error.filename
    place = os.fsdecode(named) if isinstance(named, str | bytes | os.PathLike) else str(run.folder)
    why = clean(error.strerror or str(error) or type(error).__name__)
    way = (_WAYS[error.errno],) if error.errno in _WAYS else ()
    return Failure(f"{clean(place)} cannot be read or written: {why}", (*way, log))
