"""A run's entry in the queue: ``queue.json`` in its folder, there only while the run waits.

Whoever asked for the run writes it; a scheduler notes in it that it starts a worker; that one takes it away
once it holds the run's lease. So a run is taken exactly once, on whatever host: of two workers one gets the
lease, and the other one finds no entry any more.
"""

import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from tuilab.errors import UsageError
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.runs.run import ID, Run
from tuilab.runs.worker.lease import Lease
from tuilab.terminal import clean

NAME = "queue.json"
"""The file's name in a run's folder."""
LARGEST = 64 * 1024
"""Bytes that it may have."""
KEPT = (
    "CUDA_",
    "TF_",
    "XLA_",
    "OMP_",
    "KMP_",
    "MKL_",
    "ONEDNN_",
    "DNNL_",
    "NVIDIA_",
    "CUBLAS_",
    "KERAS_HOME",
    "LD_LIBRARY_PATH",
    "TUILAB_CACHE_",
    "SSL_CERT_",
)
"""How variables begin that decide what a worker computes on and to which digit, and where images are."""
_MOST_VARIABLES, _LONGEST_VALUE, _LONGEST = 32, 4000, 24_000
"""How many variables, and how many bytes of one and of all of them."""

_RunId = Annotated[str, StringConstraints(pattern=f"^{ID.pattern}$")]


class Start(BaseModel):
    """A worker that a scheduler starts for a run; it has not taken the run yet."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    by: Lease
    """The process that starts it."""
    worker: Lease | None = None
    """The worker's process; None if whoever started it did not get to note that."""
    device: str
    """What it is to compute on, ``cpu`` or ``gpu:K``."""
    time: float
    """Seconds since 1970, by the clock of whoever starts it."""


class Entry(BaseModel):
    """What is noted of a run that waits."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)

    version: Literal[1] = 1
    order: float = Field(default=0.0, allow_inf_nan=False)
    """Its place: lower ones come first."""
    after: _RunId | None = None
    """The run that has to be done first, because this one starts from its model."""
    shares: _RunId | None = None
    """The run that has to be over first, in whatever way, because this one shares its training."""
    device: str = Field(default="auto", max_length=20)
    """What its experiment asks to compute on: ``auto``, ``cpu`` or ``gpu:K``."""
    beside: bool = False
    """Whether it may share a device with another run."""
    held: bool = False
    """Whether it is kept from starting until it is released."""
    new: bool = True
    """Whether its folder was made for this; else it is one that continues."""
    take_over: bool = False
    """Whether its worker may take the run of one on another host that is unreachable."""
    asked: float = 0.0
    """When it was asked for, in seconds since 1970."""
    host: str = Field(default="", max_length=255)
    """The host on which it was asked for. Text from outside."""
    pid: int = 0
    """The process that asked."""
    environment: dict[str, str] = Field(default_factory=dict, max_length=_MOST_VARIABLES)
    """Variables of whoever asked that a worker on the same host gets."""
    problem: str = Field(default="", max_length=4000)
    """Why its worker could not be started, or ended before it began; it is not tried again by itself."""
    remedies: tuple[str, ...] = ()
    attempts: int = Field(default=0, ge=0)
    """How often a worker was started for it."""
    start: Start | None = None

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The ids of the runs that come first."""
        return tuple(run_id for run_id in (self.after, self.shares) if run_id is not None)

    def text(self) -> str:
        """Return the file's content."""
        return self.model_dump_json(indent=1, exclude_defaults=True) + "\n"

    def changed(self, **values: Any) -> "Entry":
        """Return a copy with other values."""
        return self.model_copy(update=values)


def asked_here(environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return what an entry says of who asked: this process, now, with these variables."""
    kept: dict[str, str] = {}
    left = _LONGEST
    for name, value in sorted(environment.items()):
        size = len(os.fsencode(name + value))
        if name.startswith(KEPT) and value.isprintable() and size <= min(left, _LONGEST_VALUE):
            kept[name], left = value, left - size
    return {
        "asked": round(time.time(), 3),
        "host": platform.node()[:255],
        "pid": os.getpid(),
        "environment": dict(list(kept.items())[:_MOST_VARIABLES]),
    }


@dataclass(frozen=True)
class Queued:
    """A run that waits.

    Attributes:
        run: its folder.
        entry: what is noted of it; one of defaults where that is damaged.
        damage: the sentence that says that it cannot be read; empty if it can.
    """

    run: Run
    entry: Entry
    damage: str = ""

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.id


def path_of(run: Run) -> Path:
    """Return the file of a run's entry."""
    return run.folder / NAME


def is_queued(run: Run) -> bool:
    """Return whether a run has an entry, whatever stands in it; costs next to nothing."""
    return os.path.lexists(f"{run.folder}/{NAME}")


def read(run: Run) -> Entry | None:
    """Return a run's entry; None if it has none.

    Raises:
        UsageError: it is damaged, or of a later version; the sentence says what to do.
    """
    found = look(run)
    if found is not None and found.damage:
        raise UsageError(found.damage)
    return found.entry if found else None


def look(run: Run) -> Queued | None:
    """Return a run that waits, its entry damaged or not; None if it does not wait."""
    try:
        return Queued(run, Entry.model_validate_json(read_regular(path_of(run), LARGEST)))
    except FileNotFoundError:
        return None
    except OSError as error:
        why = f"cannot be read: {clean(error.strerror or str(error))}"
    except ValidationError as error:
        later = any(problem["loc"] == ("version",) for problem in error.errors())
        why = "is of a later version of tuilab" if later else "is damaged"
    return Queued(
        run,
        Entry(held=True, new=False),
        f"{clean(str(path_of(run)))} {why}, so {run.id} is not started; tuilab queue drop {run.id} takes it "
        f"out of the queue, tuilab resume {run.id} then queues it again",
    )


def write(run: Run, entry: Entry) -> None:
    """Write a run's entry in one step; raises OSError if that cannot be done."""
    write_whole(path_of(run), entry.text(), links=False)
