"""A worker that waits for its run: ``python -m tuilab.engine.standby DESCRIPTOR``.

It loads TensorFlow and Keras and reads the small built-in data sets, then waits at a socket for its keeper
(``runs.worker.standby``) to hand it a run, and does what ``python -m tuilab.engine.worker RUN`` does. Where
TensorFlow would load otherwise by now, it becomes that very process instead. While it waits
it uses no device.
"""

import contextlib
import ctypes
import os
import select
import socket
import sys
import time
import warnings

from tuilab.engine import numerics, worker
from tuilab.engine.fast.early_loading import EarlyLoading
from tuilab.engine.loaded import Loaded
from tuilab.errors import TuilabError
from tuilab.machine.environment import hide_keras_settings
from tuilab.machine.hardware import usable_cores
from tuilab.machine.installed import installed
from tuilab.processes.memory import available_memory
from tuilab.processes.streams import open_closed
from tuilab.runs.worker import handover
from tuilab.runs.worker.handover import LATE, Assignment
from tuilab.runs.worker.standby import LONGEST_WAIT, MEMORY_TO_STAY
from tuilab.sources.dataset import Dataset
from tuilab.sources.named import DATASETS
from tuilab.sources.progress import silent

_LOOK_SECONDS = 5.0
"""Between two looks at main memory."""
_NOT_INITIALIZED = 3
"""What CUDA's driver answers to a process that has not used it (CUDA_ERROR_NOT_INITIALIZED)."""


class StandbyWorker:
    """Loads, waits, and becomes a worker."""

    def __init__(self, channel: socket.socket) -> None:
        """Begin to load.

        Args:
            channel: where the run will be handed over.
        """
        self._channel = channel
        self._environment = dict(os.environ)
        self._found = _found()
        numerics.settle(None)
        hide_keras_settings(os.environ)
        datasets = _read_ahead()
        self._loaded = Loaded(EarlyLoading(None), datasets)

    def main(self) -> int:
        """Wait for a run and train it; return the exit code: 0 if none came."""
        assignment = self._wait()
        if assignment is None:
            return 0
        self._print_to(assignment.output)
        for name in LATE:
            self._environment.pop(name, None)
        self._environment.update(assignment.variables)
        as_fresh = _found() == self._found
        made = worker.worker_of(assignment.command[3:], self._loaded)
        if as_fresh:
            made.listen()  # before the keeper can ask it to stop
        with self._channel as channel:
            if not handover.accept(channel):
                return 0
        if as_fresh:
            self._loaded.tensorflow.join()
        if not as_fresh or uses_cuda():
            os.execve(assignment.command[0], assignment.command, self._environment)
        os.environ.clear()  # what was settled for loading is settled again, for this run
        os.environ.update(self._environment)
        return made.main()

    def _wait(self) -> Assignment | None:
        """Return what was handed over; None if the keeper ended or memory is wanted elsewhere."""
        deadline = time.monotonic() + LONGEST_WAIT
        while time.monotonic() < deadline and available_memory() >= MEMORY_TO_STAY:
            if select.select([self._channel], [], [], _LOOK_SECONDS)[0]:
                return handover.receive(self._channel)
        return None

    def _print_to(self, output: int) -> None:
        """Print into a run's log from now on, what was printed before first."""
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(output, os.pread(1, 1 << 20, 0))
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)


def _found() -> tuple[object, ...]:
    """Return what decides how TensorFlow loads, beside the environment, which the keeper compares."""
    return usable_cores(), installed()


def _read_ahead() -> dict[str, Dataset]:
    """Return the data sets that are always there and small, as far as they can be read."""
    found: dict[str, Dataset] = {}
    for info in DATASETS.values():
        if info.read_ahead:
            with contextlib.suppress(TuilabError):  # a run that wants it says what is wrong with it
                found[info.name] = info.loader()(silent)
    return found


def uses_cuda() -> bool:
    """Return whether this process has used CUDA's driver, which reads CUDA_VISIBLE_DEVICES only once."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return False
    return driver.cuDeviceGetCount(ctypes.byref(ctypes.c_int())) != _NOT_INITIALIZED


def main(descriptor: str) -> int:
    """Wait at a socket that was inherited."""
    open_closed()
    warnings.simplefilter("default")
    with socket.socket(fileno=int(descriptor)) as channel:
        return StandbyWorker(channel).main()


if __name__ == "__main__":
    worker.end(main(sys.argv[1]))
