"""How many steps go at once."""

import pytest

from tuilab.engine.steps_per_call import GO_SECONDS, StepsPerCall


def paced(seconds_a_step: float, goes: int) -> list[int]:
    """The numbers of steps of some goes, of steps that all take as long."""
    steps_per_call, numbers = StepsPerCall(), []
    for n in range(goes):
        numbers.append(steps_per_call.steps)
        building = 1.0 if n == 0 else 0.0
        steps_per_call.took(steps_per_call.steps, steps_per_call.steps * seconds_a_step + building)
    return numbers


def test_it_grows_until_a_go_takes_a_tenth_of_a_second() -> None:
    assert paced(0.001, 10) == [1, 1, 2, 4, 8, 16, 32, 64, 100, 100]
    assert GO_SECONDS == 0.1


@pytest.mark.parametrize("seconds", [0.06, 0.1, 0.5, 30.0])
def test_slow_steps_go_one_at_a_time(seconds: float) -> None:
    assert paced(seconds, 5) == [1] * 5


def test_steps_that_become_slower_are_fewer_at_once() -> None:
    steps_per_call = StepsPerCall()
    for _ in range(10):
        steps_per_call.took(steps_per_call.steps, 0.001 * steps_per_call.steps)
    assert steps_per_call.steps == 100
    steps_per_call.took(100, 1.0)
    assert steps_per_call.steps == 10


def test_a_go_that_took_no_time_that_a_clock_can_tell_is_no_error() -> None:
    steps_per_call = StepsPerCall()
    steps_per_call.took(1, 0.0)
    steps_per_call.took(1, 0.0)
    assert steps_per_call.steps == 2
