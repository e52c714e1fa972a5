import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tuilab.cli.doctor import doctor
from tuilab.machine import diagnosis
from tuilab.machine.diagnosis import Finding

app = typer.Typer()
app.command()(doctor)
LONG = "/".join(["", "srv", *(f"a-rather-long-folder-{number}" for number in range(6)), "cifar-10"])
FINDINGS = [
    Finding("Python", "TensorFlow", "ok", "2.21.0"),
    Finding("Files", "CIFAR-10", "ok", LONG),
    Finding("Files", "class \\x", "warn", "evil \x1b[31m[bold]name[/bold]", "rename it\nor move it"),
    Finding("Files", "VGG16 weights", "missing", "not on this machine", "tuilab fetch vgg16"),
]
BLOCKED = Finding("Files", "writable", "missing", "cannot write", "set TUILAB_HOME", blocks_training=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What ``diagnose`` was called with; FINDINGS is what it answers."""
    calls: list[bool] = []

    def answer(quick: bool = False) -> list[Finding]:
        calls.append(quick)
        return FINDINGS

    monkeypatch.setattr(diagnosis, "diagnose", answer)
    monkeypatch.setenv("COLUMNS", "80")
    return calls


def test_the_report_reads_without_colour_in_80_columns_and_cuts_no_path(asked: list[bool]) -> None:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0 and asked == [False]
    lines = result.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in result.stdout and "…" not in result.stdout
    assert LONG in "".join(
        line.strip().removeprefix("ok").strip().removeprefix("CIFAR-10").strip() for line in lines
    )
    assert [line.split()[0] for line in lines if "VGG16" in line] == ["missing"]
    assert any(line.strip() == "fix: tuilab fetch vgg16" for line in lines)
    assert [line.strip() for line in lines if "it" in line][-2:] == [
        "fix: rename it",
        "fix: or move it",
    ]
    assert all(line == line.rstrip() for line in lines)
    assert lines[-1] == "Nothing here prevents training (2 ok, 1 warn, 1 missing)."


def test_text_from_outside_is_shown_as_it_is(asked: list[bool]) -> None:
    assert "evil \\e[31m[bold]name[/bold]" in CliRunner().invoke(app, []).stdout


def test_json_is_the_findings_and_nothing_else(asked: list[bool]) -> None:
    result = CliRunner().invoke(app, ["--json", "--quick"])
    assert asked == [True] and result.stdout.isascii()
    rows = json.loads(result.stdout)
    assert [row["what"] for row in rows] == [finding.what for finding in FINDINGS]
    assert set(rows[0]) == {"group", "what", "state", "detail", "remedy", "blocks_training"}
    assert rows[2]["detail"] == FINDINGS[2].detail


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_what_makes_training_impossible_ends_with_1(
    monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    monkeypatch.setattr(diagnosis, "diagnose", lambda quick=False: [*FINDINGS, BLOCKED])
    result = CliRunner().invoke(app, options)
    assert result.exit_code == 1
    assert "writable" in result.stdout


def test_a_path_that_is_no_text_is_printed_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Finding("Files", "home folder", "ok", str(Path("/srv/\udcff")))
    monkeypatch.setattr(diagnosis, "diagnose", lambda quick=False: [odd])
    assert "\\udcff" in CliRunner().invoke(app, []).stdout
    assert json.loads(CliRunner().invoke(app, ["--json"]).stdout)[0]["detail"] == odd.detail


def test_a_narrow_terminal_puts_the_details_beneath(
    asked: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    lines = CliRunner().invoke(app, []).stdout.splitlines()
    assert max(map(len, lines)) <= 40
    assert "    fix: tuilab fetch vgg16" in lines
