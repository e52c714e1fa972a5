"""What a run says while it trains, in a pipe and on a terminal."""

import io
import math

import pytest
from records import BATCH, CPU, DIGITS, DONE, IMAGENET, INITIAL, NETWORK, epoch
from rich.console import Console

from tuilab.cli import bars
from tuilab.cli.bars import BarWatcher
from tuilab.cli.lines import LineWatcher, epoch_line
from tuilab.results.number_text import number_text
from tuilab.runs.journal.records import AnyRecord, Note, Phase

EVIL = "\x1b[31m[bold]\x9b"
PAST: list[AnyRecord] = [
    Phase(name="loading", what="images"),
    Phase(name="downloading", what="CIFAR-10", done=1, total=2_000_000, unit="bytes"),
    Phase(name="downloading", what="CIFAR-10", done=2_000_000, total=2_000_000, unit="bytes"),
    DIGITS,
    IMAGENET,
    CPU,
    NETWORK,
    BATCH,
    epoch(1),
    BATCH.model_copy(update={"epoch": 2, "step": 10}),
    epoch(2, penalty=0.125),
    Phase(name="evaluating", what="test images", total=355, unit="images"),
    Phase(name="evaluating", what="test images", done=355, total=355, unit="images"),
    DONE,
]


def piped(records: list[AnyRecord], capsys: pytest.CaptureFixture[str]) -> list[str]:
    with LineWatcher(2) as watcher:
        for record in records:
            watcher.see(record)
    shown = capsys.readouterr()
    assert shown.out == "", "stdout is the results' own"
    return shown.err.splitlines()


def on_a_terminal(records: list[AnyRecord], monkeypatch: pytest.MonkeyPatch, width: int = 80) -> str:
    """Return all that is ever written to a terminal that takes no colour."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, color_system=None, width=width, highlight=False)
    monkeypatch.setattr(bars, "Console", lambda **_: console)
    with BarWatcher(2) as watcher:
        for record in records:
            watcher.see(record)
            watcher._progress.refresh()
    return screen.getvalue()


def test_a_pipe_gets_a_line_an_epoch_and_a_phase_once(capsys: pytest.CaptureFixture[str]) -> None:
    lines = piped(PAST, capsys)
    assert [line[:9] for line in lines if line.startswith("epoch")] == ["epoch 1/2", "epoch 2/2"]
    assert [line for line in lines if line.endswith("...")] == [
        "downloading CIFAR-10 ...",
        "evaluating test images ...",
    ]
    text = "\n".join(lines)
    for words in ("digits", "built in", "imagenet", "CC BY 4.0", "a processor", "14 tensors"):
        assert words in text


def test_an_epochs_line_keeps_cross_entropy_and_penalty_apart() -> None:
    assert "penalty" not in epoch_line(epoch(1), 10)
    line = epoch_line(epoch(1, cross_entropy=1.5, penalty=0.125), 10)
    assert line.startswith("epoch  1/10 ")
    assert "cross-entropy 1.500 val" in line and "penalty 0.125 " in line


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_not_finite_are_shown(
    value: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = epoch(1, accuracy=value, cross_entropy=value, penalty=value, val_accuracy=value)
    batch = BATCH.model_copy(
        update={"accuracy": value, "images_per_second": value, "seconds_left": value, "cross_entropy": value}
    )
    (line,) = piped([broken, batch], capsys)
    assert f"accuracy {number_text(value, 4)} " in line
    shown = on_a_terminal([batch, broken], monkeypatch, 120)
    assert f"accuracy {number_text(value, 4)}  {value} img/s" in shown and "left" not in shown


def test_the_bar_shows_each_phase_in_its_own_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(PAST, monkeypatch, 120)
    assert "0.0/2.0 MB" in shown and "2.0/2.0 MB" in shown
    assert "epoch 1/2" in shown and "3/10 batches" in shown and "1,234 img/s" in shown
    assert "1:02 left" in shown and "epoch 2/2 validation" in shown
    assert "355/355 images" in shown


def test_what_stays_is_the_same_as_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = on_a_terminal(PAST, monkeypatch)
    for record in (epoch(1), epoch(2, penalty=0.125)):
        assert epoch_line(record, 2, 80) in shown
    assert "14 tensors" in shown and "CC BY 4.0" in shown


def test_text_from_outside_is_shown_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    records: list[AnyRecord] = [
        Note(text=EVIL),
        Phase(name="downloading", what=EVIL, done=1, total=2, unit="bytes"),
        DIGITS.model_copy(update={"name": EVIL, "source": EVIL}),
        INITIAL.model_copy(update={"source": EVIL}),
        CPU.model_copy(update={"name": EVIL, "reason": EVIL}),
    ]
    lines = "\n".join(piped(records, capsys))
    assert lines.count("\\e[31m[bold]\\x9b") == 7 and "\x1b" not in lines and "\x9b" not in lines
    shown = on_a_terminal(records, monkeypatch, 120)
    assert "\x1b[31m" not in shown and "\x9b" not in shown and "\\e[31m[bold]\\x9b" in shown
