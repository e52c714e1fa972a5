"""Signals: which of them end the app, what they are called, and how the app steps aside for a shell."""

import contextlib
import errno
import os
import signal
import termios
import time

_NOT_ENDING = {"SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH"}
_IGNORED = {"SIGPIPE", "SIGXFSZ"}
"""Python ignores them: a write fails instead."""
_NOT_FOR_US = {"SIGKILL", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL"}
"""The kernel lets nobody handle the first; after the others nothing of the process can be relied on."""
_STOPPED = 0.1
"""Seconds for which no process that continues stays in the call that was to stop it."""


def ending() -> tuple[int, ...]:
    """Return every signal that ends a process unless it is handled, and that can be."""
    spared = _NOT_ENDING | _IGNORED | _NOT_FOR_US
    return tuple(sorted(int(number) for number in signal.valid_signals() if name(number) not in spared))


def name(number: int) -> str:
    """Return what a signal is called."""
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"SIGRTMIN+{number - signal.SIGRTMIN}"  # only real-time signals have no name of their own


def stop_here(*, group: bool) -> bool:
    """Stop this process as the terminal's Ctrl-Z would, and return once it continues.

    Handlers of SIGTSTP and SIGCONT are the default ones afterwards. Call it with the terminal given back.

    Args:
        group: stop the whole process group, as Ctrl-Z does: whoever started tuilab stops with it.

    Returns:
        False if nothing stopped: no shell is there that could let the process continue.
    """
    continued: list[int] = []
    signal.signal(signal.SIGCONT, lambda number, _: continued.append(number))
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    before = time.monotonic()
    os.kill(0 if group else os.getpid(), signal.SIGTSTP)
    # the kernel discards the signal where there is nobody to go back to
    stopped = bool(continued) or time.monotonic() - before > _STOPPED
    signal.signal(signal.SIGCONT, signal.SIG_DFL)
    return stopped


def wait_for_foreground(terminal: int) -> None:
    """Let the kernel stop a process that is in the background, until its terminal is its own."""
    while True:
        try:
            termios.tcsetattr(terminal, termios.TCSANOW, termios.tcgetattr(terminal))
        except termios.error as error:
            if error.args[0] == errno.EINTR:  # it continues, but maybe in the background still
                continue
        return
