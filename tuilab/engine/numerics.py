"""What beside the experiment decides a run's last digits: threads, switches, versions, the processor.

The number of threads that a run began with is recorded and used again when it continues, also on fewer
cores, so that it ends with the digits of a run that was never interrupted. What else is different by then
cannot be undone; it is reported.
"""

import os
from collections.abc import Iterator, Sequence

from tuilab.machine.environment import OPERATIONS, THREADS, most_threads, switches, threads
from tuilab.machine.hardware import usable_cores
from tuilab.runs.journal.records import DeviceRecord, Note, Started


def settle(before: Started | None) -> int:
    """Set what TensorFlow reads as it loads, and return how many threads will compute an operation.

    Args:
        before: what the run's last worker said; None if there was none.

    Raises:
        UsageError: the environment asks for threads that TensorFlow dies of.
    """
    # TensorFlow turns oneDNN on by itself only on some processors; without it the gradient of a
    # convolution on a 2x2 image took 50 times as long here (AMD EPYC without AVX-512)
    os.environ.setdefault(*_USUAL)
    # left alone it starts a thread for each core of the machine, also those that this process may not use
    count = threads(THREADS) or _recorded(before) or usable_cores()
    os.environ[THREADS] = str(count)
    os.environ[OPERATIONS] = str(threads(OPERATIONS) or usable_cores())
    return count


def unusual_switches() -> str:
    """Return the switches that are set otherwise than ``settle`` sets them, as text; the usual ones are none.

    What one run computes for others as well must have been computed under the same ones. Under the usual
    ones the number of threads changes gradients alone; without oneDNN what an image gives as well.
    """
    unusual = {name: value for name, value in switches().items() if (name, value) != _USUAL}
    if unusual:
        unusual[THREADS] = os.environ.get(THREADS, "")
    return " ".join(f"{name}={value}" for name, value in unusual.items())


def differences(before: Started | None, now: Started) -> Iterator[Note]:
    """Yield a note for each thing that changes last digits and is not as it was when the run last began."""
    if before is not None:
        yield from (_note(was, is_now) for was, is_now in _different(before, now, _COMPUTING))


def apart(other: Started, now: Started) -> str:
    """Return what may change digits and is not as it was for a worker of another run; empty if nothing is."""
    return next((f"{was}, and not {here}" for was, here in _different(other, now, _EVERYTHING)), "")


def card(device: DeviceRecord) -> str:
    """Return a device's own name; how many of its cores the process may use changes no digit."""
    return device.name.rpartition(", ")[0] if device.name.endswith(" cores") else device.name


def _different(before: Started, now: Started, computing: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield how each thing was that changes last digits, and how it is now, where that is something else."""
    if before.threads is not None and now.threads is not None and before.threads != now.threads:
        yield _threads(before.threads), _threads(now.threads)
    if before.environment is not None and now.environment is not None:
        for name in sorted({*before.environment, *now.environment}):
            was, is_now = (
                f"{name}={side[name]}" if name in side else f"{name} unset"
                for side in (before.environment, now.environment)
            )
            if was != is_now:
                yield was, is_now
    for name in computing:
        versions = before.versions.get(name), now.versions.get(name)
        if None not in versions and versions[0] != versions[1]:
            yield f"{name} {versions[0]}", f"{name} {versions[1]}"


def another_device(before: DeviceRecord | None, now: DeviceRecord) -> Iterator[Note]:
    """Yield a note for each thing about the device that is not as it was when the run last began."""
    if before is not None:
        yield from (_note(was, is_now) for was, is_now in _differing(before, now))


def devices_apart(other: DeviceRecord, now: DeviceRecord) -> str:
    """Return what is not as it was for a worker of another run; empty if both compute alike."""
    return next((f"{was}, and not {here}" for was, here in _differing(other, now)), "")


def _differing(before: DeviceRecord, now: DeviceRecord) -> Iterator[tuple[str, str]]:
    """Yield how each thing about two devices was that changes last digits, and how it is now."""
    for of in (card, _way):
        if of(before) != of(now):
            yield of(before), of(now)


def _way(device: DeviceRecord) -> str:
    return "steps compiled by XLA" if device.xla else "plain steps"


_USUAL = ("TF_ENABLE_ONEDNN_OPTS", "1")

_COMPUTING = ("tensorflow", "keras", "numpy")
"""Libraries whose version can change digits."""
_EVERYTHING = (*_COMPUTING, "tuilab")
"""With what decides how they are used, where nobody checks the digits afterwards."""


def _note(was: str, is_now: str) -> Note:
    return Note(
        text=f"the run began with {was} and continues with {is_now}: its numbers may differ in their last "
        "digits from those of a run that was never interrupted"
    )


def _recorded(before: Started | None) -> int | None:
    count = before.threads if before is not None else None
    # a number from a much larger machine would only slow this one down
    return count if count is not None and 1 <= count <= most_threads() else None


def _threads(count: int) -> str:
    return "1 thread" if count == 1 else f"{count} threads"
