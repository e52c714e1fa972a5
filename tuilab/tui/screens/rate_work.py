"""A rate test on a thread of its own, from which a screen takes what it says when it has time."""

import queue
import threading
from collections.abc import Callable, Iterator

from tuilab.errors import RunError, TuilabError
from tuilab.lab import rate_test
from tuilab.lab.draft import Draft
from tuilab.lab.preflight import check_inputs
from tuilab.rate.request import RateRequest, Span
from tuilab.rate.said import Said
from tuilab.terminal import clean

News = RateRequest | Said | TuilabError
"""What is tested, comes first; then what its process says, and where it cannot be done, why."""


class RateWork:
    """One test."""

    def __init__(self, draft: Draft, span: Span, crashed: Callable[[Exception], None]) -> None:
        """Begin.

        Args:
            draft: what is tested; nobody else may change it.
            span: over which rates.
            crashed: takes an error that is nobody's fault but ours; called on the thread.
        """
        self._draft, self._span, self._crashed = draft, span, crashed
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._test: rate_test.RateTest | None = None
        # a daemon: leaving the app does not wait for it, and its process ends with the app
        threading.Thread(target=self._work, name="tuilab-rate", daemon=True).start()

    def stop(self) -> None:
        """Ask it to end at its next step."""
        self._stopped.set()
        if self._test is not None:
            self._test.stop()

    def news(self) -> Iterator[News]:
        """Yield what has come since the last look."""
        while not self._news.empty():
            yield self._news.get()

    def _work(self) -> None:
        try:
            request = rate_test.of_draft(self._draft, self._span)
            check_inputs(request.experiment)
            self._news.put(request)
            with rate_test.RateTest(request) as test:
                self._test = test
                if self._stopped.is_set():
                    test.stop()
                for record in test.said():
                    self._news.put(record)
        except TuilabError as error:
            self._news.put(error)
        except OSError as error:
            self._news.put(RunError(f"the rate test ended: {clean(error.strerror or str(error))}"))
        except Exception as mistake:  # noqa: BLE001 - a thread's outermost frame: handed to the app, which logs it
            self._crashed(mistake)
