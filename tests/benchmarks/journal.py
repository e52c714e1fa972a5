"""How long a run of a million records takes to open, and a store of two thousand runs to list.

    python tests/benchmarks/journal.py [REPEATS]

prints medians in milliseconds. Everything is made in a temporary folder (about 260 MB) and read from
the file cache. Commands are processes of their own; the app's table is what its background does from the
list of runs to the rows that are drawn.
"""

import os
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from finished_runs import finished_run
from records import epoch

from tuilab.runs.index import NAME, read_all
from tuilab.runs.journal.lines import Entry, encode
from tuilab.runs.journal.reader import MOMENTS, JournalReader
from tuilab.runs.journal.records import Batch
from tuilab.runs.journal.writer import JournalWriter
from tuilab.runs.store import list_runs
from tuilab.tui.panes.results.entries import Entries, work_out
from tuilab.tui.run_book import RunBook
from tuilab.tui.run_source import RunSource

RECORDS, EPOCHS, RUNS = 1_000_000, 10, 2_000
PRESETS = ("bn", "bn-l2", "iteration-i", "iteration-ii", "baseline")
TUILAB = str(Path(sys.executable).with_name("tuilab"))
BATCH = Batch(
    epoch=1,
    step=1,
    steps=RECORDS // EPOCHS,
    accuracy=0.5,
    cross_entropy=1.2345,
    penalty=0.1,
    gradient_norm=2.0,
    images_per_second=500.5,
    seconds_left=20,
)


def write_journal(path: Path) -> None:
    """Write a million records: batches, and an epoch now and then."""
    total = 0
    with path.open("wb") as file:
        for seq in range(RECORDS):
            number, step = divmod(seq, RECORDS // EPOCHS)
            batch = BATCH.model_copy(update={"epoch": number + 1, "step": step + 1})
            record = epoch(number + 1) if step + 1 == BATCH.steps else batch
            line = encode(Entry(seq, 1_800_000_000 + seq / 4, record), total)
            total = zlib.crc32(line, total)
            file.write(line)


def milliseconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of ``work`` after one run that does not count."""
    times: list[float] = []
    for _ in range(repeats + 1):
        begun = time.perf_counter()
        work()
        times.append((time.perf_counter() - begun) * 1000)
    return median(times[1:])


def command(*words: str) -> None:
    """Run a command to its end."""
    subprocess.run([TUILAB, *words], check=True, capture_output=True)


def table() -> None:
    """Read the store as the app does, and work out the rows of its table."""
    source, book = RunSource(), RunBook()
    ids = source.run_ids()
    for begin in range(0, len(ids), 1000):
        book.add(source.load(ids[begin : begin + 1000])[0])
    work_out(Entries().stale(book), {})


def main() -> None:
    """Make both, and measure each way to read them."""
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TUILAB_HOME"] = folder
        path = Path(folder) / "journal.jsonl"
        write_journal(path)
        ways: dict[str, Callable[[], object]] = {
            "summary": lambda: JournalReader(path, skip=MOMENTS).read(),
            "curves": lambda: JournalReader(path, skip=MOMENTS, most=20_000).read(),
            "to go on": lambda: JournalWriter(path).close(),
        }
        for what, work in ways.items():
            print(f"{RECORDS:,} records, {what}: {milliseconds(work, repeats):.0f} ms")
        path.unlink()

        for number in range(RUNS):
            settings = {"training.seed": number + 1}
            finished_run(
                PRESETS[number % len(PRESETS)], settings, epochs=[epoch(n + 1) for n in range(EPOCHS)]
            )
        runs = list_runs()
        index = runs[0].folder.parent / NAME

        def without() -> None:
            index.unlink(missing_ok=True)
            read_all(list_runs())

        print(f"{RUNS:,} runs, index to be made: {milliseconds(without, repeats):.0f} ms")
        listed: dict[str, Callable[[], object]] = {
            "index there": lambda: read_all(list_runs()),
            "tuilab --version": lambda: command("--version"),
            "tuilab ps": lambda: command("ps"),
            "tuilab results": lambda: command("results"),
            "the app's table": table,
        }
        for what, work in listed.items():
            print(f"{RUNS:,} runs, {what}: {milliseconds(work, repeats):.0f} ms")


if __name__ == "__main__":
    main()
