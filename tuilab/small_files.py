"""Small text files of a person's own (settings, presets, themes, lessons), read within bounds.

Whatever lies in their folders under such a name: a pipe is not waited for, a device is not read without
end, and a file of gigabytes is not taken into memory.
"""

import errno
import os
import stat
from pathlib import Path

LARGEST = 256 * 1024
"""Bytes that such a file may have."""


def read_small(path: Path) -> str:
    """Return the text of a small file in UTF-8, line ends and byte order mark as they are.

    Raises:
        OSError: it cannot be read, is a pipe or a device, or has more than ``LARGEST`` bytes.
        UnicodeDecodeError: it is no text.
    """
    # a pipe that is opened to read waits for a writer, unless told not to
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        mode = os.fstat(fd).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "It is a pipe or a device, and must be a file", str(path))
        content = bytearray()
        while len(content) <= LARGEST and (block := os.read(fd, LARGEST + 1 - len(content))):
            content += block
    finally:
        os.close(fd)
    if len(content) > LARGEST:
        raise OSError(errno.EFBIG, f"It has more than {LARGEST // 1024} KiB", str(path))
    return content.decode()
