"""Sentences on a terminal are broken between words, and commands so that a shell takes them."""

import shlex
import sys

import pytest
from command_line import call
from finished_runs import finished_run
from hypothesis import given
from hypothesis import strategies as st
from records import FAILED, epoch
from rich.cells import cell_len

from tuilab.cli.lines import epoch_line
from tuilab.cli.wrapping import wrap

WORDS = st.lists(
    st.sampled_from(["a", "word", "something-long", "数字", "tuilab", "--set", "run:"]), min_size=1
)


@given(WORDS, st.integers(20, 60))
def test_every_word_stays_whole_and_no_line_is_too_wide(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), width)
    assert " ".join(line.removesuffix(" \\") for line in lines).split() == words
    assert max(map(cell_len, lines)) <= width


def test_a_file_gets_a_sentence_a_line() -> None:
    assert wrap("word " * 100 + "end", None) == ["word " * 100 + "end"]


@pytest.mark.parametrize("width", range(24, 100, 4))
def test_a_command_that_is_broken_can_be_copied_whole(width: int) -> None:
    command = "tuilab fork 20261126-185659-explode --at-epoch 1 --set optimizer.learning_rate=0.2"
    lines = wrap(f"from before it diverged: {command}", width)
    assert max(map(len, lines)) <= max(width, len("optimizer.learning_rate=0.2"), 33)
    copied = "\n".join(lines).partition("tuilab")[2]
    assert shlex.split("tuilab" + copied.replace("\\\n", " ")) == command.split()
    assert "\n" not in copied.replace("\\\n", " "), "every break within it is a continued line"


def test_what_follows_a_command_in_its_sentence_is_no_part_of_it() -> None:
    lines = wrap("tuilab stop latest, --now at once, ends it before its next batch is over", 20)
    assert not [line for line in lines[1:] if line.endswith("\\")]


@pytest.mark.parametrize("columns", [40, 60, 80])
def test_show_breaks_no_word_whatever_the_width(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reason = "the images could not be read because " + "of one thing and another " * 6
    run = finished_run("bn", name="a name of some length, as people give them to runs", last=FAILED)
    finished_run(last=FAILED.model_copy(update={"reason": reason, "remedies": [reason]}))
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)
    for shown in (call(capsys, "show", run.id), call(capsys, "show", "latest")):
        lines = [line for line in shown.out.splitlines() if not line.startswith("folder")]
        assert max(map(len, lines)) <= columns
        assert {"training", "accuracy", "validation"} <= set(shown.out.split())
    refused = call(capsys, "run", "--preset", "nosuch")
    assert max(map(len, refused.err.splitlines())) <= columns and "there is no preset" in refused.err


def test_an_epoch_leaves_out_what_has_no_room() -> None:
    record = epoch(3, penalty=0.5)
    whole = epoch_line(record, 20)
    assert "penalty 0.500" in whole and "cross-entropy" in whole and whole.endswith(" s")
    for width in (40, 60, 80, 100):
        line = epoch_line(record, 20, width)
        assert len(line) <= width and line.startswith("epoch  3/20  accuracy")
    assert "penalty" not in epoch_line(record, 20, 80) and "cross-entropy" in epoch_line(record, 20, 80)
