"""The search for garbage is held off, and goes on afterwards as it did before."""

import gc

import pytest

from tuilab.collecting import no_collecting


def test_nothing_is_looked_for_meanwhile() -> None:
    assert gc.isenabled()
    with no_collecting():
        assert not gc.isenabled()
        with no_collecting():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the inner one leaves it as it was"
    assert gc.isenabled()


def test_it_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="mine"), no_collecting():
        raise ValueError("mine")
    assert gc.isenabled()
