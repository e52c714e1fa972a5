"""A worker stops for a signal or a command, and writes nothing if its run was taken from it."""

import signal
from collections.abc import Iterator

import pytest
from finished_runs import finished_run

from tuilab.engine.stopping import LeaseLost, Stopping
from tuilab.engine.telemetry import Throttle
from tuilab.runs.worker.commands import CommandReader, ask
from tuilab.runs.worker.lease_holder import take_lease


@pytest.fixture(autouse=True)
def _signals_as_they_were() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_nobody_asked_at_first() -> None:
    assert not Stopping().asked()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks(number: int) -> None:
    stopping = Stopping()
    stopping.listen()
    signal.raise_signal(number)
    assert stopping.asked()
    assert stopping.reason == f"asked to stop ({signal.Signals(number).name})"


def test_after_a_first_sigint_the_second_is_the_systems_own() -> None:
    stopping = Stopping()
    stopping.listen()
    signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) == stopping.take, "a batch system may send it twice"


def test_a_command_of_the_run_asks_and_one_from_before_does_not() -> None:
    run = finished_run("bn")
    ask(run, "stop")
    lease = take_lease(run.lease)
    stopping = Stopping()
    stopping._throttle = Throttle(0.0)
    stopping.watch(lease, CommandReader(run.commands))
    assert not stopping.asked()
    ask(run, "stop")
    assert stopping.asked()
    assert stopping.reason is not None and stopping.reason.startswith("asked to stop (from ")
    lease.release()


def test_a_lease_that_another_process_holds_now_ends_it() -> None:
    run = finished_run("bn")
    lease = take_lease(run.lease)
    stopping = Stopping()
    stopping.watch(lease, CommandReader(run.commands))
    run.lease.write_text(lease.lease.model_copy(update={"host": "another"}).text())
    lease._beat()
    with pytest.raises(LeaseLost):
        stopping.asked()
    lease.release()
