"""Help is there at once: nothing that takes time is loaded for it."""

import re
import subprocess
import sys

import pytest
from command_line import call, process

from tuilab import __version__

HEAVY = {
    "tensorflow",
    "keras",
    "textual",
    "pandas",
    "numpy",
    "pydantic",
    "h5py",
    "sklearn",
    "plotext",
    "PIL",
    "psutil",
    "rich",
}
COMMANDS = [
    [],
    ["run"],
    ["attach"],
    ["stop"],
    ["resume"],
    ["fork"],
    ["ps"],
    ["results"],
    ["show"],
    ["presets"],
    ["presets", "show"],
    ["trash"],
    ["trash", "restore"],
    ["fetch"],
    ["doctor"],
    ["bench"],
]


def loaded(words: list[str]) -> tuple[set[str], str]:
    """Return the modules that a fresh interpreter holds when it ends, and what it printed."""
    code = (
        "import atexit, sys\n"
        "atexit.register(lambda: print(*sorted(sys.modules), file=sys.stderr, sep='\\n'))\n"
        "from tuilab.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    return set(done.stderr.split()), done.stdout


@pytest.mark.parametrize("words", [*COMMANDS, ["doctor", "-h"]], ids=" ".join)
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    modules, shown = loaded([*words, "--help"] if "-h" not in words else words)
    # Typer itself loads pydantic to read a command's options
    assert "tuilab.cli.main" in modules and not modules & (HEAVY - {"pydantic"} if words else HEAVY)
    assert shown.startswith("Usage: ") and "--help" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("columns", [40, 52, 66])
@pytest.mark.parametrize("words", [*COMMANDS, ["compare"], ["queue"], ["queue", "release"]], ids=" ".join)
def test_help_is_no_wider_than_the_terminal(
    words: list[str], columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    wide = call(capsys, *words, "--help").out
    monkeypatch.setenv("COLUMNS", str(columns))
    shown = call(capsys, *words, "--help").out
    assert max(map(len, shown.splitlines())) <= columns
    copied = " ".join(shown.replace(" \\\n", " ").split())
    for line in wide.splitlines():
        if line.strip().startswith("tuilab ") and "  " not in line.strip():
            assert line.strip() in copied, "an example that is broken is copied whole"


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys, "--help")
    assert ended.code == 0 and not ended.err
    for command in COMMANDS[1:]:
        assert f"  {command[0]} " in ended.out


def test_without_a_command_the_app_opens_which_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    ended = call(capsys)
    assert ended.code == 2 and not ended.out
    assert "the app needs a terminal" in ended.err
    assert "tuilab run --preset NAME" in ended.err


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "--version").out == f"tuilab {__version__}\n"


def test_every_option_of_run_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    shown = call(capsys, "run", "--help").out
    for option in ("preset", "data", "weights", "set", "epochs", "limit", "seed", "device", "precision"):
        assert f"--{option} " in shown
    for option in ("json", "events", "plot", "detach", "name", "from"):
        assert f"--{option} " in shown


def test_a_reader_that_goes_away_is_no_error() -> None:
    shell = f"{sys.executable} -c 'from tuilab.cli.main import main; main()' presets show iteration-i | true"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {shell}"], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == "" and done.returncode in (0, 1)


def test_a_full_disk_under_stdout_is_a_sentence() -> None:
    code = "import sys; sys.stdout = open('/dev/full', 'w')\nfrom tuilab.cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code, "presets"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and done.stderr.startswith("tuilab: system error: ")
    assert len(done.stderr.splitlines()) == 1


def test_without_unicode_the_tables_still_read() -> None:
    ended = process("presets", PYTHONIOENCODING="ascii")
    assert ended.code == 0 and "iteration-ii" in ended.out and ended.out.isascii()


@pytest.mark.parametrize("words", [c for c in COMMANDS if c], ids=" ".join)
def test_help_has_one_notation_for_what_a_command_takes(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A name in capitals is what a person writes there; Python's types mean nothing to them."""
    shown = call(capsys, *words, "--help").out
    assert not re.search(r"<[a-z]|\{|\[\[", shown)
    usage = shown.splitlines()[0]
    assert usage.removeprefix("Usage: tuilab ").removeprefix(" ".join(words)).upper() in usage


def test_help_gives_examples_exit_codes_and_where_settings_are_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for words in (["--help"], ["run", "--help"]):
        shown = call(capsys, *words).out
        assert "Examples:\n" in shown and "Exit codes:\n" in shown
        for code in ("2 ", "3 ", "4 ", "129 ", "130 "):
            assert f"\n    {code}" in shown or f"\n      {code}" in shown
    assert "tuilab presets show NAME lists them" in " ".join(call(capsys, "run", "--help").out.split())
    assert "..." not in call(capsys, "--help").out.partition("Commands:")[2], "no summary is cut"
