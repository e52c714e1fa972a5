"""The base networks that have a name, one file each: a file in this folder is a base network."""

from importlib import import_module
from pkgutil import iter_modules

from tuilab.bases.base_network import BaseNetwork

COURSE_BASE = "vgg16"
"""The course's base: what a transfer network stands on that names none."""

_DECLARED: list[BaseNetwork] = [
    import_module(f"{__name__}.{module.name}").BASE for module in iter_modules(__path__)
]
BASES = {base.name: base for base in sorted(_DECLARED, key=lambda base: base.name)}
"""All of them by name, in that order."""
TITLES = " or ".join(base.title for base in BASES.values())
"""What they are called, for a sentence."""
