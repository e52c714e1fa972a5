"""``tuilab results`` on a screen and in a pipe."""

import csv
import io
import sys

import pytest
from command_line import Ended, call
from finished_runs import finished_run
from records import CIFAR10, RANDOM, epoch
from rich.text import Text

from tuilab.cli.plots import Curve, draw_overlaid

EVIL = "\x1b[31m[bold]\x9b|\u202e"
SHOWN = "\\e[31m[bold]\\x9b|\\u202e"


def test_without_runs_it_says_what_makes_one(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "results")
    assert (ended.code, ended.out) == (0, "")
    assert "no finished runs yet" in ended.err and "tuilab run --preset bn --data digits" in ended.err
    ended = call(capsys, "results", "--preset", "iteration-i")
    assert "no finished runs of iteration-i yet" in ended.err
    assert call(capsys, "results", "-f", "json").out == "[]\n"
    assert len(call(capsys, "results", "-f", "csv").out.splitlines()) == 1


def test_piped_it_is_a_line_a_run_with_the_run_to_look_at(capsys: pytest.CaptureFixture[str]) -> None:
    first = finished_run("iteration-i", accuracy=0.5871, dataset=CIFAR10)
    second = finished_run("iteration-ii", parent=first, accuracy=0.6702, dataset=CIFAR10)
    ended = call(capsys, "results")
    (one,) = [line for line in ended.out.splitlines() if first.id in line.split()]
    (two,) = [line for line in ended.out.splitlines() if second.id in line.split()]
    assert one.split()[:6] == ["iteration-i", "I", "All", "No", "-", "0.5871"] and "0.8415" in one
    assert two.split()[:7] == ["iteration-ii", "II", "All", "Yes", "Last", "3", "0.6702"] and "0.8606" in two
    assert "\x1b" not in ended.out and "cifar10; weights: imagenet; pixels: unit" in ended.out


def on_a_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Have stdout be a terminal of so many columns."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)


def plain(ended: Ended) -> list[str]:
    """Return what stands on the screen, a line each."""
    return Text.from_ansi(ended.out).plain.splitlines()


@pytest.mark.parametrize("columns", [80, 100, 160])
def test_on_a_terminal_it_is_one_table_that_cuts_no_name_and_no_number(
    columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"model.head.dropout": 0.75, "model.l2": 0.125, "training.batch_size": 32}
    runs = [
        finished_run("iteration-iii", accuracy=0.8135, dataset=CIFAR10),
        finished_run("iteration-iv", settings, accuracy=0.7871, name="the last one", dataset=CIFAR10),
    ]
    on_a_terminal(monkeypatch, columns)
    ended = call(capsys, "results")
    lines = plain(ended)
    assert max(map(len, lines)) <= columns
    shown = " ".join(word for line in lines for word in line.split())
    assert [line.split()[0] for line in lines].count("preset") == 1
    for run, preset, accuracy, course in zip(
        runs, ("iteration-iii", "iteration-iv"), ("0.8135", "0.7871"), ("0.8135", "0.7871"), strict=True
    ):
        (line,) = [line for line in lines if line.startswith(f"{preset} ")]
        assert {accuracy, course, run.id, "1.250"} <= set(line.split())
    assert "name the last one" in shown or "the last one" in shown
    assert "model.head.dropout=0.75; model.l2=0.125; training.batch_size=32" in shown
    told = " ".join(ended.err.split()).partition("no room for ")[2].partition(":")[0].split(", ")
    (heads,) = [line.split() for line in lines if line.startswith("preset")]
    assert not set(heads) & set(told)
    if columns == 80:
        assert "unfreezed_layers" in told and "csv shows" in ended.err


def test_a_column_too_wide_for_its_room_stands_below_its_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = finished_run("bn")
    on_a_terminal(monkeypatch, 30)
    assert f"    run {run.id}" in plain(call(capsys, "results"))


def test_runs_with_random_weights_stand_apart_and_are_marked(capsys: pytest.CaptureFixture[str]) -> None:
    finished_run("iteration-i")
    finished_run("iteration-i", {"model.weights": "random"}, weights=RANDOM)
    shown = call(capsys, "results").out
    assert "weights: random (RANDOM: nothing learned from ImageNet)" in shown
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
    shown = draw_overlaid([Curve(f"run {n}", str(n), [epoch(1), epoch(2)]) for n in range(8)], colour=False)
    lines = shown.splitlines()
    (below,) = (number for number, line in enumerate(lines, 1) if line.startswith("epoch"))
    assert below == height and lines[-1].endswith("h run 7")


def test_a_plot_goes_with_tables_alone(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "results", "--plot", "-f", "csv")
    assert ended.code == 2 and "--plot draws below tables only, not in csv" in ended.err


def test_a_family_can_be_shown_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no finished runs of the family cnn yet" in call(capsys, "results", "--family", "cnn").err
    finished_run("iteration-i")
    finished_run("bn")
    shown = call(capsys, "results", "--family", "cnn").out
    assert "bn" in shown and "iteration-i" not in shown
