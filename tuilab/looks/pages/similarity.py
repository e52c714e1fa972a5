"""The look ``similarity``: what training changed, layer by layer."""

from tuilab.experiment.network import planned
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.wording import count
from tuilab.results.document import Head, Table
from tuilab.runs import measurements
from tuilab.runs.similarity import LayerSimilarity, Similarity
from tuilab.terminal import clean


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing was measured."""
    found = measurements.load(looked.summary.run, "similarity", Similarity)
    return Page(
        f"{looked.name}: what training changed",
        tuple(_paragraphs(looked, found)),
        (_table(found),),
        notes=(
            "CKA is how alike a layer sees the images before and after, whatever is turned or scaled in it "
            "as a whole: 1 is the same, 0 has nothing in common. 1.0000 stands only where it is exactly 1.",
            f"Linear centred kernel alignment with the unbiased estimator, of "
            f"{count(found.images, 'test image')} in batches of {found.batch}; maps are compared pixel by "
            f"pixel. It took {found.seconds:.1f} s.",
        ),
        facts={
            "began_with": clean(found.began_with),
            "images": found.images,
            "batch": found.batch,
            "seconds": found.seconds,
            "layers": [
                {
                    "layer": clean(one.name),
                    "type": clean(one.type),
                    "parameters": one.parameters,
                    "trained": one.trained,
                    "similarity": one.similarity,
                }
                for one in found.layers
            ],
        },
    )


def _paragraphs(looked: LookedAt, found: Similarity) -> list[str]:
    same = [one for one in found.layers if one.similarity == 1]
    known = [one for one in found.layers if one.similarity is not None]
    began = f"It began with {clean(found.began_with, limit=300)}."
    if len(same) == len(found.layers):
        return [f"{began} Training changed no layer: each sees the test images exactly as before."]
    changed = min(known, key=_alike, default=None)
    how_many = f"{len(same)} of its {count(len(found.layers), 'layer')} see" if same else "No layer sees"
    first = f"{began} {how_many} the test images exactly as before"
    if changed is not None:
        first += f"; {clean(changed.name)} changed most, to a CKA of {_value(changed)}"
    base = {layer.name for layer in planned(looked.experiment.model) if layer.part == "base"}
    in_base = [one for one in known if one.name in base and one.similarity != 1]
    if not in_base:
        return [f"{first}."] + (["The whole base is as it was."] if base else [])
    least = min(in_base, key=_alike)
    return [
        f"{first}.",
        f"In the base {clean(in_base[0].name)} is the first layer that changed, and {clean(least.name)} "
        f"the one that changed most: {_value(least)}.",
    ]


def _alike(layer: LayerSimilarity) -> float:
    return 1.0 if layer.similarity is None else layer.similarity


def _value(layer: LayerSimilarity) -> str:
    if layer.similarity is None:
        return "-"
    return "1.0000" if layer.similarity == 1 else f"{min(layer.similarity, 0.9999):.4f}"


def _trains(layer: LayerSimilarity) -> str:
    if not layer.parameters:
        return "-"
    return f"{layer.trained:,}" if layer.trained else "frozen"


def _table(found: Similarity) -> Table:
    heads = [
        Head("layer"),
        Head("type"),
        Head("trains", number=True),
        Head("CKA", number=True),
        Head("changed"),
    ]
    cells = [
        (clean(one.name, limit=40), clean(one.type, limit=40), _trains(one), _value(one), _bar(one))
        for one in found.layers
    ]
    return Table("before and after, from input to output", heads, cells, ("#: one twentieth of 1 - CKA",))


def _bar(layer: LayerSimilarity, width: int = 20) -> str:
    return "#" * min(max(round((1 - _alike(layer)) * width), 0), width)
