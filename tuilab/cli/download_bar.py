"""The progress of a download that runs in this process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tuilab.sources.progress import Progress, Unit, silent
from tuilab.terminal import clean


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Yield a ``Progress`` that draws a bar on stderr; where stderr is no terminal, one that is silent."""
    if not sys.stderr.isatty():
        yield silent
        return
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=24),
        bars.DownloadColumn(),
        bars.TransferSpeedColumn(),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=None)

        def report(phase: str, what: str, done: int, total: int | None, unit: Unit) -> None:
            shown.update(task, description=f"{phase} {clean(what)}", completed=done, total=total)

        yield report
