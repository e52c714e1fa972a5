"""The unfreeze boundary: a line between two layers of the base, and the words for it.

It stands before the first layer that trains; its place is counted in layers from the base's end,
pools among them: 0 is ``none``, all of them is ``all``.
"""

from collections.abc import Mapping

from tuilab.experiment import ModelSpec, TransferSpec, base_of
from tuilab.experiment.unfreeze import trained_layers
from tuilab.experiment.vgg16 import NAMES, Vgg16Layer, up_to


def place(model: TransferSpec) -> int:
    """Return how many layers lie behind the boundary: from the first that trains to the base's end."""
    trained = trained_layers(model.unfreeze, model.last_layer)
    return _behind(trained[0], model.last_layer) if trained else 0


def words(layers: int, last_layer: str) -> str:
    """Return the unfreeze point with this many layers behind it: ``none``, ``last-N`` or ``all``."""
    kept = len(up_to(last_layer))
    return "none" if layers == 0 else "all" if layers == kept else f"last-{layers}"


def stops(model: TransferSpec) -> tuple[str, ...]:
    """Return every place of the boundary in words, from ``none`` to ``all``."""
    return tuple(words(layers, model.last_layer) for layers in range(len(up_to(model.last_layer)) + 1))


def moved(model: TransferSpec, step: int, preset: TransferSpec | None = None) -> str:
    """Return the unfreeze point ``step`` layers nearer to the image, or to the head where it is negative.

    It stops at both ends, and there the words stay as they are. If the same layers train as in the
    preset, the preset's own words (``blocks:3``) are returned.
    """
    layers = min(max(place(model) + step, 0), len(up_to(model.last_layer)))
    if layers == place(model):
        return model.unfreeze
    return in_the_words_of(preset, words(layers, model.last_layer), model.last_layer)


def at(model: TransferSpec, layer: str, preset: TransferSpec | None = None) -> str:
    """Return the unfreeze point from which on ``layer``, a name of the kept base, and all behind it train."""
    kept = up_to(model.last_layer)
    behind = next(_behind(known, model.last_layer) for known in kept if known.name == layer)
    return in_the_words_of(preset, words(behind, model.last_layer), model.last_layer)


def in_the_words_of(preset: TransferSpec | None, unfreeze: str, last_layer: str) -> str:
    """Return the preset's words where they mean the same layers of the same base, else ``unfreeze``."""
    if preset is None or preset.last_layer != last_layer:
        return unfreeze
    same = trained_layers(preset.unfreeze, last_layer) == trained_layers(unfreeze, last_layer)
    return preset.unfreeze if same else unfreeze


def kept_boundary(model: ModelSpec, last_layer: str) -> Mapping[str, str]:
    """Return the change of the unfreeze point that another depth of the base asks for; mostly none.

    If the words have no meaning for the new base, the boundary stays before the same layer, or at
    the base's end where that layer is gone. A layer that does not exist asks for nothing: it is refused.
    """
    base = base_of(model)
    if base is None or last_layer not in NAMES:
        return {}
    try:
        trained_layers(base.unfreeze, last_layer)
    except ValueError:
        first = trained_layers(base.unfreeze, base.last_layer)[0]
        layers = _behind(first, last_layer) if first in up_to(last_layer) else 0
        return {"model.unfreeze": words(layers, last_layer)}
    return {}


def _behind(first: Vgg16Layer, last_layer: str) -> int:
    kept = up_to(last_layer)
    return len(kept) - kept.index(first)
