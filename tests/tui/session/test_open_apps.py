"""What was left behind is told once, by the next app of this machine; open apps keep theirs."""

import json
import stat
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from finished_runs import experiment_of

from tuilab.errors import RunError
from tuilab.files import paths
from tuilab.runs.worker.lease import Lease
from tuilab.tui.session import open_apps
from tuilab.tui.session.open_apps import LeftBehind, OpenApp, take_left_behind
from tuilab.tui.session.saved_queue import Queued, TakenOver

IDS = ("20260101-000000-bn", "20260101-000001-bn-l2")


def queued(*names: str) -> tuple[Queued, ...]:
    """Return what waited, by preset."""
    return tuple(Queued(preset=name, experiment=experiment_of(name, {})) for name in names)


def leave(training: tuple[str, ...] = (), queue: tuple[Queued, ...] = ()) -> None:
    """Have a real process note that, as an earlier version did with a queue, and end without a word."""
    code = (
        "import os, sys, json\n"
        "from tuilab.tui.session.open_apps import OpenApp\n"
        "training, queue = json.loads(sys.argv[1])\n"
        "app = OpenApp()\n"
        "app.note(training or ['x'])\n"
        "table = json.loads(app._path.read_text())\n"
        "app._path.write_text(json.dumps({**table, 'training': training, 'queue': queue}))\n"
        "os._exit(9)\n"
    )
    noted = json.dumps([training, [one.model_dump(mode="json") for one in queue]])
    subprocess.run([sys.executable, "-c", code, noted], check=False)


def files() -> list[Path]:
    return sorted(open_apps.folder().glob("*.json"))


def take(put: Callable[[Sequence[Queued]], TakenOver] = lambda queue: TakenOver()) -> LeftBehind:
    return take_left_behind(put)


def named(queue: Sequence[Queued]) -> TakenOver:
    return TakenOver(tuple(one.preset for one in queue))


def test_nothing_was_left_behind_at_first() -> None:
    assert take() == LeftBehind()
    assert not open_apps.folder().exists()


def test_what_a_process_left_that_is_gone_is_told_once() -> None:
    leave(IDS, queued("bn-l2"))
    [file] = files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert take(named) == LeftBehind(IDS, queued=("bn-l2",))
    assert take() == LeftBehind()


def test_a_run_that_several_apps_knew_is_told_once() -> None:
    leave(IDS[:1])
    leave(IDS)
    assert sorted(take().training) == sorted(IDS)


def test_what_an_app_notes_that_is_still_open_stays_its_own() -> None:
    ours = OpenApp()
    ours.note(IDS)
    assert take() == LeftBehind()
    assert len(files()) == 1
    ours.note([])
    assert files() == []


def test_what_an_app_of_another_machine_notes_is_left_to_that_machine() -> None:
    ours = OpenApp()
    ours._app = Lease(host="another-host", boot="b", pid=1, started=1.0)
    ours.note(IDS)
    assert take() == LeftBehind()
    assert len(files()) == 1


def test_a_file_that_cannot_be_read_is_taken_away_and_others_are_left_alone() -> None:
    open_apps.folder().mkdir(parents=True)
    (open_apps.folder() / "0123456789abcdef.json").write_bytes(b"\xff{")
    (open_apps.folder() / "fedcba9876543210.json").write_text("{}")
    (open_apps.folder() / "notes.txt").write_text("mine")
    assert take() == LeftBehind()
    assert files() == [] and (open_apps.folder() / "notes.txt").exists()


def test_a_disk_that_takes_nothing_is_no_mistake() -> None:
    paths.home().mkdir(parents=True)
    open_apps.folder().write_text("a file in the folder's place")
    OpenApp().note(IDS)
    assert take() == LeftBehind()


def test_queues_of_two_apps_stand_one_behind_the_other_each_run_behind_its_own_parent() -> None:
    first = queued("iteration-i", "iteration-ii")
    chained = (first[0], first[1].model_copy(update={"after": 0}))
    leave((), chained)
    leave((), chained)
    seen: list[Queued] = []

    def put(queue: Sequence[Queued]) -> TakenOver:
        seen.extend(queue)
        return TakenOver()

    take(put)
    assert [one.after for one in seen] == [None, 0, None, 2]


def test_a_queue_that_cannot_be_taken_over_stays_and_is_tried_again() -> None:
    leave((), queued("bn"))

    def full(queue: Sequence[Queued]) -> TakenOver:
        raise RunError("no space is left")

    [problem] = take(full).problems
    assert problem == "bn: queued by an earlier version, and not taken over yet: no space is left"
    assert take(named).queued == ("bn",) and files() == []


def test_what_a_queue_of_an_earlier_version_held_is_told_by_name() -> None:
    leave(IDS[:1])
    [file] = files()
    table = json.loads(file.read_text())
    table.pop("queue", None)
    file.write_text(json.dumps({**table, "waiting": ["bn-l2"]}))
    assert take() == LeftBehind(IDS[:1], ("bn-l2",))
