"""What estimates make of a card on which nothing was measured."""

from dataclasses import replace

import pytest

from tuilab import presets
from tuilab.advice.card_speeds import FAMILIES, UNKNOWN_CARD, guess_of, guessed_flops
from tuilab.advice.estimate import estimate
from tuilab.advice.machine import Machine
from tuilab.experiment import Experiment, with_overrides
from tuilab.machine.gpus import Gpu

GIB = 2**30
H100 = Gpu(0, "GPU-a", "NVIDIA H100", 80 * GIB, 0, 0, 40, 60.0, (9, 0))
T4 = Gpu(1, "GPU-b", "Tesla T4", 16 * GIB, 0, 0, 40, 60.0, (7, 5))


def of(**settings: object) -> Experiment:
    changed = {"data.source": "cifar10", **{name.replace("__", "."): v for name, v in settings.items()}}
    return with_overrides(presets.find("recorded-i").experiment, changed)


def here(*gpus: Gpu) -> Machine:
    return Machine("here", cores=8, memory=64.0 * GIB, gpus=gpus)


def seconds(machine: Machine, **settings: object) -> float:
    found = estimate(of(**settings), machine=machine)
    assert found.basis == "guess" and "a guess" in found.sentence and found.seconds_per_epoch is not None
    return found.seconds_per_epoch


@pytest.mark.parametrize(
    ("capability", "family"),
    [
        ((7, 2), (7, 0)),
        ((8, 9), (8, 9)),
        ((9, 0), (9, 0)),
        ((10, 3), (10, 0)),
        ((12, 1), (12, 0)),
        ((15, 0), (12, 0)),
    ],
)
def test_a_card_is_taken_for_the_newest_family_not_newer(
    capability: tuple[int, int], family: tuple[int, int]
) -> None:
    assert guessed_flops(capability, "float32") == FAMILIES[family]["float32"]


def test_of_a_card_that_does_not_tell_nothing_is_known() -> None:
    assert guessed_flops(None, "float32") == guessed_flops((3, 5), "mixed_float16") == UNKNOWN_CARD


def test_sixteen_bits_are_never_slower_and_brain_floats_need_ampere() -> None:
    for family, speeds in FAMILIES.items():
        assert speeds["float32"] <= speeds["mixed_bfloat16"] <= speeds["mixed_float16"]
        assert (speeds["mixed_bfloat16"] > speeds["float32"]) == (family >= (8, 0))
        assert max(speeds.values()) < 2e14, "a guess, and a modest one"


def test_the_estimate_knows_the_card_and_the_precision() -> None:
    assert seconds(here(H100)) < seconds(here(T4)) < seconds(here(), training__device="cpu")
    assert seconds(here(H100), training__precision="mixed_bfloat16") < seconds(here(H100))
    assert seconds(here(H100, T4), training__device="gpu:1") == seconds(here(T4))


def test_a_slice_computes_with_its_sevenths() -> None:
    whole = guess_of(H100, "float32")
    for name, sevenths in (("MIG 1g.10gb", 1), ("MIG 3g.40gb", 3), ("MIG 2c.4g.40gb", 4), ("MIG 7g.80gb", 7)):
        part = replace(H100, name=f"NVIDIA H100 {name}", uuid="MIG-a", board="GPU-a")
        assert guess_of(part, "float32") == pytest.approx(whole * sevenths / 7)
    assert guess_of(None, "float32") == UNKNOWN_CARD


def test_auto_means_the_freest_card() -> None:
    full = replace(H100, memory_used=79 * GIB)
    assert seconds(here(full, T4)) == seconds(here(T4))
    assert seconds(here(H100, T4)) == seconds(here(H100))


def test_the_memory_it_needs_is_said_beside_what_is_free() -> None:
    found = estimate(of(), machine=here(H100))
    assert found.gpu_memory == "needs 1.3 GiB of 80.0 GiB free on GPU 0" and not found.too_little
    found = estimate(of(), machine=here(replace(H100, memory_used=79 * GIB)))
    assert found.too_little
    assert found.sentence.endswith("too little memory is free: it needs 1.3 GiB of 1.0 GiB free on GPU 0")
    silent = replace(H100, memory_total=0)
    assert estimate(of(), machine=here(silent)).gpu_memory == "needs 1.3 GiB of GPU 0"
    on_cpu = estimate(of(training__device="cpu"), machine=here(H100))
    assert (on_cpu.gpu_memory, on_cpu.too_little) == ("", False)
