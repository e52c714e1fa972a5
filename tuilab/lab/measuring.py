"""Measuring a finished run from its trained model, where its worker did not record what is looked at."""

from collections.abc import Callable

from tuilab.lab.beside import Beside
from tuilab.runs.journal.records import AnyRecord, Done, Phase, adapter
from tuilab.runs.measurements import MeasurementName, MeasuringRequest
from tuilab.runs.run import Run


class Measuring(Beside[AnyRecord]):
    """A measurement under way. Use it in a ``with``: nothing of its process is left behind."""

    def __init__(self, run: Run, what: MeasurementName = "answers") -> None:
        """Start it; its libraries print into ``measuring.log`` among the state.

        Raises:
            RunError: the process cannot be started.
        """
        asked = MeasuringRequest(run=str(run.folder.absolute()), what=what).model_dump_json()
        super().__init__("measuring", "the measurement", asked, adapter)

    def finish(self, progress: Callable[[Phase], None] = lambda phase: None) -> None:
        """Wait until it is done; what it measured is in the run's folder then.

        Args:
            progress: takes what it is doing.

        Raises:
            TuilabError: it cannot be done, in its own words; or it ended without any.
        """
        for record in self.until(lambda record: isinstance(record, Done)):
            if isinstance(record, Phase):
                progress(record)
