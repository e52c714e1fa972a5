"""The app's tests see one terminal, whatever the machine's own is like."""

import idle
import pytest
import shared_styles
import unseen_frames

idle.install()
shared_styles.install()
unseen_frames.install()


@pytest.fixture(autouse=True)
def _one_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours, size, language and GPUs of the surroundings reach no test."""
    for name in ("NO_COLOR", "COLUMNS", "LINES", "SSH_CONNECTION", "SSH_TTY", "TMUX", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr("tuilab.lab.queue.devices.list_gpus", tuple)
