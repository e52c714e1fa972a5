"""Processes of tuilab's own that outlive whoever starts them: the scheduler, the coordinator of a sweep."""

import os
import subprocess
import sys
import threading
from pathlib import Path

from tuilab.files.regular import open_regular
from tuilab.processes.children import let_libraries_warn

_LONGEST_LOG = 1 << 20


def start_in_background(module: str, *arguments: str, log: Path) -> "subprocess.Popen[bytes]":
    """Start ``python -m MODULE`` in a session of its own; what it prints goes behind what its log holds.

    Args:
        log: begins again where it is longer than a megabyte.

    Raises:
        OSError: the log cannot be opened, or the process cannot be started.
    """
    environment = {**os.environ, "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    let_libraries_warn(environment)
    fd = open_regular(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        os.fchmod(fd, 0o600)  # whatever the umask
        if os.fstat(fd).st_size > _LONGEST_LOG:
            os.ftruncate(fd, 0)
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=fd,
            stderr=fd,
            start_new_session=True,
            close_fds=True,
            umask=0o077,
            cwd="/",
            env=environment,
        )
    finally:
        os.close(fd)
    # so that it leaves no zombie, whenever it ends
    threading.Thread(target=process.wait, name=module, daemon=True).start()
    return process
