"""Reads the data of a pickle without running it.

CIFAR-10's "python version" is pickled, and a pickle is a program. Here its opcodes are read with
``pickletools`` and only those that build plain data are carried out, by this file itself: no
module is imported and nothing that a pickle names is called. The few names of NumPy that an array
needs stand for functions below, which check shape, type and length before an array is made.

A few bytes can also ask for much: so the instructions are counted, and numbers, dicts and re-encoded
texts are bounded. All bounds are ten times what CIFAR-10 needs or more, and three times what CIFAR-100
needs, whose 50,000 training images are one pickle.
"""

import pickletools
from collections.abc import Callable
from typing import Any, cast

from tuilab.errors import MissingError, UsageError
from tuilab.sources.pickled_arrays import (
    Array,
    DType,
    Global,
    Refused,
    as_text,
    dtype_of,
    from_buffer,
    reconstruct,
    scalar,
)
from tuilab.terminal import clean

_REMEDY = ("unpack or download the file again, from a source that you trust",)
_OTHER_PROTOCOL = ("or, where the data is your own, write it again: pickle.dump(batch, file, protocol=4)",)
_DEEPEST = 20
_MOST_INSTRUCTIONS = 1_000_000  # an official batch of 10,000 images has about 50,000
_MOST_KEYS = 1000  # numbers can be chosen so that all of them collide
_LONGEST_NUMBER = 256  # bits


class _Instruction(Refused):
    """An instruction that is not carried out: of another protocol, or for objects."""


class _Mark:
    """Where a group of items begins on the stack."""


def load_pickle(data: bytes, *, what: str) -> Any:
    """Return the plain data of a pickle of protocol 2 to 5, from Python 2 or 3.

    Args:
        data: the whole pickle; any bytes.
        what: the file's name for error sentences; not yet cleaned.

    Returns:
        dict, list, tuple, bytes, str, int, float, bool, None, and NumPy arrays of booleans, integers
        or floats, nested at most 20 deep. Strings of Python 2 and bytearrays come as bytes.

    Raises:
        UsageError: it names a global other than NumPy's array parts, or holds anything else than data.
        MissingError: the bytes end early or are no pickle.
    """
    try:
        return _plain(_run(data), {}, 0)
    except Refused as e:
        holds = f"{clean(what)} is refused: its pickle holds {clean(str(e), limit=200)}"
        remedies = _REMEDY + (_OTHER_PROTOCOL if isinstance(e, _Instruction) else ())
        raise UsageError(
            f"{holds}, but only plain NumPy arrays, lists, dicts, strings and numbers are allowed", remedies
        ) from e
    except (ValueError, IndexError, KeyError, OverflowError, MemoryError) as e:
        reason = clean(str(e), limit=200)
        raise MissingError(
            f"{clean(what)} is damaged: it is not a complete pickle ({reason})", _REMEDY
        ) from e


def _run(data: bytes) -> Any:
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    calls = _Calls(len(data))
    for number, (opcode, value, _) in enumerate(pickletools.genops(data)):
        name, argument = opcode.name, cast(Any, value)
        if number >= _MOST_INSTRUCTIONS:
            raise Refused(f"more than {_MOST_INSTRUCTIONS:,} instructions")
        if isinstance(value, int) and value.bit_length() > _LONGEST_NUMBER:
            raise Refused(f"a number of {value.bit_length():,} bits")
        if name in {"PROTO", "FRAME"}:
            continue
        if name == "STOP":
            return stack.pop()
        if name in _PUSHED:
            stack.append(argument)
        elif name == "BYTEARRAY8":
            stack.append(bytes(argument))
        elif name in {"BINSTRING", "SHORT_BINSTRING"}:
            stack.append(argument.encode("latin-1"))
        elif name in _MADE:
            stack.append(_MADE[name]())
        elif name in {"BINPUT", "LONG_BINPUT"}:
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in {"BINGET", "LONG_BINGET"}:
            stack.append(memo[argument])
        elif name in {"TUPLE1", "TUPLE2", "TUPLE3"}:
            count = int(name[-1])
            stack[-count:] = [tuple(stack[len(stack) - count :])]
        elif name == "TUPLE":
            items = _since_mark(stack)
            stack.append(tuple(items))
        elif name in {"APPEND", "APPENDS"}:
            items = [stack.pop()] if name == "APPEND" else _since_mark(stack)
            _expect(stack[-1], list).extend(items)
        elif name in {"SETITEM", "SETITEMS"}:
            items = [stack.pop(-2), stack.pop()] if name == "SETITEM" else _since_mark(stack)
            _fill(_expect(stack[-1], dict), items)
        elif name == "GLOBAL":
            stack.append(Global(argument.replace(" ", ".", 1)))
        elif name == "STACK_GLOBAL":
            attribute, module = stack.pop(), stack.pop()
            stack.append(Global(f"{as_text(module)}.{as_text(attribute)}"))
        elif name == "REDUCE":
            arguments, function = stack.pop(), stack.pop()
            stack.append(calls.call(function, arguments))
        elif name == "BUILD":
            state, target = stack.pop(), stack[-1]
            if not isinstance(target, Array | DType):
                raise Refused("the state of an object")
            target.set_state(state)
        else:
            raise _Instruction(f"the instruction {name}")
    raise ValueError("it has no end")


_PUSHED = frozenset(
    (
        *("BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT"),
        *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8"),
    )
)
_MADE: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None,
    "NEWTRUE": lambda: True,
    "NEWFALSE": lambda: False,
    "EMPTY_LIST": list,
    "EMPTY_DICT": dict,
    "EMPTY_TUPLE": tuple,
    "MARK": _Mark,
}


def _since_mark(stack: list[Any]) -> list[Any]:
    at = next((i for i in range(len(stack) - 1, -1, -1) if isinstance(stack[i], _Mark)), None)
    if at is None:
        raise ValueError("a group that never began")
    items = stack[at + 1 :]
    del stack[at:]
    return items


def _expect(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise Refused(f"items for something that is not a {kind.__name__}")
    return value


def _fill(target: dict[Any, Any], items: list[Any]) -> None:
    if len(items) % 2:
        raise ValueError("a key without a value")
    if len(target) + len(items) // 2 > _MOST_KEYS:
        raise Refused(f"a dict of more than {_MOST_KEYS:,} keys")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, str | bytes | int):
            raise Refused("a key that is neither a string nor a number")
        target[key] = value


class _Calls:
    """The functions that a pickle may call, and how many bytes it may have them make."""

    def __init__(self, most_bytes: int) -> None:
        self._left = most_bytes
        self._known: dict[str, Callable[[tuple[Any, ...]], Any]] = {
            "numpy.core.multiarray._reconstruct": reconstruct,
            "numpy._core.multiarray._reconstruct": reconstruct,
            "numpy.core.numeric._frombuffer": from_buffer,
            "numpy._core.numeric._frombuffer": from_buffer,
            "numpy.core.multiarray.scalar": scalar,
            "numpy._core.multiarray.scalar": scalar,
            "numpy.dtype": dtype_of,
            "_codecs.encode": self._encode,
        }

    def call(self, function: Any, arguments: Any) -> Any:
        if not isinstance(function, Global) or not isinstance(arguments, tuple):
            raise Refused("a call to something that is not a function")
        known = self._known.get(function.name)
        if known is None:
            raise Refused(f"the global {function.name}")
        return known(arguments)

    def _encode(self, arguments: tuple[Any, ...]) -> bytes:
        # How Python 3 writes bytes in protocol 2. Other codecs (zlib, hex, ...) are never asked for.
        if len(arguments) != 2 or not isinstance(arguments[0], str) or not _is_latin_1(arguments[1]):
            raise Refused("bytes in an encoding other than latin-1")
        self._left -= len(arguments[0])
        if self._left < 0:  # each text is encoded once; the same one again and again is a bomb
            raise Refused("more bytes than there are in the file")
        return arguments[0].encode("latin-1")


def _is_latin_1(codec: Any) -> bool:
    return isinstance(codec, str) and codec in {"latin1", "latin-1"}


def _plain(value: Any, done: dict[int, tuple[Any, Any]], depth: int) -> Any:
    """Return ``value`` with finished arrays; one visit an object, however often it is referred to."""
    if value is None or isinstance(value, str | bytes | int | float):
        return value
    if depth > _DEEPEST:
        raise Refused(f"data nested more than {_DEEPEST} deep")
    if id(value) in done:
        return done[id(value)][0]
    if isinstance(value, dict):
        result: Any = {key: _plain(item, done, depth + 1) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        result = type(value)(_plain(item, done, depth + 1) for item in value)
    elif isinstance(value, Array) and value.array is not None:
        result = value.array
    elif isinstance(value, Global):
        raise Refused(f"the global {value.name}")
    else:
        raise Refused("an object without its data")
    done[id(value)] = (result, value)
    return result
