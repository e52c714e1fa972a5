"""What the network pane says of a GPU's memory, in the line that it has for it."""

from dataclasses import replace

from tuilab import presets
from tuilab.advice.estimate import estimate
from tuilab.advice.machine import Machine
from tuilab.machine.gpus import Gpu
from tuilab.tui.panes.network.totals import memory_line

GIB = 2**30
CARD = Gpu(0, "GPU-a", "NVIDIA A100", 40 * GIB, 0, 0, 40, 60.0, (8, 0))
BN = presets.find("bn").experiment


def line(width: int, card: Gpu | None) -> str:
    machine = Machine("here", 8, 64.0 * GIB, (card,) if card else ())
    return memory_line(BN, width, estimate=estimate(BN, machine=machine))


def test_what_a_run_needs_of_the_gpu_stands_beside_its_activations() -> None:
    assert line(200, CARD) == (
        "64.1 MB of activations for a batch of 64 · needs 1.1 GiB of 40.0 GiB free on GPU 0"
    )
    assert line(70, CARD) == "64.1 MB per batch · needs 1.1 GiB of 40.0 GiB free on GPU 0"
    assert line(45, CARD) == "64.1 MB of activations for a batch of 64"
    assert line(200, None) == "64.1 MB of activations for a batch of 64"


def test_too_little_memory_is_said_before_all_else() -> None:
    full = replace(CARD, memory_used=79 * GIB // 2)
    assert line(80, full) == "too little GPU memory: needs 1.1 GiB of 0.5 GiB free on GPU 0"
    assert line(55, full) == "too little: needs 1.1 GiB of 0.5 GiB free on GPU 0"
    assert line(30, full) == "too little GPU memory"
