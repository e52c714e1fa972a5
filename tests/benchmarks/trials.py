"""Sweeps: what a trial costs beyond its run, and how long a big one takes to open.

    .venv/bin/python tests/benchmarks/trials.py

The cost of a trial is what passes from the last record of one run to the first of the next one, in a grid of
one setting on digits. The trials train for about 20 seconds each: the next worker loads TensorFlow meanwhile.
Trials that are over before it has done so wait for it.
"""

import itertools
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

TRIALS, EPOCHS = 4, 40
OPENINGS = 7
MOST_OVERHEAD, MOST_OPENING = 0.5, 1.0
"""Seconds that are aimed at."""


def overhead() -> float:
    """Return the median of seconds between two trials."""
    from tuilab.lab.sweeps import control, process
    from tuilab.lab.sweeps.starting import create, spec_of
    from tuilab.runs import store
    from tuilab.runs.journal.reader import JournalReader

    values = ",".join(f"{n}e-4" for n in range(1, TRIALS + 1))
    given = {"data.source": "digits", "training.epochs": EPOCHS, "training.device": "cpu"}
    sweep = create(spec_of("digits-bn", [], given, grids=[f"model.l2={values}"], name="overhead"))
    process.work(sweep, lambda text: None, give_back=False)
    control.delete("overhead")
    spans: list[tuple[float, float]] = []
    for run in store.list_runs():
        records = JournalReader(run.journal).read()
        spans.append((records[0].time, records[-1].time))
    spans.sort()
    return median(later - end for (_, end), (later, _) in itertools.pairwise(spans))


def opening(command: list[str]) -> float:
    """Return the median of seconds that a command takes."""
    times: list[float] = []
    for _ in range(OPENINGS):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        times.append(time.perf_counter() - began)
    return median(times)


def main() -> None:
    """Measure, print, and say what misses its aim."""
    os.environ["TUILAB_HOME"] = tempfile.mkdtemp()
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    python = sys.executable
    between = overhead()

    from boards import many

    from tuilab.lab.sweeps import folders

    board = many()
    folders.make(board.spec.name, folders.new_link(), board)
    show = [python, "-m", "tuilab", "sweep", "show", board.spec.name]
    began = time.perf_counter()
    subprocess.run(show, stdout=subprocess.DEVNULL, check=True)
    first = time.perf_counter() - began  # estimates what explains the differences, and keeps it
    shown = opening(show)
    listed = opening([python, "-m", "tuilab", "sweep", "list"])
    print(f"medians in seconds, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"from one trial to the next         {between:6.3f}  aim {MOST_OVERHEAD:g}")
    print(
        f"tuilab sweep show, 10,000 trials   {shown:6.3f}  aim {MOST_OPENING:g}; the first time {first:.1f}"
    )
    print(f"tuilab sweep list, 10,000 trials   {listed:6.3f}  aim {MOST_OPENING:g}")
    if between > MOST_OVERHEAD or max(shown, listed) > MOST_OPENING:
        sys.exit(f"aims: {MOST_OVERHEAD} s between two trials, {MOST_OPENING:g} s to open")


if __name__ == "__main__":
    main()
