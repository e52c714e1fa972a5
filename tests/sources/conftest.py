"""What tests of downloads stand on."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from download_server import Server

from tuilab.sources import downloads


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a server that may only be busy again at once."""
    monkeypatch.setattr(downloads, "PAUSES", (0.0, 0.0, 0.0))
    monkeypatch.setattr(downloads, "LONGEST_WAIT", 0.0)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "file.bin"
