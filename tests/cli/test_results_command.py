"""``tuilab results`` on a screen and in a pipe."""

import csv
import io
import sys

import pytest
from command_line import call
from finished_runs import RANDOM, epoch, finished_run
from rich.text import Text

from tuilab.cli.plots import draw_over_each_other

EVIL = "\x1b[31m[bold]\x9b|\u202e"
SHOWN = "\\e[31m[bold]\\x9b|\\u202e"


def test_without_runs_it_says_what_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "results")
    assert (ended.code, ended.out) == (0, "")
    assert "no finished run yet" in ended.err and "tuilab run --preset bn --data digits" in ended.err
    ended = call(capsys, "results", "--preset", "iteration-i")
    assert "no finished run of iteration-i yet" in ended.err
    assert call(capsys, "results", "-f", "json").out == "[]\n"
    assert len(call(capsys, "results", "-f", "csv").out.splitlines()) == 1


def test_piped_it_is_a_line_a_run_with_the_run_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    first = finished_run("iteration-i", accuracy=0.5871)
    second = finished_run("iteration-ii", parent=first, accuracy=0.6702)
    ended = call(capsys, "results")
    (one,) = [line for line in ended.out.splitlines() if first.id in line.split()]
    (two,) = [line for line in ended.out.splitlines() if second.id in line.split()]
    assert one.split()[:6] == ["iteration-i", "I", "All", "No", "-", "0.5871"] and "0.8415" in one
    assert two.split()[:7] == ["iteration-ii", "II", "All", "Yes", "Last", "3", "0.6702"] and "0.8606" in two
    assert "\x1b" not in ended.out and "digits; weights: imagenet; pixels: unit" in ended.out


def test_a_terminal_of_80_columns_cuts_no_name_and_no_number(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run("iteration-iv", accuracy=0.7871, name="the last one")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)
    shown = Text.from_ansi(call(capsys, "results").out).plain
    assert max(map(len, shown.splitlines())) <= 80
    heads = ("fine_tuning_", "performed", "test_cross_", "entropy")  # long heads stand on two lines
    for words in (run.id, *heads, "Block 2 and block 3 layers", "0.7871", "the last one"):
        assert words in shown
    parts = [line for line in shown.splitlines() if "preset" in line]
    assert len(parts) > 1, "more columns than fit stand in tables below each other"
    assert [line.split()[0] for line in shown.splitlines() if line.strip()].count("iteration-iv") == len(
        parts
    )


def test_runs_with_random_weights_stand_apart_and_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run("iteration-i")
    finished_run("iteration-i", {"model.weights": "random"}, weights=RANDOM)
    shown = call(capsys, "results").out
    assert "weights: random (RANDOM: no ImageNet knowledge)" in shown
    assert shown.count("loaded_vgg16_blocks") == 2


@pytest.mark.parametrize("form", ["table", "csv", "markdown"])
def test_a_hostile_name_is_shown_as_it_is(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    finished_run(name=EVIL)
    shown = call(capsys, "results", "-f", form).out
    assert not {"\x1b", "\x9b", "\u202e"} & set(shown)
    assert SHOWN in shown.replace("\\|", "|")


def test_json_escapes_a_hostile_name(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run(name=EVIL)
    shown = call(capsys, "results", "-f", "json").out
    assert shown.isascii() and "\\u001b[31m[bold]\\u009b|\\u202e" in shown


def test_damage_is_told_beside_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = finished_run(), finished_run()
    (bad.folder / "run.json").write_text("{")
    ended = call(capsys, "results", "-f", "csv")
    assert ended.code == 0 and bad.id in ended.err and ended.err.startswith("left out: ")
    assert [row["run"] for row in csv.DictReader(io.StringIO(ended.out))] == [good.id]


def test_what_a_run_changed_is_in_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run("bn", {"model.bn_momentum": 0.5, "training.precision": "mixed_float16"})
    shown = call(capsys, "results").out
    assert "model.bn_momentum=0.5; training.precision=mixed_float16" in shown


def test_the_runs_of_a_table_are_drawn_over_each_other(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter each, so that they are told apart without colour; runs of another table apart."""
    monkeypatch.setenv("COLUMNS", "80")
    first = finished_run("iteration-i", epochs=[epoch(n) for n in (1, 2, 3)])
    finished_run("iteration-ii", parent=first, epochs=[epoch(n) for n in (1, 2)])
    finished_run("iteration-i", {"model.weights": "random"}, weights=RANDOM)
    shown = call(capsys, "results", "--plot").out
    assert shown.count("accuracy on the validation images") == 2 and "\x1b" not in shown
    for label in ("a iteration-i", "b iteration-ii"):
        assert label in shown
    assert max(map(len, shown.partition("accuracy on")[2].partition("digits;")[0].splitlines())) <= 80
    again = finished_run("iteration-i")
    shown = call(capsys, "results", "--plot").out
    assert f"a {first.id}" in shown and f"b {again.id}" in shown, "two runs of a preset have their ids"


@pytest.mark.parametrize(("rows", "height"), [(24, 22), (30, 26), (100, 38)])
def test_a_plot_of_many_runs_is_higher_where_the_terminal_has_room(
    rows: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight curves do not fit 22 rows; a terminal of 24 has no more, and none grows without end."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", str(rows))
    shown = draw_over_each_other({f"run {n}": [epoch(1), epoch(2)] for n in range(8)}, colour=False)
    lines = [line.strip() for line in shown.splitlines()]
    assert lines.index("epoch") + 1 == height and lines[-1].endswith("h run 7")


def test_a_plot_goes_with_tables_alone(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "results", "--plot", "-f", "csv")
    assert ended.code == 2 and "--plot draws below tables, not into csv" in ended.err


def test_a_family_can_be_shown_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no finished run of the family cnn yet" in call(capsys, "results", "--family", "cnn").err
    finished_run("iteration-i")
    finished_run("bn")
    shown = call(capsys, "results", "--family", "cnn").out
    assert "bn" in shown and "iteration-i" not in shown
