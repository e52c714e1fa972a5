"""When the app has a worker loaded for the next run: not while that would hold up another one."""

from typing import Any

import pytest
from harness import FakeSource, LabPilot, epoch, lab_app, play, press, until

from tuilab.tui import run_control
from tuilab.tui.run_source import RunSource


class Counting(FakeSource):
    """Counts how often a worker was asked to stand by, and whether the source was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.closed = 0, False

    def stand_by(self) -> None:
        self.asked += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_control, "_STAND_BY_AFTER", 0.01)


def test_one_is_loaded_when_the_lab_is_there_and_again_when_the_run_that_took_it_is_over() -> None:
    source = Counting()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: source.asked == 1)
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        worker = source.newest
        worker.begin()
        worker.say(epoch(1))
        await until(pilot, lambda: app.control.book.runs[-1].summary.epochs)
        assert source.asked == 1, "it would take processor time from the run"
        worker.finish()
        await until(pilot, lambda: source.asked == 2)

    play(app, scenario)
    assert source.closed and source.asked == 2


def test_where_another_run_waits_one_is_loaded_as_soon_as_the_first_has_an_epoch() -> None:
    source = Counting()
    app = lab_app(source=source)

    async def scenario(pilot: LabPilot) -> None:
        await until(pilot, lambda: source.asked == 1)
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        await press(pilot, "r")
        await until(pilot, lambda: app.control.trainings.waiting == 1)
        source.newest.begin()
        await until(pilot, lambda: app.control.book.runs[-1].summary.started)
        assert source.asked == 1
        source.newest.say(epoch(1))
        await until(pilot, lambda: source.asked == 2)

    play(app, scenario)


@pytest.mark.parametrize("standby", [True, False])
def test_the_command_keeps_one_unless_the_settings_switch_it_off(standby: bool) -> None:
    from tuilab.config import Config, Queue
    from tuilab.tui import launch

    source: Any = launch._source(Config(queue=Queue(standby=standby)))
    assert isinstance(source, RunSource) and (source._standby is not None) == standby
