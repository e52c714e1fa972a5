"""The unfreeze boundary: a line between two layers of the base, and the words for it.

It stands before the first layer that trains; its place is counted in layers from the base's end,
pools among them: 0 is ``none``, all of them is ``all``.
"""

from collections.abc import Mapping

from tuilab.experiment import ModelSpec, TransferSpec, base_of
from tuilab.experiment.unfreeze import Layers, point_of, trained_layers


def place(model: TransferSpec) -> int:
    """Return how many layers lie behind the boundary: from the first that trains to the base's end."""
    return len(model.kept) - model.kept.index(model.trained[0]) if model.trained else 0


def stops(model: TransferSpec) -> tuple[str, ...]:
    """Return every place of the boundary in words, from ``none`` to ``all``."""
    return tuple(point_of(layers, model.kept) for layers in range(len(model.kept) + 1))


def moved(model: TransferSpec, step: int, preset: TransferSpec | None = None) -> str:
    """Return the unfreeze point ``step`` layers nearer to the image, or to the head where it is negative.

    It stops at both ends, and there the words stay as they are. If the same layers train as in the
    preset, the preset's own words (``blocks:3``) are returned.
    """
    layers = min(max(place(model) + step, 0), len(model.kept))
    if layers == place(model):
        return model.unfreeze
    return in_the_words_of(preset, point_of(layers, model.kept), model.kept)


def at(model: TransferSpec, layer: str, preset: TransferSpec | None = None) -> str:
    """Return the unfreeze point from which on ``layer``, a name of the kept base, and all behind it train."""
    before = [known.name for known in model.kept].index(layer)
    return in_the_words_of(preset, point_of(len(model.kept) - before, model.kept), model.kept)


def in_the_words_of(preset: TransferSpec | None, unfreeze: str, kept: Layers) -> str:
    """Return the preset's words where they mean the same layers of the same base, else ``unfreeze``."""
    if preset is None or preset.kept != kept:
        return unfreeze
    return preset.unfreeze if preset.trained == trained_layers(unfreeze, kept) else unfreeze


def kept_boundary(model: ModelSpec, last_layer: str) -> Mapping[str, str]:
    """Return the change of the unfreeze point that another depth of the base asks for; mostly none.

    If the words have no meaning for the new base, the boundary stays before the same layer, or at
    the base's end where that layer is gone. A layer that does not exist asks for nothing: it is refused.
    """
    base = base_of(model)
    if base is None or last_layer not in base.base_network.names:
        return {}
    kept = base.base_network.up_to(last_layer)
    try:
        trained_layers(base.unfreeze, kept)
    except ValueError:
        first = base.trained[0]
        return {"model.unfreeze": point_of(len(kept) - kept.index(first) if first in kept else 0, kept)}
    return {}
