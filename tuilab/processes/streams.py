"""Standard streams that are closed, as ``2>&-`` or a careless parent leaves them."""

import os
import sys
from typing import IO

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Put the null device in the place of standard streams that are closed.

    Python has None for those, which every write would stumble on; and the next file that is opened would
    get the number of one, so that what other libraries print went into it.
    """
    for number, (name, mode) in enumerate(_STREAMS):
        if _is_closed(number):
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            stream: IO[str] = open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115 - a descriptor, open to the end
            setattr(sys, name, stream)


def _is_closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False
