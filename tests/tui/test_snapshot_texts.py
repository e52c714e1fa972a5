"""The states met on the way, as rows of text with the look of each cell below (others: test_snapshots.py)."""

from collections.abc import Callable
from typing import Any

import pytest
from harness import NARROW, WIDE
from kernel_looks import KERNEL_STATES
from norm_states import NORM_STATES
from snapshot_machine import freeze
from snapshot_page import page
from snapshot_states import MAIN, MORE, SMALL, State
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from tuned_states import TUNED_STATES

from tuilab.config import Config
from tuilab.tui.terminal.transliteration import to_ascii
from tuilab.tui.themes import ANSI, CONTRAST

SIZES = {"wide": WIDE, "narrow": NARROW}
STATES = {**MORE, **NORM_STATES, **KERNEL_STATES, **TUNED_STATES}


class TextExtension(SingleFileSnapshotExtension):
    """A file of text a snapshot."""

    _file_extension = "txt"
    _write_mode = WriteMode.TEXT


@pytest.fixture(autouse=True)
def _frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    freeze(monkeypatch)


@pytest.fixture
def text_of(snapshot: SnapshotAssertion) -> Callable[..., tuple[str, SnapshotAssertion]]:
    """Return what brings the app to a state and returns its screen as text, and what that must be."""
    expected = snapshot.use_extension(TextExtension)

    def text_of(state: State, size: tuple[int, int], **opened: Any) -> tuple[str, SnapshotAssertion]:
        app, seen = state.app(**opened), []

        async def look(pilot: Any) -> None:
            await state.reach(pilot)
            seen.append(page(app))
            app.exit(0)

        app.run(headless=True, size=size, auto_pilot=look)
        assert seen, "the app ended before the state was reached"
        return seen[0], expected

    return text_of


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_what_is_met_on_the_way(state: str, size: str, text_of: Callable[..., Any]) -> None:
    seen, expected = text_of(STATES[state], SIZES[size])
    assert seen == expected


def test_a_terminal_that_is_too_small(text_of: Callable[..., Any]) -> None:
    seen, expected = text_of(SMALL, WIDE)
    assert seen == expected


@pytest.mark.parametrize("theme", [CONTRAST.name, ANSI.name])
def test_training_in_other_colours(theme: str, text_of: Callable[..., Any]) -> None:
    seen, expected = text_of(MAIN["training"], WIDE, theme=theme)
    assert seen == expected


def test_a_sweep_in_ascii_and_in_the_terminals_own_colours(text_of: Callable[..., Any]) -> None:
    seen, expected = text_of(MORE["sweep-live"], WIDE, ascii_only=True, theme=ANSI.name)
    assert to_ascii(seen) == expected


def test_training_in_ascii_and_low_bandwidth(text_of: Callable[..., Any]) -> None:
    seen, expected = text_of(MAIN["training"], WIDE, ascii_only=True, low_bandwidth=True, settings=Config())
    assert to_ascii(seen) == expected
