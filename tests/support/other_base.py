"""A second base beside VGG16, for a test."""

from dataclasses import replace

import pytest

from tuilab.bases.base_network import in_blocks
from tuilab.bases.named import BASES
from tuilab.bases.named.vgg16 import BASE

OTHER = replace(BASE, name="other", title="Other", layers=in_blocks((1, 4), (2, 8)))


def with_other_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ``other`` be known."""
    monkeypatch.setitem(BASES, OTHER.name, OTHER)
