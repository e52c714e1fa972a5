"""Runs that wait for one that nobody trains."""

import contextlib
import os
from collections.abc import Iterable

from tuilab.errors import UsageError
from tuilab.runs.run import LATER, Run


def stranded(runs: Iterable[Run]) -> list[str]:
    """Return a sentence for each run that others still wait for though it is not being trained."""
    noted = [run for run in runs if os.access(f"{run.folder}/{LATER}", os.F_OK)]
    if not noted:
        return []
    # whoever lists runs that wait for nothing need not load how they are planned
    from tuilab.lab.successors import waiting
    from tuilab.runs.summary import summarize
    from tuilab.runs.worker.lease import liveness

    sentences = []
    for run in noted:
        if liveness(run.lease) == "alive":
            continue
        with contextlib.suppress(UsageError):  # a damaged folder is told elsewhere
            if later := waiting(run):
                state = summarize(run).state
                what = ", then ".join(step.preset for step in later)
                sentences.append(
                    f"{what} is waiting for {run.id} ({state}): tuilab resume {run.id} continues it"
                )
    return sentences
