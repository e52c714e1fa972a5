"""How a process that waits is given a run: one line over a pair of sockets, and the open log beside it.

Half a line is none, so one who is killed while it writes has handed over nothing. Whoever waits answers with
one byte, and begins once it was told to with another: one whose answer came too late is told nothing, and a
run that was meanwhile given to somebody else is not begun twice.
"""

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TAKEN = b"\x01"
"""The answer."""
BEGIN = b"\x02"
"""What is said to that."""
LATE = ("CUDA_VISIBLE_DEVICES",)
"""Variables that may be set as late as at the handover: they are read when a device is used first."""
_MOST = 1 << 16
"""Bytes of a message; a path has at most 4,096."""


@dataclass(frozen=True)
class Assignment:
    """What a process is to do.

    Attributes:
        command: the command that would start a process that does the same.
        variables: values of those of ``LATE`` that are set.
        output: the descriptor that what it prints goes to.
    """

    command: tuple[str, ...]
    variables: Mapping[str, str]
    output: int


def send(channel: socket.socket, command: Sequence[str], variables: Mapping[str, str], output: int) -> None:
    """Hand over.

    Args:
        variables: the environment, of which only ``LATE`` is told.

    Raises:
        OSError: nobody is there any more.
    """
    late = {name: variables[name] for name in LATE if name in variables}
    message = json.dumps({"command": list(command), "variables": late}).encode() + b"\n"
    sent = socket.send_fds(channel, [message], [output])
    channel.sendall(message[sent:])


def receive(channel: socket.socket) -> Assignment | None:
    """Read what was handed over; None if the other side ended without it."""
    try:
        content, outputs, _, _ = socket.recv_fds(channel, _MOST, 1)
        while content and not content.endswith(b"\n"):
            if not (more := channel.recv(_MOST)):
                return None
            content += more
    except ConnectionError:
        return None
    if not outputs or not content:
        return None
    told = json.loads(content)
    return Assignment(tuple(told["command"]), told["variables"], outputs[0])


def accept(channel: socket.socket) -> bool:
    """Answer, and return whether to begin."""
    try:
        channel.sendall(TAKEN)
        return channel.recv(1) == BEGIN
    except ConnectionError:
        return False


def confirm(channel: socket.socket, seconds: float) -> bool:
    """Wait for the answer and have the other side begin; return False if it did not come in time."""
    try:
        channel.settimeout(seconds)
        if channel.recv(1) != TAKEN:
            return False
        channel.sendall(BEGIN)
    except OSError:
        return False
    return True
