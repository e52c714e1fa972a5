import os

import pytest

from tuilab.machine import terminal_facts as module
from tuilab.machine.terminal_facts import terminal_facts

NAMES = "TERM COLORTERM NO_COLOR TMUX STY ZELLIJ SSH_CONNECTION SSH_TTY SSH_CLIENT"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES.split():
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "colours", "because"),
    [
        ({}, "none", "TERM is not set"),
        ({"TERM": "dumb"}, "none", "TERM=dumb"),
        ({"TERM": "vt100"}, "none", "TERM=vt100"),
        ({"TERM": "xterm"}, "16", "TERM=xterm"),
        ({"TERM": "screen-256color"}, "256", "TERM=screen-256color"),
        ({"TERM": "xterm-kitty"}, "truecolor", "TERM=xterm-kitty"),
        ({"TERM": "xterm-direct"}, "truecolor", "TERM=xterm-direct"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "truecolor", "COLORTERM=truecolor"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none", "TERM=dumb"),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit", "NO_COLOR": "1"}, "none", "NO_COLOR"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256", "TERM=xterm-256color"),
    ],
)
def test_the_variables_decide_the_colours(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], colours: str, because: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    facts = terminal_facts()
    assert (facts.colours, facts.colours_from) == (colours, because)


@pytest.mark.parametrize(("variable", "inside"), [("TMUX", "tmux"), ("STY", "screen"), ("ZELLIJ", "zellij")])
def test_multiplexers_are_known(monkeypatch: pytest.MonkeyPatch, variable: str, inside: str) -> None:
    assert terminal_facts().multiplexer is None
    monkeypatch.setenv(variable, "0")
    assert terminal_facts().multiplexer == inside


def test_a_remote_login_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not terminal_facts().ssh
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    assert terminal_facts().ssh


def test_the_size_comes_from_whichever_stream_is_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_stdin(descriptor: int) -> os.terminal_size:
        if descriptor != 0:
            raise OSError(25, "not a terminal")
        return os.terminal_size((132, 43))

    monkeypatch.setattr(module.os, "get_terminal_size", only_stdin)
    facts = terminal_facts()
    assert (facts.columns, facts.rows) == (132, 43)


def test_without_a_terminal_there_is_no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(_: int) -> os.terminal_size:
        raise OSError(25, "not a terminal")

    monkeypatch.setattr(module.os, "get_terminal_size", nowhere)
    facts = terminal_facts()
    assert (facts.columns, facts.rows) == (None, None)


@pytest.mark.parametrize(("encoding", "unicode"), [("UTF-8", True), ("utf8", True), ("ISO-8859-1", False)])
def test_unicode_is_what_the_locale_says(
    monkeypatch: pytest.MonkeyPatch, encoding: str, unicode: bool
) -> None:
    monkeypatch.setattr(module.locale, "getencoding", lambda: encoding)
    assert terminal_facts().unicode is unicode
