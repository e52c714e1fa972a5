"""The unfreeze point: which layers of the base train, counted here by hand."""

import pytest
from experiments import unfreeze_points
from hypothesis import given
from hypothesis import strategies as st

from tuilab.bases.named.vgg16 import BASE
from tuilab.experiment.unfreeze import describe, trained_layers

BLOCK_3 = ["block3_conv1", "block3_conv2", "block3_conv3", "block3_pool"]
BLOCK_5 = ["block5_conv1", "block5_conv2", "block5_conv3", "block5_pool"]


def names(unfreeze: str, last_layer: str = "block5_pool") -> list[str]:
    return [layer.name for layer in trained_layers(unfreeze, BASE.up_to(last_layer))]


def convolutions(unfreeze: str, last_layer: str) -> int:
    """Counted from the names alone: a kernel and a bias each."""
    return sum("conv" in name for name in names(unfreeze, last_layer))


def test_none_trains_nothing() -> None:
    assert names("none") == []
    assert names("none", "block1_conv1") == []


def test_all_trains_what_is_kept_and_no_more() -> None:
    assert names("all") == list(BASE.names)
    assert names("all", "block1_pool") == ["block1_conv1", "block1_conv2", "block1_pool"]


def test_last_counts_pools_as_keras_counts_layers() -> None:
    assert names("last-1") == ["block5_pool"]
    assert names("last-3") == ["block5_conv2", "block5_conv3", "block5_pool"]
    assert names("last-4", "block3_pool") == BLOCK_3
    assert names("last-2", "block3_conv1") == ["block2_pool", "block3_conv1"]
    assert names("last-18") == list(BASE.names)


def test_from_trains_the_layer_and_all_that_follow_it() -> None:
    assert names("from:block5_conv1") == BLOCK_5
    assert names("from:block3_conv2", "block3_pool") == ["block3_conv2", "block3_conv3", "block3_pool"]
    assert names("from:block1_conv1") == list(BASE.names)


def test_blocks_trains_whole_blocks() -> None:
    assert names("blocks:3", "block3_pool") == BLOCK_3
    assert names("blocks:2,3", "block3_pool") == ["block2_conv1", "block2_conv2", "block2_pool", *BLOCK_3]
    assert names("blocks:5,3") == [*BLOCK_3, *BLOCK_5], "in the network's order, not the list's"


@pytest.mark.parametrize(
    ("preset", "unfreeze", "last_layer", "tensors"),
    [
        ("iteration-i", "none", "block5_pool", 0),
        ("iteration-ii", "last-3", "block5_pool", 4),
        ("notebook-i", "from:block5_conv1", "block5_pool", 6),
        ("iteration-iii", "blocks:3", "block3_pool", 6),
        ("iteration-iv", "blocks:2,3", "block3_pool", 10),
        ("recorded-i", "all", "block5_pool", 26),
    ],
)
def test_as_many_tensors_of_the_base_train_as_the_lab_counted(
    preset: str, unfreeze: str, last_layer: str, tensors: int
) -> None:
    assert sum(layer.tensors for layer in trained_layers(unfreeze, BASE.up_to(last_layer))) == tensors
    assert 2 * convolutions(unfreeze, last_layer) == tensors


@pytest.mark.parametrize(
    ("unfreeze", "last_layer", "words"),
    [
        ("none", "block5_pool", "-"),
        ("last-3", "block5_pool", "Last 3"),
        ("blocks:3", "block3_pool", "Block 3 layers"),
        ("blocks:2,3", "block3_pool", "Block 2 and block 3 layers"),
        ("blocks:3,2", "block3_pool", "Block 2 and block 3 layers"),
        ("from:block5_conv1", "block5_pool", "Block 5 layers"),
        ("from:block4_conv1", "block5_pool", "Block 4 and block 5 layers"),
        ("from:block5_conv2", "block5_pool", "From block5_conv2"),
        ("last-4", "block5_pool", "Last 4"),
        ("all", "block5_pool", "All 18"),
        ("all", "block3_pool", "All 10"),
        ("last-18", "block5_pool", "All 18"),
        ("from:block1_conv1", "block5_pool", "All 18"),
    ],
)
def test_the_courses_words(unfreeze: str, last_layer: str, words: str) -> None:
    assert describe(unfreeze, BASE.up_to(last_layer)) == words


@pytest.mark.parametrize(
    ("unfreeze", "last_layer", "sentence"),
    [
        (
            "last-99",
            "block5_pool",
            "the base up to block5_pool has 18 layers, so last-N goes from last-1 to last-18",
        ),
        (
            "last-0",
            "block5_pool",
            "the base up to block5_pool has 18 layers, so last-N goes from last-1 to last-18",
        ),
        (
            "last-11",
            "block3_pool",
            "the base up to block3_pool has 10 layers, so last-N goes from last-1 to last-10",
        ),
        (
            "from:block9_conv1",
            "block5_pool",
            "there is no layer 'block9_conv1' in the base; its layers are block1_conv1 to block5_pool; "
            "did you mean 'block5_conv1'?",
        ),
        (
            "from:block5_conv1",
            "block3_pool",
            "there is no layer 'block5_conv1' in the base; its layers are block1_conv1 to block3_pool; "
            "did you mean 'block3_conv1'?",
        ),
        (
            "blocks:",
            "block5_pool",
            "'' is not a block of the base up to block5_pool: "
            "it must be a number from 1 to 5, as in blocks:5",
        ),
        (
            "blocks:9",
            "block5_pool",
            "'9' is not a block of the base up to block5_pool: "
            "it must be a number from 1 to 5, as in blocks:5",
        ),
        (
            "blocks:2,4",
            "block3_pool",
            "'4' is not a block of the base up to block3_pool: "
            "it must be a number from 1 to 3, as in blocks:3",
        ),
        (
            "nine",
            "block5_pool",
            "it must be none, all, last-N, from:LAYER or blocks:2,3; did you mean 'none'?",
        ),
        (
            "last-",
            "block5_pool",
            "it must be none, all, last-N, from:LAYER or blocks:2,3; did you mean 'last-3'?",
        ),
        ("ALL", "block5_pool", "it must be none, all, last-N, from:LAYER or blocks:2,3"),
        ("", "block5_pool", "it must be none, all, last-N, from:LAYER or blocks:2,3"),
    ],
)
def test_refused_values_say_what_is_allowed(unfreeze: str, last_layer: str, sentence: str) -> None:
    with pytest.raises(ValueError) as caught:
        trained_layers(unfreeze, BASE.up_to(last_layer))
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "unfreeze", ["last-٣", "last--1", "last-1 ", "last-1\n", "last-9999999999", "blocks:1,,2", "blocks:٣"]
)
def test_near_misses_are_refused(unfreeze: str) -> None:
    with pytest.raises(ValueError):
        trained_layers(unfreeze, BASE.layers)


@given(st.sampled_from(BASE.names).flatmap(lambda last: st.tuples(unfreeze_points(last), st.just(last))))
def test_what_trains_is_a_part_of_what_is_kept_in_its_order(point: tuple[str, str]) -> None:
    unfreeze, last_layer = point
    kept = BASE.names[: BASE.names.index(last_layer) + 1]
    trained = names(unfreeze, last_layer)
    assert trained == [name for name in kept if name in trained]
    assert describe(unfreeze, BASE.up_to(last_layer)) == "-" or trained
