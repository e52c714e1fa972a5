"""Features are computed once where that pays and fits, and the reason is said."""

from dataclasses import replace

import pytest

from tuilab.experiment.feature_choice import Costs, choose

ITERATION_I = Costs(
    flops=600_000_000,
    bytes=2048,
    epochs=10,
    images=50_000,
    tested=10_000,
    cached=False,
    memory=16e9,
    disk=50e9,
)
"""VGG16's whole base, 2 KB an image."""


def test_ten_epochs_of_a_frozen_base_are_computed_once_kept_and_held_in_memory() -> None:
    choice = choose("auto", ITERATION_I)
    assert (choice.use, choice.keep) == (True, True)
    assert choice.reason == "123 MB, instead of 10 times"


def test_what_is_on_the_disk_is_taken_even_for_one_epoch() -> None:
    choice = choose("auto", replace(ITERATION_I, epochs=1, cached=True))
    assert choice.use and choice.reason == "123 MB, already on the disk"


def test_one_epoch_saves_nothing() -> None:
    choice = choose("auto", replace(ITERATION_I, epochs=1))
    assert not choice.use and "would cost more than they save" in choice.reason


def test_a_cheap_prefix_with_a_large_output_does_not_pay() -> None:
    """VGG16's first convolution and a pool: 64 KB an image, and few operations."""
    choice = choose("auto", replace(ITERATION_I, flops=3_500_000, bytes=65_536, epochs=2, memory=1e9))
    assert not choice.use


def test_what_memory_does_not_hold_is_read_from_the_disk() -> None:
    choice = choose("auto", replace(ITERATION_I, bytes=32_768, memory=4e9))
    assert (choice.use, choice.keep) == (True, True)


def test_what_the_disk_does_not_hold_stays_in_memory() -> None:
    choice = choose("auto", replace(ITERATION_I, disk=1e8))
    assert (choice.use, choice.keep) == (True, False)


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_what_fits_nowhere_is_not_computed_once(mode: str) -> None:
    choice = choose(mode, replace(ITERATION_I, memory=1e8, disk=1e8))  # type: ignore[arg-type]
    assert not choice.use and choice.reason == "123 MB fit neither the free memory nor the disk"


def test_on_and_off_are_obeyed() -> None:
    assert choose("on", replace(ITERATION_I, epochs=1)).use
    off = choose("off", replace(ITERATION_I, cached=True))
    assert (off.use, off.reason) == (False, "training.features = off asks for it")
