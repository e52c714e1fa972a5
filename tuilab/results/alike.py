"""Which rows may be compared: of the same images, weights and pixels. Others are kept apart, and named."""

from collections.abc import Mapping, Sequence
from typing import Any

from tuilab.terminal import clean

Values = Mapping[str, Any]
"""A row's values by their keys."""

ALIKE_IN = ("images", "weights", "pixels")
"""What two runs must share before one may be said to be better."""
_ALIKE = ("dataset_digest", "dataset", "weights_digest", "weights", "pixels")


def alike(values: Values) -> tuple[Any, ...]:
    """Return what two rows must share before their accuracies may be compared."""
    return tuple(values[key] for key in _ALIKE)


def differing(first: Values, second: Values) -> tuple[str, ...]:
    """Return in which of ``ALIKE_IN`` two rows differ, or do not say that they agree."""
    pairs = zip(ALIKE_IN, _parts(first), _parts(second), strict=True)
    differs = [name for name, ours, theirs in pairs if ours != theirs or None in ours]
    seeds = {first["split_seed"], second["split_seed"]} - {None}
    if "images" in differs and len(seeds) == 2 and first["dataset"] == second["dataset"]:
        differs[differs.index("images")] = "test images"
    return tuple(differs)


def _parts(values: Values) -> Sequence[tuple[Any, ...]]:
    return (
        (values["dataset_digest"], values["dataset"]),
        (values["weights_digest"], values["weights"]),
        (values["pixels"],),
    )


def captions(firsts: Sequence[Values]) -> list[str]:
    """Return a heading for each group of rows that may be compared, no two of them the same.

    Args:
        firsts: a row of each group.
    """
    plain = [_caption(row) for row in firsts]
    twins = [[row for row, other in zip(firsts, plain, strict=True) if other == text] for text in plain]
    return [
        f"{text}{_distinction(row, among)}" for text, row, among in zip(plain, firsts, twins, strict=True)
    ]


def _distinction(row: Values, among: Sequence[Values]) -> str:
    """Return what tells a row from others of the same caption: the beginnings of the digests that differ."""
    differs = [
        f"; {name} {clean(row[column][:8]) if row[column] else 'not recorded'}"
        for name, column in (("images", "dataset_digest"), ("weights", "weights_digest"))
        if len({other[column] for other in among}) > 1
    ]
    return "".join(differs)


def _caption(row: Values) -> str:
    seed = row["split_seed"]
    split = "" if seed is None else f" (test images split off with seed {seed})"
    weights = "" if row["weights"] == "-" else f"; weights: {_named(row['weights'])}"
    marked = " (RANDOM: nothing learned from ImageNet)" if row["weights"] == "random" else ""
    return f"{_named(row['dataset'])}{split}{weights}{marked}; pixels: {row['pixels']}"


def _named(name: object) -> str:
    return clean(name) if isinstance(name, str) else "unknown"
