"""What was left behind is told once, by the next app of this machine; open apps keep theirs."""

import json
import stat
import subprocess
import sys
from pathlib import Path

from finished_runs import experiment_of

from tuilab.files import paths
from tuilab.runs.worker.lease import Lease
from tuilab.tui.session import open_apps
from tuilab.tui.session.open_apps import LeftBehind, OpenApp, take_left_behind
from tuilab.tui.session.saved_queue import Queued

IDS = ("20260101-000000-bn", "20260101-000001-bn-l2")


def queued(*names: str) -> tuple[Queued, ...]:
    """Return what waited, by preset."""
    return tuple(Queued(preset=name, experiment=experiment_of(name, {})) for name in names)


def leave(training: tuple[str, ...] = (), queue: tuple[Queued, ...] = ()) -> None:
    """Have a real process note that, and end without a word."""
    code = (
        "import os, sys, json\n"
        "from tuilab.tui.session.open_apps import OpenApp\n"
        "from tuilab.tui.session.saved_queue import Queued\n"
        "training, queue = json.loads(sys.argv[1])\n"
        "OpenApp().note(training, [Queued.model_validate(one) for one in queue])\n"
        "os._exit(9)\n"
    )
    noted = json.dumps([training, [one.model_dump(mode="json") for one in queue]])
    subprocess.run([sys.executable, "-c", code, noted], check=False)


def files() -> list[Path]:
    return sorted(open_apps.folder().iterdir()) if open_apps.folder().exists() else []


def test_nothing_was_left_behind_at_first() -> None:
    assert take_left_behind() == LeftBehind()
    assert not open_apps.folder().exists()


def test_what_a_process_left_that_is_gone_is_told_once() -> None:
    leave(IDS, queued("bn-l2"))
    [file] = files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert take_left_behind() == LeftBehind(IDS, queue=queued("bn-l2"))
    assert take_left_behind() == LeftBehind()


def test_a_run_that_several_apps_knew_is_told_once() -> None:
    leave(IDS[:1])
    leave(IDS)
    assert sorted(take_left_behind().training) == sorted(IDS)


def test_what_an_app_notes_that_is_still_open_stays_its_own() -> None:
    ours = OpenApp()
    ours.note(IDS, queued("bn"))
    assert take_left_behind() == LeftBehind()
    assert len(files()) == 1
    ours.note([], [])
    assert files() == []


def test_what_an_app_of_another_machine_notes_is_left_to_that_machine() -> None:
    ours = OpenApp()
    ours._app = Lease(host="another-host", boot="b", pid=1, started=1.0)
    ours.note(IDS, [])
    assert take_left_behind() == LeftBehind()
    assert len(files()) == 1


def test_a_file_that_cannot_be_read_is_taken_away_and_others_are_left_alone() -> None:
    open_apps.folder().mkdir(parents=True)
    (open_apps.folder() / "0123456789abcdef.json").write_bytes(b"\xff{")
    (open_apps.folder() / "fedcba9876543210.json").write_text("{}")
    (open_apps.folder() / "notes.txt").write_text("mine")
    assert take_left_behind() == LeftBehind()
    assert [path.name for path in files()] == ["notes.txt"]


def test_a_disk_that_takes_nothing_is_no_mistake() -> None:
    paths.home().mkdir(parents=True)
    open_apps.folder().write_text("a file in the folder's place")
    OpenApp().note(IDS, [])
    assert take_left_behind() == LeftBehind()


def test_queues_of_two_apps_stand_one_behind_the_other_each_run_behind_its_own_parent() -> None:
    first = queued("iteration-i", "iteration-ii")
    chained = (first[0], first[1].model_copy(update={"after": 0}))
    leave((), chained)
    leave((), chained)
    assert [one.after for one in take_left_behind().queue] == [None, 0, None, 2]


def test_what_a_queue_of_an_earlier_version_held_is_told_by_name() -> None:
    leave(IDS[:1])
    [file] = files()
    table = json.loads(file.read_text())
    del table["queue"]
    file.write_text(json.dumps({**table, "waiting": ["bn-l2"]}))
    assert take_left_behind() == LeftBehind(IDS[:1], ("bn-l2",))
