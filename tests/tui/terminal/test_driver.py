"""The terminal as a file that never fails."""

import io
from typing import cast

import pytest

from tuilab.tui.terminal.driver import Terminal


class Gone(io.StringIO):
    """A terminal that refuses from some moment on."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._left = writes

    def write(self, text: str) -> int:
        if self._left == 0:
            raise OSError(5, "Input/output error")
        self._left -= 1
        return super().write(text)


class Refusing(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def test_what_is_written_arrives_and_is_counted() -> None:
    file = io.StringIO()
    terminal = Terminal(file)
    assert terminal.write("abc") == 3
    terminal.write("def")
    terminal.flush()
    assert file.getvalue() == "abcdef"
    assert terminal.written == 6
    assert not terminal.lost


def test_a_terminal_that_is_gone_is_not_written_to_again() -> None:
    file = Gone(writes=1)
    terminal = Terminal(file)
    for _ in range(3):
        assert terminal.write("abc") == 3, "whoever writes need not know"
        terminal.flush()
    assert terminal.lost
    assert terminal.written == 3
    assert file.getvalue() == "abc"


def test_a_flush_that_fails_is_the_end_too() -> None:
    terminal = Terminal(Refusing())
    terminal.flush()
    assert terminal.lost


@pytest.mark.parametrize("text", ["λ ─┼ 字", "a\udc80b"])
def test_what_the_locale_does_not_know_becomes_question_marks_and_nothing_is_lost(text: str) -> None:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii", newline="")
    terminal = Terminal(file)
    terminal.write(f"before {text} after")
    terminal.flush()
    written = raw.getvalue().decode("ascii")
    assert written.startswith("before ")
    assert written.endswith(" after")
    assert len(written) == len(f"before {text} after")
    assert not terminal.lost


def test_it_is_the_terminal_that_it_stands_for() -> None:
    class Real(io.StringIO):
        def fileno(self) -> int:
            return 7

        def isatty(self) -> bool:
            return True

    terminal = Terminal(cast("io.StringIO", Real()))
    assert terminal.fileno() == 7
    assert terminal.isatty()
