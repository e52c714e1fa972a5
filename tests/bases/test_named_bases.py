"""What every declared base must hold; what it computes is held against Keras in the engine's tests."""

import itertools
import re

import pytest

from tuilab.bases.base_network import BaseNetwork
from tuilab.bases.named import BASES, COURSE_BASE, TITLES
from tuilab.sources.named import DATASETS

EACH = pytest.mark.parametrize("base", BASES.values(), ids=BASES.keys())


def test_the_courses_base_is_vgg16() -> None:
    assert BASES[COURSE_BASE].title == "VGG16" and TITLES == "VGG16"


def test_tuilab_fetch_can_tell_bases_from_data_sets() -> None:
    assert not BASES.keys() & DATASETS.keys()


@EACH
def test_names_can_be_typed_and_no_layer_is_called_like_another(base: BaseNetwork) -> None:
    assert re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", base.name)
    assert len({*base.names}) == len(base.layers)


@EACH
def test_each_layer_takes_what_the_one_before_gives(base: BaseNetwork) -> None:
    assert base.layers[0].channels_in == 3
    for before, after in itertools.pairwise(base.layers):
        assert after.channels_in == before.channels_out
        assert after.block - before.block == (1 if before.kind == "pool" else 0)


@EACH
def test_a_download_is_large_enough_for_the_tensors_and_has_its_digests(base: BaseNetwork) -> None:
    published = base.published
    tensors = sum(4 * layer.parameters for layer in base.layers)
    assert tensors < published.size < 1.1 * tensors + 2**20
    assert re.fullmatch("[0-9a-f]{32}", published.md5) and re.fullmatch("[0-9a-f]{64}", published.digest)
    assert published.url.startswith("https://")
