"""What every test stands on: a home of its own, and the machine's shared images where it has them."""

import gc
import itertools
import os
import re
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, settings
from store_clock import NOON

# How fast a machine is just now decides no test. Whoever checks a change (CI=1) tries the same examples each
# time; everybody else new ones.
settings.register_profile(
    "tuilab",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
settings.load_profile("tuilab")

# A shell that starts the tests in the background has them ignore Ctrl-C, and with them all that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_NUMBERS = itertools.count()

# What one process compiled, the others take: the tests, and tuilab in every command that they start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def pytest_collection_finish() -> None:
    """Make this process ready for its tests.

    Under nohup it ignores the loss of the terminal, which the commands that tests start must not. And what
    the modules hold lives to the end: to have it collected again and again took a seventh of the time.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: None)  # unlike what is ignored, a handler is not inherited
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Nothing is left to collect for pytest, which does so five times when it ends.

    xdist gives a process five seconds to end, and then interrupts it (KeyboardInterrupt).
    """
    gc.freeze()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new folder, as pytest's, which for each looks through all that were made before."""
    words = re.sub(r"\W", "_", request.node.name)[:30]
    return tmp_path_factory.mktemp(f"{words}-{next(_NUMBERS)}", numbered=False)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the real home."""
    monkeypatch.setenv("TUILAB_HOME", str(tmp_path / "tuilab-home"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras-home"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real images beside the checkout; the test is skipped if there is none."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real images: {folder} is missing")
    return folder


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The store's clock: stands still at its only number until a test sets it."""
    now = [NOON]
    monkeypatch.setattr("tuilab.runs.store.time", SimpleNamespace(time=lambda: now[0]))
    return now
