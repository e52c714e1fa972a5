"""Work that must not make the UI wait: one daemon thread that takes jobs in their order.

A daemon thread, not one of Textual's: leaving the app must not wait for a slow disk.
"""

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from tuilab.errors import TuilabError

T = TypeVar("T")
_Job = tuple[Callable[[], Any], Callable[[Any], None] | None]


class Background:
    """Runs jobs off the UI thread and hands their results back to it."""

    def __init__(
        self,
        on_ui: Callable[..., object],
        report_error: Callable[[TuilabError], None],
        crashed: Callable[[Exception], None],
    ) -> None:
        """Start the thread.

        Args:
            on_ui: runs a callable on the UI thread, soon; may be called from any thread.
            report_error: shows an error that is meant for a person; called on the UI thread.
            crashed: takes any other error; called on the UI thread.
        """
        self._on_ui, self._report_error, self._crashed = on_ui, report_error, crashed
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="tuilab-background", daemon=True)
        self._thread.start()

    def run(self, job: Callable[[], T], then: Callable[[T], None] | None = None) -> None:
        """Do ``job`` on the thread, then call ``then`` with its result on the UI thread.

        A TuilabError of the job is shown to the person, an OSError as a sentence; any other is the app's end.
        """
        self._jobs.put((job, then))

    def close(self) -> None:
        """End the thread once it has done what it was given; does not wait for it."""
        self._jobs.put(None)

    def fail(self, error: Exception) -> None:
        """Show an error as one of a job would be shown; on the UI thread."""
        if isinstance(error, OSError):
            error = TuilabError(f"system error: {error}")
        if isinstance(error, TuilabError):
            self._report_error(error)
        else:
            self._crashed(error)

    def _work(self) -> None:
        while (given := self._jobs.get()) is not None:
            job, then = given
            try:
                result = job()
            except Exception as error:  # noqa: BLE001 - a thread's outermost frame: handed to the app, which tells or logs it
                self._on_ui(self.fail, error)
            else:
                if then is not None:
                    self._on_ui(then, result)
