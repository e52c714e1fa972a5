"""``tuilab presets``: the course's twelve and those of single ideas, each with what the course says of it."""

import sys
import tomllib

import pytest
from command_line import call
from rich.text import Text

from tuilab import presets
from tuilab.experiment import from_toml
from tuilab.presets import Preset

NAMES = [preset.name for preset in presets.load_all()]


def test_all_stand_in_order_with_the_courses_first(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "presets")
    rows = [line.split() for line in ended.out.splitlines() if line.strip()]
    assert ended.code == 0 and not ended.err
    assert [row[0] for row in rows if row[0] in NAMES] == NAMES
    assert [presets.find(name).family == "concept" for name in NAMES] == [n >= 14 for n in range(len(NAMES))]


def test_piped_output_is_plain_and_a_line_a_preset(capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "presets").out
    assert "\x1b" not in shown and "…" not in shown
    (line,) = [line for line in shown.splitlines() if "iteration-ii " in line]
    assert "iteration-i" in line and "86.06%" in line
    assert "73% to 76%" in shown


def test_no_line_is_broken_on_a_terminal_of_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tuilab.cli.tables.width_of_stdout", lambda: 80)
    lines = call(capsys, "presets").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert "starts from iteration-i" in [line.strip() for line in lines]
    for preset in presets.load_all():
        (line,) = [line for line in lines if line.startswith(f"{preset.name} ")]
        assert preset.title in line and (preset.course.recorded is None or "%" in line)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_of_a_preset_is_its_experiment_exactly(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = call(capsys, "presets", "show", name).out
    assert from_toml(shown) == presets.find(name).experiment
    assert tomllib.loads(shown)["training"]["seed"] == 1
    assert max(map(len, shown.splitlines())) <= 100
    assert shown.startswith(f"# {name}: ")


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("name", ["bn-l2", "iteration-iv"])
def test_on_a_terminal_what_is_said_of_a_preset_is_as_wide_as_that(
    name: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys.stdout.__class__, "isatty", lambda _: True)
    shown = call(capsys, "presets", "show", name).out
    about, _, toml = shown.partition("\n\n")
    assert all(line == "#" or line.startswith("# ") for line in about.splitlines())
    assert columns - 20 < max(map(len, about.splitlines())) <= columns
    assert presets.find(name).teaches in " ".join(about.replace("\n#", "").split())
    assert from_toml(shown) == from_toml(toml) == presets.find(name).experiment


def test_a_transfer_preset_shows_the_courses_columns(capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "presets", "show", "iteration-iv").out
    assert "# loaded_vgg16_blocks: First 3\n" in shown
    assert "# unfreezed_layers: Block 2 and block 3 layers\n" in shown
    assert "loaded_vgg16_blocks" not in call(capsys, "presets", "show", "bn").out


def test_hostile_words_in_a_preset_are_shown_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "evil \x1b[31m[bold]\x9bwords[/bold]"
    hostile: Preset = presets.find("bn").model_copy(update={"title": words, "teaches": words})
    monkeypatch.setattr(presets, "load_all", lambda: (hostile,))
    for ended in (call(capsys, "presets"), call(capsys, "presets", "show", "bn")):
        assert "evil \\e[31m[bold]\\x9bwords[/bold]" in ended.out
        assert Text.from_ansi(ended.out.rstrip()).plain == ended.out.rstrip()


def test_a_broken_preset_of_ones_own_is_said_and_the_others_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    presets.own_folder().mkdir(parents=True)
    (presets.own_folder() / "broken.toml").write_text("title = ")
    ended = call(capsys, "presets")
    assert ended.code == 0 and "baseline" in ended.out
    assert ended.err.startswith("broken.toml is not valid TOML: ")
