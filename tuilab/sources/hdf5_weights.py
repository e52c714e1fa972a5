"""A base's convolutions out of a Keras weight file, read as data.

Three layouts exist: Keras's legacy one (``block1_conv1/block1_conv1_W_1:0`` or
``.../kernel:0``), Keras 3's ``.weights.h5`` (``layers/conv2d_1/vars/0``, the layer's own name in
an attribute of ``vars``), and early Keras 3 files without that attribute. In all of them the
base may be nested in a larger model.

HDF5 can refer to other files (links, external and virtual storage), can ask for code (filters that
are plug-ins), and can unpack a few bytes to any number (filters again: HDF5 unpacks a chunk whole
before it looks at its size). Such a file is refused whole: weights that Keras writes have none of it.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tuilab.bases.base_network import BaseNetwork
from tuilab.errors import MissingError, UsageError
from tuilab.terminal import clean

if TYPE_CHECKING:
    import h5py

Layers = dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Layer name -> kernel (3, 3, in, out) and bias (out,), float32."""

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_MOST_PARTS = 20_000  # groups and tensors; a large model with its optimizer has a few thousand
_DEEPEST = 64
_LONGEST_LABEL = 4096  # bytes
_IN_A_BLOCK = re.compile(r"block\d+_conv\d+")  # a layer of some network: one too many is another base's
_UNNAMED = re.compile(r"conv2d(?:_(\d+))?")
# What h5py raises for damaged content (RecursionError and the like are RuntimeErrors).
_DAMAGED = (OSError, RuntimeError, KeyError, ValueError, TypeError)


class LockedError(MissingError):
    """A file that may be whole, and that another program keeps from being read."""


def read_hdf5(path: Path, base: BaseNetwork) -> Layers:
    """Return the convolutions of a base from the Keras weight file ``path``.

    Args:
        path: a ``.h5`` or ``.weights.h5`` file.
        base: whose layers it must hold, and no others that are named like them.

    Returns:
        Kernels (3, 3, in, out) and biases (out,), float32, finite, in the base's order.

    Raises:
        MissingError: the file is not there, damaged, or holds NaN or infinite values.
        LockedError: another program has it open.
        UsageError: another network, a whole model, or a file that refers to other files.
    """
    return _open(path, base, tensors=True)


def check_hdf5(path: Path, base: BaseNetwork) -> None:
    """Raise what ``read_hdf5`` would raise, except for the values: no tensor is read."""
    _open(path, base, tensors=False)


def _remedies(base: BaseNetwork) -> tuple[str, ...]:
    return (
        f"--weights PATH takes the weights of {base.title}'s convolution base: Keras's .h5, or a file from "
        "save_weights",
    )


def _open(path: Path, base: BaseNetwork, *, tensors: bool) -> Layers:
    _check_signature(path, base)

    try:
        with _open_unlocked(path) as file:
            if "model_config" in file.attrs:
                raise UsageError(
                    f"{clean(str(path))} is a whole model, but only weight files are read.", _remedies(base)
                )
            found = _layers(file, path, base)
            _check_shapes(found, path, base)
            return (
                {name: _read(found[name], name, path, base) for name in base.convolutions} if tensors else {}
            )
    except _DAMAGED as error:
        raise MissingError(
            f"{clean(str(path))} is damaged: HDF5 cannot read it ({clean(str(error), limit=200)}).",
            _remedies(base),
        ) from error


def _open_unlocked(path: Path) -> "h5py.File":
    """Open a file to read; a LockedError where another program has it, not where locks are missing."""
    import h5py

    try:
        return h5py.File(path, "r")
    except BlockingIOError as error:
        raise _locked(path, "another program has it open") from error
    except OSError as error:
        if "already open for write" in str(error):
            raise _locked(path, "a program has it open for writing, or ended without closing it") from error
        if "unable to lock file" in str(error):  # a network folder without locks
            return h5py.File(path, "r", locking=False)
        raise


def _locked(path: Path, why: str) -> LockedError:
    shown = clean(str(path))
    return LockedError(
        f"{shown} is locked: {why}.",
        (
            f"close that program, then run this again (fuser -v {shown} names it)",
            f"or use a copy that no program has open: cp {shown} copy.h5, then --weights copy.h5",
            f"if no program has it open: h5clear -s {shown}",
        ),
    )


def _check_signature(path: Path, base: BaseNetwork) -> None:
    shown = clean(str(path))
    if path.is_dir():
        raise UsageError(f"{shown} is a folder, but the weights must be a single file.", _remedies(base))
    if path.exists() and not path.is_file():  # a pipe or device could block for ever
        raise UsageError(f"{shown} is not a regular file.", _remedies(base))
    try:
        with path.open("rb") as file:
            start = file.read(len(SIGNATURE))
    except OSError as error:
        why = clean(error.strerror or str(error))
        raise MissingError(f"The weights {shown} cannot be read: {why}.", _remedies(base)) from error
    if start.startswith(b"PK\x03\x04"):
        raise UsageError(f"{shown} is a .keras or zip file, but only weight files are read.", _remedies(base))
    if start != SIGNATURE:
        raise MissingError(f"{shown} is not an HDF5 file, or its start is damaged.", _remedies(base))


def _layers(file: "h5py.File", path: Path, base: BaseNetwork) -> "dict[str, list[h5py.Dataset]]":
    """Return layer name -> its tensors, the ones with more dimensions first."""
    named: dict[str, list[Any]] = {}
    unnamed: dict[tuple[str, ...], dict[int, list[Any]]] = {}
    for parts, name, dataset in _datasets(file, path, base):
        if parts[0].startswith("optimizer"):
            continue  # its slots have the shapes of the weights
        if name is not None:
            named.setdefault(name, []).append(dataset)
        elif parts[-2:-1] == ("vars",) and (match := _UNNAMED.fullmatch(parts[-3])):
            unnamed.setdefault(parts[:-3], {}).setdefault(int(match[1] or 0), []).append(dataset)
    if not named and len(unnamed) == 1:
        # early Keras 3: only the order tells which layer is which
        (layers,) = unnamed.values()
        named = {_nth_name(place, base): layers[index] for place, index in enumerate(sorted(layers))}
    for tensors in named.values():
        tensors.sort(key=lambda dataset: -len(dataset.shape or ()))
    return named


def _nth_name(place: int, base: BaseNetwork) -> str:
    """Return the base's name of the convolution at ``place`` from 0 on; behind them, one that it has not."""
    names = tuple(base.convolutions)
    behind = place - len(names)
    return names[place] if behind < 0 else f"block{base.layers[-1].block + 1}_conv{behind + 1}"


def _datasets(
    file: "h5py.File", path: Path, base: BaseNetwork
) -> "Iterator[tuple[tuple[str, ...], str | None, h5py.Dataset]]":
    """Yield path parts, the layer's name where one is given, and the dataset, of all datasets."""
    import h5py

    seen: set[h5py.Group] = set()
    parts_left = _MOST_PARTS
    groups: list[tuple[tuple[str, ...], h5py.Group]] = [((), file)]
    while groups:
        parts, group = groups.pop()
        if group in seen:  # equal: the same object in the file
            continue  # hard links can make a circle
        seen.add(group)
        label = _label(group)
        for key in group:
            inner = (*parts, str(key))
            parts_left -= 1
            if parts_left < 0 or len(inner) > _DEEPEST:
                raise UsageError(
                    f"{clean(str(path))} has more than {_MOST_PARTS:,} parts, or they are nested more than "
                    f"{_DEEPEST} deep; {base.title}'s convolution base has about {_about_parts(base)}.",
                    _remedies(base),
                )
            if group.get(key, getlink=True, getclass=True) is not h5py.HardLink:
                raise _outside_file(path, inner, "a link to another place", base)
            item = group[key]
            if isinstance(item, h5py.Group):
                groups.append((inner, item))
            elif isinstance(item, h5py.Dataset):
                if item.external or item.is_virtual:
                    raise _outside_file(path, inner, "data kept in other files", base)
                if item.id.get_create_plist().get_nfilters():
                    raise UsageError(
                        f"{clean(str(path))} holds compressed data ({clean('/'.join(inner), limit=100)}),"
                        " but only weights as Keras writes them, uncompressed, are read.",
                        _remedies(base),
                    )
                candidates = [label, *reversed(inner)]
                names = (c for c in candidates if isinstance(c, str) and _is_layer(c, base))
                yield inner, next(names, None), item


def _is_layer(name: str, base: BaseNetwork) -> bool:
    return name in base.convolutions or _IN_A_BLOCK.fullmatch(name) is not None


def _about_parts(base: BaseNetwork) -> int:
    """Return how many groups and tensors a base's own file has, to the nearest ten: three a convolution."""
    return round(3 * len(base.convolutions), -1)


def _label(group: "h5py.Group") -> Any:
    """Return the attribute ``name`` where it is one short text, else None."""
    if "name" not in group.attrs:
        return None
    attribute = group.attrs.get_id("name")
    # an array of references to one long text would be unpacked to any size
    short = attribute.shape == () and attribute.get_storage_size() <= _LONGEST_LABEL
    return group.attrs["name"] if short else None


def _outside_file(path: Path, parts: tuple[str, ...], what: str, base: BaseNetwork) -> UsageError:
    where = clean("/".join(parts), limit=100)
    return UsageError(
        f"{clean(str(path))} holds {what} ({where}). Such a file is not read: it could name any file.",
        _remedies(base),
    )


def _check_shapes(found: "Mapping[str, list[h5py.Dataset]]", path: Path, base: BaseNetwork) -> None:
    table = base.convolutions
    for name in sorted({*found, *table}):
        has = [dataset.shape for dataset in found.get(name, ())]
        wants = [(3, 3, *table[name]), table[name][1:]] if name in table else []
        if has != wants:
            raise UsageError(
                f"{clean(str(path))} is not {base.title}'s convolution base: in layer {name}"
                f" it has {_shapes(has)}, but must have {_shapes(wants)}.",
                _remedies(base),
            )


def _shapes(shapes: list[Any]) -> str:
    # a damaged or hostile file can have very many
    shown = " and ".join("x".join(map(str, shape or ())) or "a scalar" for shape in shapes[:4])
    return (shown + (" and more" if len(shapes) > 4 else "")) or "nothing"


def _read(tensors: "list[h5py.Dataset]", name: str, path: Path, base: BaseNetwork) -> tuple[Any, Any]:
    arrays = []
    for dataset in tensors:
        if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8:
            raise UsageError(
                f"{clean(str(path))} has {name} as {clean(str(dataset.dtype), limit=60)},"
                " but must have it as float32.",
                _remedies(base),
            )
        # a chunk is unpacked whole, so one larger than its tensor could fill the memory
        if dataset.chunks and any(c > n for c, n in zip(dataset.chunks, dataset.shape, strict=True)):
            raise ValueError(f"chunks larger than the tensor in {name}")
        with np.errstate(over="ignore"):  # float64 beyond float32 becomes inf, which is refused below
            array = np.ascontiguousarray(dataset[()], dtype=np.float32)
        if not np.isfinite(array).all():
            raise MissingError(
                f"{clean(str(path))} is damaged: {name} has NaN or infinite values.", _remedies(base)
            )
        arrays.append(array)
    return arrays[0], arrays[1]
