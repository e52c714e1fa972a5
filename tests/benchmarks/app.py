"""How fast and how frugal the app is, measured over a pseudo-terminal.

    python tests/benchmarks/app.py [--pairs 7] [--seconds 20]

prints a table for 160x50 and 80x24, by default and in low bandwidth: the first paint beside importing
Textual alone (medians of pairs, in alternation), bytes a second while a run reports twenty batches a
second, the processor's share, bytes while nothing happens, and from a key to the paint that answers
it. Two hundred finished runs lie in the lab; the terminal is pyte, which answers what terminals are
asked. A directory of its own stands for the home; nothing is trained.
"""

import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from finished_runs import experiment_of, finished_run
from records import epoch

from tuilab import __version__
from tuilab.lab import data_choice
from tuilab.runs import store
from tuilab.runs.journal.records import Batch, DeviceRecord, Phase, Started
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.worker.lease_holder import take_lease
from tuilab.tui.session import open_apps, saved_session

TUILAB = str(Path(sys.executable).with_name("tuilab"))
PAST_RUNS, EPOCHS, STEPS, BATCHES_A_SECOND = 200, 30, 200, 20
SETTLED = 6.0
"""Seconds after which the app has read everything and only the training run moves it."""


class Terminal:
    """A program on a pseudo-terminal, and what its screen shows."""

    def __init__(self, columns: int, rows: int, command: list[str]) -> None:
        self.began = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", PYTHONDONTWRITEBYTECODE="")
            os.execvp(command[0], command)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.bytes = 0

    def read(self, seconds: float) -> bool:
        """Take what comes within some seconds, up to the first piece; return whether something came."""
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return False
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:
            return False
        self.bytes += len(data)
        if b"\x1b[?2026$p" in data:  # a terminal that can draw without tearing says so
            os.write(self._fd, b"\x1b[?2026;2$y")
        # pyte knows neither private keyboard modes nor questions
        self._stream.feed(re.sub(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]p?", b"", data))
        return True

    def read_for(self, seconds: float) -> int:
        """Take all that comes for some seconds; return its bytes."""
        before, end = self.bytes, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return self.bytes - before

    def until(self, true: Callable[[str], object], seconds: float = 30.0) -> float:
        """Read until the screen's text fulfils something; return the seconds since the program's start.

        Raises:
            SystemExit: it does not in time.
        """
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.read(0.2)
            if true("\n".join(self.screen.display)):
                return time.perf_counter() - self.began
        raise SystemExit("the app did not show what was waited for:\n" + "\n".join(self.screen.display))

    def press(self, key: bytes) -> None:
        """Type."""
        os.write(self._fd, key)

    def processor_seconds(self) -> float:
        """Return the processor time that the program took so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        """End the program, and see that it ends."""
        os.kill(self.pid, signal.SIGTERM)
        while self.read(0.5):
            pass
        os.waitpid(self.pid, 0)
        os.close(self._fd)


def fill_lab() -> None:
    """Make the finished runs, and choose digits so that no first steps are shown."""
    data_choice.save(data_choice.file(), data_choice.DataChoice(source="digits"))
    for number in range(PAST_RUNS):
        preset = ("baseline", "bn", "bn-momentum", "bn-l2")[number % 4]
        finished_run(preset, accuracy=0.3 + number / 1000, epochs=[epoch(n) for n in range(1, 11)])


@contextmanager
def training_run() -> Iterator[None]:
    """Let a run report twenty batches a second, an epoch every ten seconds."""
    settings = {"data.source": "digits", "training.epochs": EPOCHS}
    run = store.create(experiment_of("bn-l2", settings), preset="bn-l2")
    take_lease(run.lease)
    journal = JournalWriter(run.journal)
    journal.append(Started(pid=os.getpid(), host="h", versions={}))
    journal.append(DeviceRecord(device="cpu", name="a processor", precision="float32", reason="asked for"))
    journal.append(Phase(name="training", total=EPOCHS, unit="epochs"))
    over = threading.Event()

    def report() -> None:
        begun, step = time.perf_counter(), 0
        while not over.wait(max(0.0, begun + step / BATCHES_A_SECOND - time.perf_counter())):
            step += 1
            number, inside = divmod(step - 1, STEPS)
            share = step / (EPOCHS * STEPS)
            wobble = 0.02 * ((step * 7919) % 13 - 6) / 6
            journal.append(
                Batch(
                    epoch=number + 1,
                    step=inside + 1,
                    steps=STEPS,
                    accuracy=0.1 + 0.8 * share**0.4 + wobble,
                    cross_entropy=2.3 * (1 - share) ** 3 + 0.1 + wobble,
                    penalty=0.4 - 0.2 * share,
                    gradient_norm=2.0 + wobble,
                    images_per_second=1280.0 + 40 * wobble,
                    seconds_left=(1 - share) * EPOCHS * STEPS / BATCHES_A_SECOND,
                )
            )
            if inside + 1 == STEPS:
                journal.append(
                    epoch(number + 1, accuracy=0.1 + 0.8 * share**0.4, val_accuracy=0.7 * share**0.3)
                )

    reporter = threading.Thread(target=report, daemon=True)
    reporter.start()
    try:
        yield
    finally:
        over.set()
        reporter.join()
        store.discard(run)
        # the next app opens like the first: with nothing to say of a run that is gone
        shutil.rmtree(open_apps.folder(), ignore_errors=True)
        saved_session.file().unlink(missing_ok=True)


def first_paint(columns: int, rows: int, pairs: int) -> str:
    """Time the frame of the app, and importing Textual, in alternation."""
    ratios, paints, imports, panes_mounted = [], [], [], []
    for _ in range(pairs):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import textual.app, textual.widgets"], check=True)
        imports.append(time.perf_counter() - began)
        app = Terminal(columns, rows, [TUILAB, "--preset", "bn-l2"])
        paints.append(app.until(lambda text: "LESSON" in text and "RESULTS" in text))
        panes_mounted.append(app.until(lambda text: "bn-l2" in text and "L2" in text))
        app.read_for(1.0)
        app.close()
        ratios.append(paints[-1] / imports[-1])
    middle = statistics.median
    return (
        f"first paint {middle(paints):.2f} s = {middle(ratios):.2f} x importing Textual "
        f"({middle(imports):.2f} s); panes filled {middle(panes_mounted):.2f} s"
    )


def idle(columns: int, rows: int, options: list[str]) -> str:
    """Count what is written while nothing happens."""
    app = Terminal(columns, rows, [TUILAB, "--preset", "bn-l2", *options])
    app.until(lambda text: "bn-l2" in text)
    app.read_for(12.0)
    silent = app.read_for(10.0)
    app.close()
    return f"idle: {silent} bytes in 10 s"


def while_training(columns: int, rows: int, options: list[str], seconds: float) -> tuple[str, str]:
    """Count and time while a run reports; return the sentence of output and that of keys."""
    with training_run():
        app = Terminal(columns, rows, [TUILAB, "--preset", "bn-l2", *options])
        app.until(lambda text: "bn-l2" in text)
        app.press(b"3")  # the curves, which a narrow terminal shows alone
        app.read_for(SETTLED)
        before, took = app.processor_seconds(), app.read_for(seconds)
        share = (app.processor_seconds() - before) / seconds
        output = f"training: {took / seconds / 1000:.2f} KB/s, {100 * share:.1f} % of a core"
        answers = key_to_paint(app)
        app.close()
    late = statistics.quantiles(answers, n=20)[-1]
    middle = statistics.median(answers)
    return output, f"key to paint: median {1000 * middle:.0f} ms, 95 of 100 within {1000 * late:.0f} ms"


def key_to_paint(app: Terminal) -> list[float]:
    """Go to and fro between two panes a hundred times; return the seconds until the key line says so."""
    answers: list[float] = []
    for number in range(100):
        before = app.screen.display[-1]
        key = b"2" if number % 2 == 0 else b"4"
        pressed = time.perf_counter()
        app.press(key)
        while app.screen.display[-1] == before and time.perf_counter() - pressed < 2:
            app.read(0.5)
        answers.append(time.perf_counter() - pressed)
        app.read_for(0.13)  # out of step with the redraws
    return answers


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["TUILAB_HOME"] = home
        fill_lab()
        print(f"tuilab {__version__}, {PAST_RUNS} finished runs, {BATCHES_A_SECOND} batches a second")
        for columns, rows in ((160, 50), (80, 24)):
            print(f"{columns}x{rows}  {first_paint(columns, rows, chosen.pairs)}", flush=True)
            for options in ([], ["--low-bandwidth"]):
                name = " ".join(["tuilab", *options])
                print(f"{columns}x{rows}  {name}: {idle(columns, rows, options)}", flush=True)
                for sentence in while_training(columns, rows, options, chosen.seconds):
                    print(f"{columns}x{rows}  {name}: {sentence}", flush=True)


if __name__ == "__main__":
    main()
