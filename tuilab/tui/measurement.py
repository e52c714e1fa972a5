"""Runs measured from their trained models, on a thread of its own: it lasts seconds to minutes."""

import threading
from collections.abc import Callable, Sequence

from tuilab.errors import TuilabError
from tuilab.lab.measuring import Measuring
from tuilab.results.progress import phase_text
from tuilab.runs.journal.records import Phase
from tuilab.runs.run import Run
from tuilab.terminal import clean


class Measurement:
    """Measures runs, one after another.

    Attributes:
        doing: what it is at, in words; clean.
        problem: why it ended without a result; clean, without a full stop.
        ended: whether nothing more will come.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        measure: Callable[[Run], Measuring],
        crashed: Callable[[Exception], None],
    ) -> None:
        """Begin.

        Args:
            runs: those to be measured.
            measure: starts the measurement of one; a context that ends it.
            crashed: takes an error that is nobody's fault but ours; called on the thread.
        """
        self.doing, self.problem, self.ended = "starting", "", False
        self._runs, self._measure, self._crashed = runs, measure, crashed
        self._stopped = threading.Event()
        self._under_way: Measuring | None = None
        # a daemon: leaving the app does not wait for it, and its process ends with the app
        threading.Thread(target=self._work, name="tuilab-measure", daemon=True).start()

    def stop(self) -> None:
        """Ask it to end; what it has not finished leaves nothing behind."""
        self._stopped.set()
        if self._under_way is not None:
            self._under_way.stop()

    def _work(self) -> None:
        try:
            for run in self._runs:
                if self._stopped.is_set():
                    break
                with self._measure(run) as measuring:
                    self._under_way = measuring
                    if self._stopped.is_set():
                        break
                    measuring.finish(self._tell)
        except TuilabError as error:
            self.problem = error.sentence
        except OSError as error:
            self.problem = f"the measurement ended: {clean(error.strerror or str(error))}"
        except Exception as mistake:  # noqa: BLE001 - a thread's outermost frame: handed to the app, which logs it
            self._crashed(mistake)
        finally:
            self.ended = True

    def _tell(self, phase: Phase) -> None:
        self.doing = phase_text(phase)
