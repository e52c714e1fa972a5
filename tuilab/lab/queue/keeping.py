"""When the scheduler has a worker stand by for the next run."""

import contextlib
import time
from collections.abc import Collection, Mapping

from tuilab import config
from tuilab.errors import RunError, UsageError
from tuilab.files import paths
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.standby import Standby

SETTLED_SECONDS = 30.0
"""How long a run is left alone after its start, at most: loading TensorFlow takes a core for 5 s."""


class Keeping:
    """Keeps one standby worker while one is wanted, and replaces it once the run that took it has begun well.

    A new one loads TensorFlow, which would slow a run that starts at that moment. So it is started when each
    run at work has finished an epoch, or has been at work for ``SETTLED_SECONDS``.
    """

    def __init__(self) -> None:
        self.standby = Standby()
        self._wanted = False
        self._since: dict[str, float] = {}
        """When a run was first seen at work; those that have settled are at minus infinity."""

    def look(self, at_work: Collection[str], variables: Mapping[str, str] | None) -> None:
        """Start one, or end the one that waits.

        Args:
            at_work: ids of the runs that train on this machine or are being started.
            variables: the environment that the next run's worker will probably get; None: none is expected.

        Raises:
            RunError: it cannot be started.
        """
        self._since = {run_id: self._since.get(run_id, time.monotonic()) for run_id in at_work}
        if variables is None:
            self.close()
            return
        self._wanted = True
        if self.standby.pid is None and all(map(self._settled, at_work)) and config.load()[0].queue.standby:
            self.standby.start(variables)

    def close(self) -> None:
        """End the one that waits."""
        if self._wanted:
            self.standby.close()
            self.standby, self._wanted = Standby(), False

    def _settled(self, run_id: str) -> bool:
        if time.monotonic() - self._since[run_id] < SETTLED_SECONDS and not _past_an_epoch(run_id):
            return False
        self._since[run_id] = float("-inf")
        return True


def _past_an_epoch(run_id: str) -> bool:
    with contextlib.suppress(UsageError, RunError):
        summary = summarize(Run(paths.runs() / run_id))
        return bool(summary.epochs) or summary.state not in ("waiting", "queued", "running")
    return True
