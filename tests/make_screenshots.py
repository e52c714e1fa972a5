"""Make the pictures in ``screenshots/``: real commands in a real terminal (tmux), as SVG.

    TUILAB_HOME=/a/lab python tests/make_screenshots.py

takes the results and curves from the runs of that lab, which must hold the course's twelve presets,
and trains ``iteration-ii`` on digits in a lab of its own for the picture of a run. Needs tmux.
"""

import html
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import MONOKAI

from tuilab.runs.store import list_runs

PLACE = Path(__file__).parents[1] / "screenshots"
TUILAB = Path(sys.executable).with_name("tuilab")


def screen(
    columns: int, rows: int, command: str, *, until: str, seconds: float, home: str | None = None
) -> str:
    """Run ``$ command`` in tmux and return the screen, colours and all, once it shows ``until``.

    Raises:
        SystemExit: it did not within ``seconds``.
    """
    socket = f"pictures-{os.getpid()}"
    tmux = ["tmux", "-L", socket, "-f", "/dev/null"]
    environment = {**os.environ, "COLORTERM": "truecolor", **({"TUILAB_HOME": home} if home else {})}
    shell = f"printf '$ tuilab %s\\n' '{command}'; {TUILAB} {command}; sleep 60"
    size = ["-x", str(columns), "-y", str(rows)]
    subprocess.run([*tmux, "new-session", "-d", *size, shell], check=True, env=environment)
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            time.sleep(0.3)
            shown = subprocess.run(
                [*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True
            ).stdout
            if re.search(until, re.sub(r"\x1b\[[0-9;]*m", "", shown)):
                return shown.rstrip()
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    raise SystemExit(f"tuilab {command} did not show {until!r} within {seconds} s")


def save(name: str, columns: int, title: str, shown: str) -> None:
    """Write a screen as ``screenshots/NAME.svg``."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=columns, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        for line in AnsiDecoder().decode(_anybodys(shown)):
            console.print(line, soft_wrap=True)
        svg = console.export_svg(title=title, theme=MONOKAI, unique_id=name)
    # the fonts would be fetched from elsewhere by whoever looks at the picture
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", "DejaVu Sans Mono, Menlo, Consolas, monospace")
    leading = r'(<text [^>]*x=")([\d.]+)("[^>]*textLength=")([\d.]+)("[^>]*>)((?:&#160;)+)([^<]+)</text>'
    svg = re.sub(leading, _moved, svg)
    (PLACE / f"{name}.svg").write_text(re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE), encoding="utf-8")


def _anybodys(shown: str) -> str:
    """Write the places of this machine as they are on anybody's."""
    places = {
        sys.prefix: "~/.venv",
        os.environ.get("TUILAB_HOME"): "~/.local/share/tuilab",
        str(Path.home()): "~",
    }
    for place, name in places.items():
        shown = shown.replace(place, name) if place else shown
    return shown


def _moved(match: re.Match[str]) -> str:
    """Turn leading spaces of a text into a shift to the right: some viewers drop them."""
    before, x, middle, length, rest, spaces, text = match.groups()
    shown = len(spaces) // len("&#160;")
    cells = shown + len(html.unescape(text))
    shift = float(length) / cells * shown
    return f"{before}{float(x) + shift:g}{middle}{float(length) - shift:g}{rest}{text}</text>"


def main() -> None:
    """Make every picture."""
    PLACE.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        run = "run --preset iteration-ii --data digits"
        shown = screen(
            100, 34, run, until=r"(?s)4 of them in the base.*epoch 6/10.*batches", seconds=900, home=home
        )
        save("run", 100, "tuilab run", shown)
    save("results", 174, "tuilab results", screen(174, 46, "results", until=r"recorded-ii", seconds=60))
    *_, run = (run.id for run in list_runs() if "iteration-iii" in run.id)
    curves = screen(100, 52, f"show {run} --plot", until=r"epoch\s+$", seconds=60)
    save("curves", 100, "tuilab show --plot", curves)
    save(
        "doctor",
        100,
        "tuilab doctor",
        screen(100, 48, "doctor", until=r"stops a training|nothing can be trained", seconds=120),
    )


if __name__ == "__main__":
    main()
