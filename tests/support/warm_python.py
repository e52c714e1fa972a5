"""Python processes that have loaded already what tuilab's commands load: ``python -c CODE ...`` in no time.

A server that has only imported modules forks for each command. What comes of it is a process like any other,
with streams, environment, folder and arguments of its own, which takes signals and ends with an exit code;
but half a second of imports was done once for all. Where a fresh interpreter is what is tested, start one.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import struct
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

PACKAGES = ("cli", "experiment", "files", "lab", "machine", "processes", "results", "runs")
"""Parts of tuilab whose modules are loaded; the app, the engine and what reads images are not."""
_EARLY = ("PYTHON", "LC_", "LANG", "LD_", "FORCE_COLOR", "PY_COLORS", "TERMINAL_WIDTH", "_TYPER", "TZ")
"""Beginnings of variables that an interpreter reads as it starts, or a module as it is imported."""
_OF_STREAMS = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
PYTHON = sys.executable
"""Read before a test puts another in its place."""
_OTHERS = ("preexec_fn", "close_fds", "pass_fds", "cwd", "env", "startupinfo", "creationflags", "shell")
_LAST = ("restore_signals", "gid", "gids", "uid", "umask", "start_new_session")


def popen(command: Sequence[Any], **options: Any) -> "subprocess.Popen[str]":
    """Do as ``subprocess.Popen``; ``python -c CODE ...`` is warm where that makes no difference."""
    python, *rest = map(str, command)
    warm = python == PYTHON and rest[:1] == ["-c"] and _early(options.get("env")) == _early(None)
    return (_WarmPopen if warm else subprocess.Popen)(command, **options)


def _early(variables: Mapping[str, str] | None) -> dict[str, str]:
    found = os.environ if variables is None else variables
    return {name: value for name, value in found.items() if name.startswith(_EARLY)}


class _WarmPopen(subprocess.Popen[str]):
    """As its base, but that the process is a fork of the server's; of that it hears how it ended."""

    def _execute_child(self, args: Sequence[Any], executable: object, *others: Any) -> None:
        given = dict(zip((*_OTHERS, *_OF_STREAMS, *_LAST), others, strict=False))
        _, _, code, *words = map(os.fspath, args)
        request = {
            "code": code,
            "words": words,
            "environment": dict(os.environ if given["env"] is None else given["env"]),
            "folder": os.fspath(given["cwd"] or Path.cwd()),
            "session": given["start_new_session"],
        }
        streams = [given[name] for name in ("p2cread", "c2pwrite", "errwrite")]
        streams = [number if fd == -1 else fd for number, fd in enumerate(streams)]
        self._connection, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(_server(os.getpid()), [b"!"], [theirs.fileno(), *streams])
        content = json.dumps(request).encode()
        self._connection.sendall(struct.pack("i", len(content)) + content)
        self.pid = _number(self._connection)
        self._child_created = True
        cast(Any, self)._close_pipe_fds(*(given[name] for name in _OF_STREAMS))

    def _try_wait(self, wait_flags: int) -> tuple[int, int]:
        if wait_flags & os.WNOHANG and not select.select([self._connection], [], [], 0)[0]:
            return 0, 0
        with self._connection:
            return self.pid, _number(self._connection)

    def _internal_poll(self, _deadstate: int | None = None, **_: object) -> int | None:
        inside = cast(Any, self)
        if self.returncode is None and inside._waitpid_lock.acquire(False):
            try:
                pid, status = self._try_wait(os.WNOHANG)
                if pid:
                    inside._handle_exitstatus(status)
            finally:
                inside._waitpid_lock.release()
        return self.returncode


def _number(connection: socket.socket) -> int:
    return struct.unpack("i", connection.recv(4, socket.MSG_WAITALL))[0]


@functools.cache
def _server(_: int) -> socket.socket:
    """Return the connection to the server of the process of that id, which ends with it."""
    ours, theirs = socket.socketpair()
    with theirs:
        command = [PYTHON, __file__, str(theirs.fileno())]
        homeless = {name: value for name, value in os.environ.items() if name != "TUILAB_HOME"}
        process = subprocess.Popen(
            command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=homeless
        )
    assert ours.recv(1) == b"!", "the server of warm Python processes did not start"

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


# ---- the server


def _load() -> None:
    """Import what the commands import now or later."""
    for package in PACKAGES:
        found = importlib.import_module(f"tuilab.{package}")
        for module in pkgutil.walk_packages(found.__path__, f"{found.__name__}."):
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def _serve(requests: socket.socket) -> str:
    """Fork for each request; return, in the process of one, the code that it is to run."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks after the guards
    while True:
        message, fds, _, _ = socket.recv_fds(requests, 1, 4)
        if not message:
            os._exit(0)
        if _fork() == 0:
            requests.close()
            connection, streams = socket.socket(fileno=fds[0]), fds[1:]
            request = json.loads(connection.recv(_number(connection), socket.MSG_WAITALL))
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            if pid := _fork():
                _guard(pid, connection, streams)
            connection.close()
            _become(request, streams)
            return request["code"]
        for fd in fds:
            os.close(fd)


def _fork() -> int:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads: those of numpy stand still
        return os.fork()


def _guard(pid: int, connection: socket.socket, streams: list[int]) -> None:
    """Tell a process's id and, once it ends, how; then end."""
    for fd in (*streams, 0, 1, 2):
        os.close(fd)
    connection.sendall(struct.pack("i", pid))
    _, status = os.waitpid(pid, 0)
    connection.sendall(struct.pack("i", status))
    os._exit(0)


def _become(request: Mapping[str, Any], streams: list[int]) -> None:
    """Give this process all that a new one would have been started with."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["session"]:
        os.setsid()
    for number, (name, fd) in enumerate(zip(("stdin", "stdout", "stderr"), streams, strict=True)):
        os.dup2(fd, number)
        os.close(fd)
        like = getattr(sys, name)
        stream = open(number, like.mode, encoding=like.encoding, errors=like.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.stderr.reconfigure(line_buffering=True)  # pyright: ignore[reportAttributeAccessIssue]
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    sys.argv = ["-c", *request["words"]]
    sys.path[0] = ""


if __name__ == "__main__":
    _load()
    _requests = socket.socket(fileno=int(sys.argv[1]))
    _requests.sendall(b"!")
    exec(compile(_serve(_requests), "<string>", "exec"), {"__name__": "__main__"})
