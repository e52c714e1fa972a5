"""Small text files of a person's own (settings, presets, themes, lessons), read within bounds.

Whatever lies in their folders under such a name: a pipe is not waited for, a device is not read without
end, and a file of gigabytes is not taken into memory.
"""

from pathlib import Path

from tuilab.files.regular import read_regular

LARGEST = 256 * 1024
"""Bytes that such a file may have."""


def read_small(path: Path) -> str:
    """Return the text of a small file in UTF-8, line ends and byte order mark as they are.

    Raises:
        OSError: it cannot be read, is a pipe or a device, or has more than ``LARGEST`` bytes.
        UnicodeDecodeError: it is not text.
    """
    return read_regular(path, LARGEST, links=True).decode()
