"""The unfreeze point: which layers of the kept base train.

===============  =====================================================================
``none``         the base stays frozen; only the head trains
``all``          every layer of the kept base trains
``last-N``       the last N layers kept, pools counted, as ``base.layers[-N:]`` counts them
``from:LAYER``   this layer and all that follow it
``blocks:2,3``   the layers of these blocks
===============  =====================================================================
"""

import re
from typing import Literal

from tuilab.bases.base_network import BaseLayer
from tuilab.errors import nearest

FORMS = "none, all, last-N, from:LAYER or blocks:2,3"

Form = Literal["none", "all", "last", "from", "blocks"]
Layers = tuple[BaseLayer, ...]


def form_of(unfreeze: str) -> Form:
    """Return which of the forms above a text has; what stands behind ``last-``, ``from:`` and ``blocks:``
    is not looked at.

    Raises:
        ValueError: none of them; the text says what is allowed.
    """
    if unfreeze in ("none", "all"):
        return unfreeze
    if re.fullmatch(r"last-[0-9]{1,9}", unfreeze):
        return "last"
    if unfreeze.startswith("from:"):
        return "from"
    if unfreeze.startswith("blocks:"):
        return "blocks"
    raise ValueError(f"it must be {FORMS}{nearest(unfreeze, ('none', 'all', 'last-3'))}")


def trained_layers(unfreeze: str, kept: Layers) -> Layers:
    """Return the layers of the base that train, in order; pools are among them and have no weights.

    Args:
        unfreeze: one of the forms above.
        kept: the layers of the base that are kept, from its first on.

    Raises:
        ValueError: a form, number or name that is not allowed; the text says what is.
    """
    match form_of(unfreeze):
        case "none":
            return ()
        case "all":
            return kept
        case "last":
            return _last(int(unfreeze.removeprefix("last-")), kept)
        case "from":
            return _from_layer(unfreeze.removeprefix("from:"), kept)
        case "blocks":
            return _blocks(unfreeze.removeprefix("blocks:"), kept)


def point_of(layers: int, kept: Layers) -> str:
    """Return the unfreeze point with this many layers behind it: ``none``, ``last-N`` or ``all``."""
    return "none" if layers == 0 else "all" if layers == len(kept) else f"last-{layers}"


def describe(unfreeze: str, kept: Layers) -> str:
    """Return the course's words for an unfreeze point: ``-``, ``Last 3``, ``Block 2 and block 3 layers``."""
    trained = trained_layers(unfreeze, kept)
    if not trained:
        return "-"
    if trained == kept:
        return f"All {len(kept)}"
    if form_of(unfreeze) == "last":
        return f"Last {len(trained)}"
    blocks = sorted({layer.block for layer in trained})
    if trained == tuple(layer for layer in kept if layer.block in blocks):
        words = " and ".join(f"block {block}" for block in blocks)
        return f"{words[0].upper()}{words[1:]} layers"
    return f"From {trained[0].name}"


def _last(n: int, kept: Layers) -> Layers:
    if not 1 <= n <= len(kept):
        raise ValueError(
            f"the base up to {kept[-1].name} has {len(kept)} layers, so last-N goes from last-1 to "
            f"last-{len(kept)}"
        )
    return kept[-n:]


def _from_layer(name: str, kept: Layers) -> Layers:
    names = [layer.name for layer in kept]
    if name not in names:
        raise ValueError(
            f"there is no layer {name[:40]!r} in the base; its layers are {names[0]} to "
            f"{names[-1]}{nearest(name, names)}"
        )
    return kept[names.index(name) :]


def _blocks(text: str, kept: Layers) -> Layers:
    last = kept[-1].block
    allowed = f"it must be a number from 1 to {last}, as in blocks:{last}"
    wanted: set[int] = set()
    for part in text.split(","):
        if not re.fullmatch(r"\s*[1-9]\s*", part) or int(part) > last:
            raise ValueError(
                f"{part.strip()[:40]!r} is not a block of the base up to {kept[-1].name}: {allowed}"
            )
        wanted.add(int(part))
    return tuple(layer for layer in kept if layer.block in wanted)
