"""Seconds of work: all that passes, but for what passes while the process is stopped."""

from tuilab.engine.work_clock import BEAT, WorkClock


class Machine:
    """Two clocks that the test moves."""

    def __init__(self) -> None:
        self.now, self.used = 5000.0, 3.0
        self.clock = WorkClock(lambda: self.now, lambda: self.used)

    def work(self, seconds: float, *, cpu: float = 1.0) -> None:
        """Let time pass and look at it now and then, as the clock's thread does."""
        for _ in range(round(seconds / BEAT)):
            self.now += BEAT
            self.used += BEAT * cpu
            self.clock()

    def stop(self, seconds: float) -> None:
        """Let time pass in which the process does not run."""
        self.now += seconds


def test_what_passes_is_work_whether_the_processor_is_used_or_a_device_is_waited_for() -> None:
    machine = Machine()
    machine.work(10)
    machine.work(10, cpu=0.01)
    assert abs(machine.clock() - 20) < 1e-9


def test_a_stop_is_no_work_to_a_beat() -> None:
    machine = Machine()
    machine.work(10)
    machine.stop(3600)
    machine.work(10)
    assert abs(machine.clock() - 20) <= BEAT
    machine.stop(30)
    assert abs(machine.clock() - 20) <= 2 * BEAT


def test_a_thread_that_was_kept_from_looking_by_work_is_no_stop() -> None:
    machine = Machine()
    machine.work(1)
    machine.now += 8  # something computes for eight seconds and does not let the thread in
    machine.used += 8
    assert machine.clock() == 9


def test_a_moment_on_a_busy_machine_is_no_stop() -> None:
    machine = Machine()
    machine.stop(1.5)
    assert machine.clock() == 1.5
