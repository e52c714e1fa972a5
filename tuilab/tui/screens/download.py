"""A download on a thread of its own, which tells a screen how far it is and can be stopped."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message
from textual.message_pump import MessagePump

from tuilab.bases.named import BASES
from tuilab.errors import TuilabError
from tuilab.sources.named import DOWNLOADED
from tuilab.sources.progress import Progress, Unit
from tuilab.terminal import clean

_MIB = 2**20
_BAR = 24
"""Cells of the bar."""


class _StoppedByPerson(Exception):
    """Ends a download from within its report; what has arrived stays for the next one."""


class Download:
    """One download; tells ``screen`` by the messages below, which hold the download."""

    @dataclass
    class Progressed(Message):
        """It got on."""

        download: "Download"
        words: str

    @dataclass
    class Finished(Message):
        """It is there, or the error says why not; not sent for one that was stopped."""

        download: "Download"
        error: TuilabError | None

    def __init__(self, asset: str, screen: MessagePump, crashed: Callable[[Exception], None]) -> None:
        """Begin.

        Args:
            asset: what to download: the name of a data set or of a base network.
            screen: receives the messages.
            crashed: takes an error that is nobody's fault but ours; called on the thread.
        """
        self.asset = asset
        self._screen, self._crashed = screen, crashed
        self._stopped = threading.Event()
        # a daemon: leaving the app does not wait for a server
        threading.Thread(target=self._work, name=f"tuilab-fetch-{asset}", daemon=True).start()

    def stop(self) -> None:
        """End it at the next report; no more messages are posted."""
        self._stopped.set()

    def _work(self) -> None:
        error: TuilabError | None = None
        try:
            _fetch(self.asset, self._report)
        except _StoppedByPerson:
            return
        except TuilabError as refused:
            error = refused
        except Exception as mistake:  # noqa: BLE001 - a thread's outermost frame: handed to the app, which logs it
            self._crashed(mistake)
            return
        if not self._stopped.is_set():
            self._screen.post_message(self.Finished(self, error))

    def _report(self, phase: str, what: str, done: int, total: int | None, unit: Unit) -> None:
        if self._stopped.is_set():
            raise _StoppedByPerson
        self._screen.post_message(self.Progressed(self, progress_words(phase, what, done, total, unit)))


def progress_words(phase: str, what: str, done: int, total: int | None, unit: Unit) -> str:
    """Return how far a download is, with a bar where the total is known.

    Args:
        phase: downloading or loading.
        what: a noun phrase.
        done: units so far, 0 or more.
        total: all units; None if the server does not say.
        unit: bytes are shown as MiB, rounded, so that the text changes seldom.
    """
    title = f"{phase} {clean(what, limit=40)}"
    size = _MIB if unit == "bytes" else 1
    name = "MiB" if unit == "bytes" else unit
    if not total:
        return f"{title}: {done // size} {name}"
    share = min(done / total, 1.0)
    full = int(share * _BAR)
    return f"{title} {'█' * full}{'░' * (_BAR - full)} {share:4.0%}, {done // size} of {total // size} {name}"


def _fetch(asset: str, progress: Progress) -> Path:
    if asset in DOWNLOADED:
        return DOWNLOADED[asset].fetch(progress)
    from tuilab.sources.base_weights import fetch_weights

    return fetch_weights(BASES[asset], progress)
