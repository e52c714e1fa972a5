"""How fast cards may be, where nothing was measured: guesses, and modest ones.

A small network on small images uses a part of a card: about a fifth of the rate on its data sheet in float32,
and a tenth of its tensor cores' in 16 bits. A card without tensor cores for a type is no faster in it.
"""

import re

from tuilab.experiment.training import Precision
from tuilab.machine.gpus import Gpu

_CARDS = """
5.0    1e12     1e12     1e12    Maxwell
6.0    2e12     3e12     2e12    Pascal in data centers: P100
6.1    1.5e12   1.5e12   1.5e12  Pascal: GTX 10, P4
7.0    3e12     10e12    3e12    Volta: V100
7.5    1.6e12   5e12     1.6e12  Turing: T4, RTX 20
8.0    4e12     25e12    25e12   Ampere in data centers: A100, A30
8.6    3e12     6e12     6e12    Ampere: RTX 30, A10, A40
8.7    0.7e12   2e12     2e12    Ampere on a board: Orin
8.9    5e12     12e12    12e12   Ada: RTX 40, L4, L40
9.0    12e12    60e12    60e12   Hopper: H100, H200
10.0   15e12    100e12   100e12  Blackwell in data centers: B200
12.0   6e12     15e12    15e12   Blackwell: RTX 50
"""
"""Compute capability; operations a second in float32, mixed_float16 and mixed_bfloat16; what it is."""

UNKNOWN_CARD = 5e12
"""Operations a second of a card of which nothing is known."""
_SEVENTHS = re.compile(r"\bMIG (?:[0-9]c\.)?([1-7])g\.")
"""How the driver names a slice of a GPU: ``MIG 3g.40gb`` computes with three sevenths of it."""


def guess_of(gpu: Gpu | None, precision: Precision) -> float:
    """Return a modest guess of a GPU's operations a second, or of a slice's; None: it is not known which."""
    if gpu is None:
        return UNKNOWN_CARD
    part = _SEVENTHS.search(gpu.name)
    return guessed_flops(gpu.compute_capability, precision) * (int(part[1]) / 7 if part else 1)


def guessed_flops(capability: tuple[int, int] | None, precision: Precision) -> float:
    """Return a modest guess of a card's operations a second: that of the newest family not newer than it.

    Args:
        capability: its compute capability; None: not known.
        precision: what it computes in.
    """
    older = [family for family in FAMILIES if capability is not None and family <= capability]
    return FAMILIES[max(older)][precision] if older else UNKNOWN_CARD


def _family(line: str) -> tuple[tuple[int, int], dict[Precision, float]]:
    capability, single, half, brain = line.split()[:4]
    major, minor = capability.split(".")
    speeds: dict[Precision, float] = {
        "float32": float(single),
        "mixed_float16": float(half),
        "mixed_bfloat16": float(brain),
    }
    return (int(major), int(minor)), speeds


FAMILIES = dict(map(_family, _CARDS.strip().splitlines()))
"""Of each compute capability, operations a second in each precision."""
