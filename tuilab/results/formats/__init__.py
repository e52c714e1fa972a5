"""The export formats: each file of this package is one, found by its name. To add one, add a file."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuilab.results.format import Format


@cache
def names() -> tuple[str, ...]:
    """Return what formats are called, in the order of the alphabet; loads none of them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def find(name: str) -> "Format":
    """Return the format of a name, of those in ``names()``."""
    return import_module(f"{__name__}.{name}").FORMAT


def formats() -> "tuple[Format, ...]":
    """Return all formats, in the order of their names."""
    return tuple(map(find, names()))
