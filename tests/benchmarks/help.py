"""How long ``tuilab --help`` takes beside ``python -c "import typer"``, in alternation.

    python tests/benchmarks/help.py [PAIRS]

prints the median of both in milliseconds and the median of the ratios of the pairs.
"""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

TYPER = [sys.executable, "-c", "import typer"]
HELP = [str(Path(sys.executable).with_name("tuilab")), "--help"]


def milliseconds(command: list[str]) -> float:
    """Run a command once and return how long it took."""
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    """Measure pairs, after one that fills the file cache."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    measured = [(milliseconds(TYPER), milliseconds(HELP)) for _ in range(pairs + 1)][1:]
    typer, shown = (median(column) for column in zip(*measured, strict=True))
    ratio = median(b / a for a, b in measured)
    print(
        f"import typer {typer:.0f} ms, tuilab --help {shown:.0f} ms, ratio {ratio:.2f} (medians of {pairs})"
    )


if __name__ == "__main__":
    main()
