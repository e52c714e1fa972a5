"""Make the pictures in ``screenshots/``, as SVG, from real runs.

    TUILAB_HOME=/a/lab python tests/make_screenshots.py [NAME ...]

The app's pictures are taken of the app itself, without a terminal; the commands' in tmux. Results and
curves come from a copy of that lab, which must hold the course's presets from ``baseline`` to
``iteration-iv``; what trains in a picture trains on digits in a lab of its own. Needs tmux.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.ansi import AnsiDecoder
from rich.console import Console
from rich.terminal_theme import TerminalTheme

os.environ["TEXTUAL_COLOR_SYSTEM"] = "truecolor"  # images are drawn in colour; read as Textual is loaded
sys.path.insert(0, str(Path(__file__).with_name("support")))
from harness import press, until
from portable_svg import portable
from screenshot_views import DEEPER, VIEWS, View, lead

from tuilab import config
from tuilab.lab import data_choice
from tuilab.runs.store import list_runs
from tuilab.tui.app import LabApp
from tuilab.tui.session import saved_session

PLACE = Path(__file__).parents[1] / "screenshots"
TUILAB = Path(sys.executable).with_name("tuilab")
_RGB = (  # red, green, yellow, blue, magenta, cyan: no two alike, since each is a curve's
    (244, 71, 71),
    (152, 224, 36),
    (253, 151, 31),
    (96, 150, 255),
    (235, 110, 225),
    (88, 209, 235),
)
_BRIGHT = (*_RGB[:2], (230, 219, 116), *_RGB[3:])
THEME = TerminalTheme(
    (12, 12, 12),
    (217, 217, 217),
    [(26, 26, 26), *_RGB, (196, 197, 181)],
    [(98, 94, 76), *_BRIGHT, (246, 246, 239)],
)


# The app


def app_picture(name: str, view: View) -> None:
    """Take a picture of the app."""
    data_choice.save(data_choice.file(), data_choice.DataChoice())
    saved_session.file().unlink(missing_ok=True)  # the desk of the picture before
    app = LabApp(config.Config(), preset=view.preset, theme=view.theme)
    svg = asyncio.run(_taken(app, view))
    write(name, svg)


async def _taken(app: LabApp, view: View) -> str:
    async with app.run_test(size=view.size) as pilot:
        if not view.trains:
            await lead(app, pilot, view)
            return app.export_screenshot(title="tuilab")
        await until(pilot, lambda: bool(app.lab_screen.panes) and app.session.book.listed)
        app.session.draft.change({"training.epochs": 20})
        app.note_draft()
        for pane in app.lab_screen.panes:
            pane.draft_changed()
        await press(pilot, f"r {view.keys}")
        await until(pilot, lambda: app.session.book.training, 60)
        run = app.session.book.training[0]
        shown = app.lab_screen.query_one("#meters")
        await until(pilot, lambda: len(run.summary.epochs) >= 12 and shown.has_class("-shown"), 240)
        app.clear_notifications()
        await pilot.pause(0.1)
        svg = app.export_screenshot(title="tuilab")
        await press(pilot, "s")
        await until(pilot, lambda: not app.session.book.training, 60)
        return svg


# Commands, in tmux


def screen(columns: int, rows: int, command: str, *, until: str, seconds: float) -> str:
    """Run ``$ command`` in tmux and return the screen, colours and all, once it shows ``until``.

    Raises:
        SystemExit: it did not within ``seconds``.
    """
    socket = f"pictures-{os.getpid()}"
    tmux = ["tmux", "-L", socket, "-f", "/dev/null"]
    environment = {**os.environ, "COLORTERM": "truecolor"}
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


def command_picture(name: str, columns: int, title: str, shown: str) -> None:
    """Write a terminal's screen as a picture."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=columns, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        for line in AnsiDecoder().decode(_anybodys(shown)):
            console.print(line, soft_wrap=True)
        write(name, console.export_svg(title=title, theme=THEME, unique_id=name))


def run_picture() -> None:
    """Take a picture of a run on digits, from what ImageNet taught."""
    shown = screen(
        100,
        46,
        "run --preset iteration-ii --data digits",
        until=r"(?s)4 of them in the base.*epoch 6/10.*batches",
        seconds=900,
    )
    command_picture("run", 100, "tuilab run", shown)


def results_picture() -> None:
    """Take a picture of the table of results."""
    shown = screen(174, 46, "results", until=r"iteration-iv", seconds=60)
    command_picture("results", 174, "tuilab results", shown)


def curves_picture() -> None:
    """Take a picture of a run's curves."""
    *_, run = (run.id for run in list_runs() if "iteration-iii" in run.id)
    shown = screen(
        100, 52, f"show {run} --plot", until=r"(?s)\ncross-entropy .*\nepoch [ 0-9]+\s*$", seconds=60
    )
    command_picture("curves", 100, "tuilab show --plot", shown)


def family_picture(family: str) -> None:
    """Take a picture of the curves of a family's presets over each other."""
    legend = r"\nepoch [ 0-9]+\n +a [^\n]+\n"
    shown = screen(100, 60, f"results --plot --family {family}", until=legend, seconds=60)
    plot = shown[shown.rindex("\n", 0, shown.index("accuracy on the validation images")) + 1 :]
    plot = plot.partition("no room for")[0].rstrip()  # of the table above it
    command_picture(family, 100, f"tuilab results --plot --family {family}", plot)


def doctor_picture() -> None:
    """Take a picture of what the doctor finds."""
    shown = screen(100, 48, "doctor", until=r"prevents training|[Nn]othing can be trained", seconds=120)
    command_picture("doctor", 100, "tuilab doctor", shown)


COMMANDS: dict[str, Callable[[], None]] = {
    "run": run_picture,
    "results": results_picture,
    "curves": curves_picture,
    "cnn": lambda: family_picture("cnn"),
    "transfer": lambda: family_picture("transfer"),
    "doctor": doctor_picture,
}


# Both


def write(name: str, svg: str) -> None:
    """Write ``screenshots/NAME.svg``."""
    (PLACE / f"{name}.svg").write_text(portable(svg, name), encoding="utf-8")


def _anybodys(shown: str) -> str:
    """Write the places of this machine as they are on anybody's."""
    places = {
        sys.prefix: "~/.venv",
        os.environ.get("TUILAB_HOME"): "~/.local/share/tuilab",
        os.environ.get("KERAS_HOME"): "~/.keras",
        str(Path.home()): "~",
    }
    for place, name in places.items():
        shown = shown.replace(place, name) if place else shown
    return shown


@contextmanager
def _lab(copied: str | None) -> Iterator[None]:
    """Have a lab that may be written to: a copy of one, or an empty one."""
    before = os.environ.get("TUILAB_HOME", "")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "tuilab"
        if copied:
            for folder in ("runs", "sweeps"):
                if (Path(copied) / folder).is_dir():
                    shutil.copytree(Path(copied) / folder, home / folder)
        os.environ["TUILAB_HOME"] = str(home)
        try:
            yield
        finally:
            os.environ["TUILAB_HOME"] = before


def main(names: list[str]) -> None:
    """Make the pictures of these names, or every one."""
    PLACE.mkdir(exist_ok=True)
    lab = os.environ.get("TUILAB_HOME")
    if not lab:
        raise SystemExit(__doc__)
    for name in names or [*VIEWS, *COMMANDS]:
        trains = name == "run" or (name in VIEWS and VIEWS[name].trains)
        with _lab(None if trains else lab):
            if view := VIEWS.get(name) or DEEPER.get(name):
                app_picture(name, view)
            else:
                COMMANDS[name]()
        print(name)


if __name__ == "__main__":
    main(sys.argv[1:])
