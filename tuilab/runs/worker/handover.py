"""How a process that waits is given a run: one message over a pair of sockets, and the open log beside it.

Whoever waits reads until the other side has closed its half: half a message is none, so one who is killed
while it writes has handed over nothing. Whoever was given a run says so with one byte.
"""

import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass

TAKEN = b"\x01"
"""The answer."""
_MOST = 1 << 16
"""Bytes of a message; a path has at most 4,096."""


@dataclass(frozen=True)
class Assignment:
    """What a process is to do.

    Attributes:
        command: the command that would start a process that does the same.
        output: the descriptor that what it prints goes to.
    """

    command: tuple[str, ...]
    output: int


def send(channel: socket.socket, command: Sequence[str], output: int) -> None:
    """Hand over.

    Raises:
        OSError: nobody is there any more.
    """
    socket.send_fds(channel, [json.dumps(list(command)).encode() + b"\n"], [output])
    channel.shutdown(socket.SHUT_WR)


def receive(channel: socket.socket) -> Assignment | None:
    """Read what was handed over; None if the other side ended without it."""
    try:
        content, outputs, _, _ = socket.recv_fds(channel, _MOST, 1)
        while more := channel.recv(_MOST):
            content += more
    except ConnectionError:
        return None
    if not outputs or not content.endswith(b"\n"):
        return None
    return Assignment(tuple(json.loads(content)), outputs[0])
