"""NumPy's part of a pickle: the few calls that an array needs, checked before an array is made."""

import math
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DTYPE = re.compile(r"[biuf][1248]")
_ORDERS = frozenset("<>|=")
_LONGEST_NAME = 200  # characters


class Refused(Exception):
    """Something that no file of plain data needs."""


class Global:
    """A name that the pickle wants to call or pass; never the thing itself."""

    def __init__(self, name: str) -> None:
        self.name = name


class DType:
    """A NumPy type under construction: built, then given its byte order."""

    def __init__(self, code: str) -> None:
        self.type = np.dtype(code)

    def set_state(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) < 5 or any(part is not None for part in state[2:5]):
            raise Refused("a NumPy type with fields")
        order = as_text(state[1])
        if order not in _ORDERS:
            raise Refused(f"the byte order {order!r}")
        self.type = np.dtype(order + self.type.str[1:])


class Array:
    """A NumPy array under construction."""

    def __init__(self) -> None:
        self.array: NDArray[Any] | None = None

    def set_state(self, state: Any) -> None:
        if not isinstance(state, tuple) or len(state) != 5:
            raise Refused("an array of an unknown version")
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, DType) or not isinstance(data, bytes) or not isinstance(shape, tuple):
            raise Refused("an array of Python objects")
        if not all(type(n) is int and n >= 0 for n in shape) or len(shape) > 8:
            raise Refused("an array of an impossible shape")
        if math.prod(shape) * dtype.type.itemsize != len(data):
            raise Refused(f"an array of shape {shape} with {len(data)} bytes")
        self.array = np.frombuffer(data, dtype.type).reshape(shape, order="F" if fortran else "C")


def as_text(value: Any) -> str:
    if not isinstance(value, str | bytes):
        raise Refused("a name that is not a string")
    if len(value) > _LONGEST_NAME:
        raise Refused(f"a name of {len(value):,} characters")
    return value.decode("latin-1") if isinstance(value, bytes) else value


def reconstruct(arguments: tuple[Any, ...]) -> Array:
    kind = arguments[0] if arguments else None
    if not isinstance(kind, Global) or kind.name != "numpy.ndarray":
        raise Refused(f"the global {kind.name}" if isinstance(kind, Global) else "an unknown kind of array")
    return Array()


def from_buffer(arguments: tuple[Any, ...]) -> Array:
    """An array as protocol 5 has it: all of it in one call."""
    if len(arguments) != 4 or arguments[3] not in ("C", "F"):
        raise Refused("an array of an unknown version")
    data, dtype, shape, order = arguments
    made = Array()
    made.set_state((1, shape, dtype, order == "F", data))
    return made


def dtype_of(arguments: tuple[Any, ...]) -> DType:
    code = as_text(arguments[0]) if arguments else ""
    if not _DTYPE.fullmatch(code):
        raise Refused("an array of Python objects" if code.startswith("O") else f"the NumPy type {code!r}")
    try:
        return DType(code)
    except TypeError:  # b2 and f1 look like types and are none
        raise Refused(f"the NumPy type {code!r}") from None


def scalar(arguments: tuple[Any, ...]) -> int | float | bool:
    if len(arguments) != 2 or not isinstance(arguments[0], DType) or not isinstance(arguments[1], bytes):
        raise Refused("a NumPy number of an unknown kind")
    dtype, data = arguments[0].type, arguments[1]
    if len(data) != dtype.itemsize:
        raise Refused(f"a NumPy number of {len(data)} bytes")
    return np.frombuffer(data, dtype)[0].item()
