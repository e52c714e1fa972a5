"""A scheduler works while an app is open, and ends when the last one is left or killed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from leases import end_workers
from stand_in import StandIn, until

from tuilab.files import paths
from tuilab.lab.queue import presence
from tuilab.lab.queue.locking import scheduler_here
from tuilab.runs.worker.lease import Lease

PYTHON = sys.executable
"""Read before it is put in another's place."""


def notes() -> list[Path]:
    return list((paths.home() / "queue").glob("app-*"))


@pytest.mark.usefixtures("stand_in")
def test_a_scheduler_works_until_the_last_app_is_left() -> None:
    presence.enter()
    presence.enter()
    until(lambda: scheduler_here() is not None)
    assert presence.open_here() and len(notes()) == 1
    presence.leave()
    assert not presence.open_here() and not notes()
    until(lambda: scheduler_here() is None)
    presence.leave()


def test_a_killed_app_leaves_nothing_that_counts(stand_in: StandIn) -> None:
    code = f"import sys; sys.executable = {str(stand_in.python)!r}\n"
    code += "from tuilab.lab.queue import presence; presence.enter(); print('in', flush=True); input()"
    app = subprocess.Popen([PYTHON, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert app.stdout is not None and app.stdin is not None
    assert app.stdout.readline() == b"in\n"
    until(lambda: scheduler_here() is not None)
    assert presence.open_here()
    app.send_signal(signal.SIGKILL)
    app.wait(60)
    app.stdin.close()
    app.stdout.close()
    until(lambda: scheduler_here() is None)
    assert not notes()


def test_a_number_given_out_again_is_no_open_app_and_another_hosts_note_stays() -> None:
    folder = paths.home() / "queue"
    folder.mkdir(parents=True)
    own = Lease.own()
    beginning = presence._beginning()
    (folder / f"{beginning}1.json").write_text(own.model_copy(update={"ticks": 1, "started": 1.0}).text())
    other = folder / f"{beginning}2.json"
    other.write_text(own.model_copy(update={"host": "another", "boot": "b"}).text())
    (folder / f"{beginning}3.json").write_text("rubbish")
    assert not presence.open_here()
    assert not (folder / f"{beginning}1.json").exists() and other.exists()


def test_a_disk_that_takes_no_note_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(presence, "write_whole", full)
    with pytest.raises(presence.RunError, match="No space left on device"):
        presence.enter()
    end_workers()
