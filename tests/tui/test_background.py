"""Work off the UI thread: in its order, with its result or its error handed back."""

import queue
import threading
from collections.abc import Callable
from typing import Any

from tuilab.errors import RunError, TuilabError
from tuilab.tui.background import Background


class Screen:
    """A UI thread: what is handed to it waits until ``next`` does it."""

    def __init__(self) -> None:
        self._calls: queue.Queue[tuple[Callable[..., object], tuple[Any, ...]]] = queue.Queue()
        self.told: list[TuilabError] = []
        self.crashed: list[Exception] = []
        self.background = Background(
            lambda call, *arguments: self._calls.put((call, arguments)), self.told.append, self.crashed.append
        )

    def next(self) -> None:
        call, arguments = self._calls.get(timeout=60)
        call(*arguments)


def test_jobs_are_done_in_their_order_off_the_ui_thread_and_their_results_come_back_on_it() -> None:
    screen, got, threads = Screen(), [], []

    def job(number: int) -> int:
        threads.append(threading.current_thread())
        return number

    for number in range(20):
        screen.background.run(lambda n=number: job(n), got.append)
    for _ in range(20):
        screen.next()
    assert got == list(range(20))
    assert set(threads) == {screen.background._thread}
    assert threads[0] is not threading.main_thread()
    assert threads[0].daemon, "leaving must not wait for a slow disk"


def test_an_error_for_a_person_is_told_and_the_next_job_is_done() -> None:
    screen, got = Screen(), []

    def fail() -> None:
        raise RunError("the disk is full")

    screen.background.run(fail, got.append)
    screen.background.run(lambda: 7, got.append)
    screen.next()
    screen.next()
    assert [error.sentence for error in screen.told] == ["the disk is full"]
    assert got == [7]
    assert not screen.crashed


def test_what_the_system_refuses_is_told_as_a_sentence() -> None:
    screen = Screen()

    def fail() -> None:
        raise PermissionError(13, "Permission denied", "/home/of/somebody")

    screen.background.run(fail)
    screen.next()
    [error] = screen.told
    assert error.sentence.startswith("system error: ")
    assert "Permission denied" in error.sentence
    assert "/home/of/somebody" in error.sentence


def test_a_mistake_of_ours_ends_the_app_rather_than_pass_in_silence() -> None:
    screen = Screen()
    screen.background.run(lambda: 1 // 0)
    screen.next()
    assert [type(error) for error in screen.crashed] == [ZeroDivisionError]
    assert not screen.told
