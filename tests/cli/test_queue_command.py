"""``tuilab queue``, and commands whose runs wait for their turn."""

import json
import signal
from pathlib import Path

import pytest
from command_line import assert_no_run_is_left, assert_refused, call
from finished_runs import finished_run
from records import DONE, FAILED, STARTED, epoch
from stand_in import Running, StandIn, until

from tuilab.lab.queue import clients
from tuilab.lab.queue.waiting import waiting_values
from tuilab.runs import store
from tuilab.runs.journal.records import Stopped
from tuilab.runs.queue import changes
from tuilab.runs.queue.entry import Entry, is_queued
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.lease import liveness

BN = ["run", "-p", "bn", "--data", "digits", "--device", "cpu", "--epochs", "5"]


def training_and_two_queued(stand_in: StandIn) -> tuple[Run, Run, Run]:
    """Have one run train and two wait for it."""
    stand_in.tell(STARTED, epoch(1))
    for _ in range(3):
        code, _, err = Running(stand_in.command(*BN, "--detach")).end()
        assert code == 0, err
    first, second, third = store.list_runs()
    until(lambda: summarize(first).state == "running")
    return first, second, third


def test_what_waits_is_listed_with_its_place_and_why(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = training_and_two_queued(stand_in)
    table = call(capsys, "queue").out
    assert f"waits for {first.id} on cpu" in table and table.index(second.id) < table.index(third.id)
    rows = json.loads(call(capsys, "queue", "list", "--json").out)
    assert [(row["run"], row["position"], row["waits_for"]) for row in rows] == [
        (second.id, 1, first.id),
        (third.id, 2, first.id),
    ]
    rows = {row["run"]: row for row in json.loads(call(capsys, "ps", "--json").out)}
    assert (rows[third.id]["state"], rows[third.id]["position"], rows[third.id]["waits_for"]) == (
        "queued",
        2,
        first.id,
    )
    assert rows[first.id]["position"] is None
    assert "state    queued, number 2 of 2; it waits for " in call(capsys, "show", third.id).out

    assert call(capsys, "queue", "move", third.id, "1").out == f"{third.id} is number 1 in the queue\n"
    assert f"{second.id} is held" in call(capsys, "queue", "hold", second.id).out
    assert f"is held: tuilab queue release {second.id}" in call(capsys, "queue").out
    assert f"{second.id} waits for" in call(capsys, "queue", "release", second.id).out
    assert "was taken out of the queue and deleted" in call(capsys, "queue", "drop", third.id).out
    assert "was taken out of the queue" in call(capsys, "stop", second.id).out
    assert [run.id for run in store.list_runs()] == [first.id]
    assert "the queue is empty" in call(capsys, "queue").err
    for words in (["move", first.id, "1"], ["hold", first.id], ["drop", first.id]):
        assert_refused(call(capsys, "queue", *words), 2, f"{first.id} is not in the queue")


def test_a_command_says_what_its_run_waits_for_and_follows_it_then(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    Running(stand_in.command(*BN, "--detach")).end()
    (first,) = store.list_runs()
    waits = Running(stand_in.command(*BN, "--json"))
    waits.until_err("waits for ")
    assert waits.err[-1] == f"waits for {first.id} on cpu (1 of 1 in the queue)\n"
    stand_in.tell(DONE, "end")
    code, out, err = waits.end()
    assert code == 0 and json.loads(out)["state"] == "done" and "epoch 1/5" in err


@pytest.mark.parametrize("resumed", [False, True])
def test_ctrl_c_while_it_waits_takes_it_out_of_the_queue(
    resumed: bool, stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = finished_run("bn", last=Stopped(epoch=2, reason="asked", seconds=5.0)) if resumed else None
    stand_in.tell(STARTED, epoch(1))
    Running(stand_in.command(*BN, "--detach")).end()
    waits = Running(stand_in.command(*(["resume", ended.id] if ended else BN)))
    waits.until_err("waits for ")
    waits.send(signal.SIGINT)
    code, out, err = waits.end()
    assert (code, out) == (130, "") and "was taken out of the queue before it started" in err
    assert ("the run was not kept" in err) is not resumed
    assert len(store.list_runs()) == 1 + resumed
    if ended is not None:
        assert not is_queued(ended) and summarize(ended).state == "stopped"


def test_beside_starts_at_once(stand_in: StandIn) -> None:
    stand_in.tell(STARTED, epoch(1))
    Running(stand_in.command(*BN, "--detach")).end()
    code, _, err = Running(stand_in.command(*BN, "--detach", "--beside")).end()
    assert code == 0 and "is training in the background" in err
    assert [liveness(run.lease) for run in store.list_runs()] == ["alive", "alive"]


def test_attach_waits_and_leaves_what_waits_in_the_queue(stand_in: StandIn) -> None:
    _, second, _ = training_and_two_queued(stand_in)
    attached = Running(stand_in.command("attach", second.id))
    attached.until_err("waits for ")
    attached.send(signal.SIGINT)
    code, _, err = attached.end()
    assert code == 130 and f"{second.id} stays in the queue" in err
    assert is_queued(second)


def test_a_refused_parent_leaves_neither_itself_nor_its_child(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    from tuilab.runs.journal.records import Failed

    stand_in.tell(STARTED, Failed(reason="no such images", exit_code=3, seconds=1.0), "end")
    words = ["run", "-p", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]
    code, _, err = Running(stand_in.command(*words)).end()
    assert code == 3 and "no such images" in err
    until(lambda: not store.list_runs())
    assert_no_run_is_left()


def test_stop_all_leaves_nothing_that_starts_and_says_the_way_back(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, third = training_and_two_queued(stand_in)
    ended = call(capsys, "stop", "--all")
    assert ended.code == 0 and f"{first.id} stopped after " in ended.out
    assert ended.out.endswith(
        f"{second.id} and {third.id} are queued and now held; tuilab queue release --all lets them start\n"
    )
    assert [liveness(run.lease) for run in (second, third)] == ["none", "none"]
    assert {row["held"] for row in json.loads(call(capsys, "queue", "--json").out)} == {True}
    again = call(capsys, "stop", "--all")
    assert (again.out, again.err) == ("", "nothing is training on this machine\n")
    released = call(capsys, "queue", "release", "--all").out
    assert f"{second.id} starts now\n{third.id} waits for {second.id}" in released
    until(lambda: liveness(second.lease) == "alive")


def test_stop_all_holds_no_child_of_what_it_stops(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    stand_in.tell(STARTED, epoch(1))
    words = ["run", "-p", "iteration-ii", "--data", "digits", "--weights", "random", "--device", "cpu"]
    Running(stand_in.command(*words, "--detach")).end()
    parent, child = store.list_runs()
    until(lambda: summarize(parent).state == "running")
    ended = call(capsys, "stop", "--all")
    assert ended.out.startswith(f"{parent.id} stopped after ") and " held" not in ended.out
    assert ended.out.endswith(", then trains iteration-ii\n")
    (row,) = json.loads(call(capsys, "queue", "--json").out)
    assert (row["run"], row["held"], row["starts_by_itself"]) == (child.id, False, False)
    assert row["why"] == f"waits for {parent.id}, which was stopped: tuilab resume {parent.id}"


def test_stop_says_what_starts_in_its_place(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    first, second, third = training_and_two_queued(stand_in)
    ended = call(capsys, "stop", first.id)
    assert f"{second.id}, the next in the queue, starts now; tuilab stop --all" in ended.err
    assert third.id not in ended.err
    until(lambda: liveness(second.lease) == "alive")


def test_nothing_is_dropped_where_another_name_is_refused(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    _, second, _ = training_and_two_queued(stand_in)
    over = finished_run()
    assert_refused(call(capsys, "stop", second.id, over.id), 2, f"{over.id} is not training: it is done")
    assert is_queued(second)


def test_several_are_held_and_released_at_once(stand_in: StandIn, capsys: pytest.CaptureFixture[str]) -> None:
    _, second, third = training_and_two_queued(stand_in)
    assert call(capsys, "queue", "hold", second.id, third.id).out.count(" is held; ") == 2
    assert call(capsys, "queue", "hold", "--all").err.startswith("there is no queued run to hold")
    assert call(capsys, "queue", "release", second.id, third.id).out.count(" waits for ") == 2
    assert call(capsys, "queue", "hold", "--all").out.count(" is held; ") == 2
    assert call(capsys, "queue", "release", "--all").out.count(" waits for ") == 2
    assert call(capsys, "queue", "release", "--all").err.startswith("no run is held")
    for words in (["hold"], ["release"], ["hold", "--all", second.id], ["release", "--all", second.id]):
        assert_refused(call(capsys, "queue", *words), 2, "name the runs, or use --all")


def test_every_command_says_the_same_of_what_waits(
    stand_in: StandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    _, second, third = training_and_two_queued(stand_in)
    call(capsys, "queue", "hold", second.id)
    changes.edit(third, lambda old: old.changed(problem="no such device"))
    failed = finished_run("iteration-i", last=FAILED)
    orphan = store.create(failed.experiment(), preset="iteration-ii", parent=failed.id)
    changes.put(orphan, Entry(order=9, after=failed.id))
    waiting = {one.id: clients.standing_of(one) for one in (second, third, orphan)}
    listed = {row["run"]: row for row in json.loads(call(capsys, "queue", "--json").out)}
    running = {row["run"]: row for row in json.loads(call(capsys, "ps", "--json").out)}
    tables = [" ".join(call(capsys, command).out.split()) for command in ("queue", "ps")]
    for run_id, standing in waiting.items():
        assert standing is not None
        values = waiting_values(standing)
        shown = json.loads(call(capsys, "show", run_id, "--json").out)
        for row in (listed[run_id], running[run_id], shown):
            assert {key: row[key] for key in values} == values
            assert row["state"] == "queued"
        assert all(values["why"] in table for table in tables)
        text = " ".join(call(capsys, "show", run_id).out.split())
        assert f"state queued, number {values['position']} of 3; it {values['why']}" in text
    assert [(values["held"], values["starts_by_itself"]) for values in listed.values()] == [
        (True, False),
        (False, False),
        (False, False),
    ]
    assert listed[third.id]["why"].startswith("could not be started: no such device; tuilab resume")
    assert f"waits for {failed.id}, which failed: tuilab resume {failed.id}" == listed[orphan.id]["why"]
    assert json.loads(call(capsys, "show", failed.id, "--json").out)["position"] is None


def test_a_detached_run_waits_for_nobody_though_its_scheduler_is_killed_at_once(
    stand_in: StandIn, tmp_path: Path
) -> None:
    stand_in.tell(STARTED, epoch(1))
    first = Running(stand_in.command(*BN, "--detach"))
    assert first.end()[0] == 0
    stand_in.first_dies(tmp_path / "died")
    assert Running(stand_in.command(*BN, "--detach")).end()[0] == 0
    assert (tmp_path / "died").exists()
    stand_in.tell(DONE, "end")
    until(lambda: all(summarize(run).state == "done" for run in store.list_runs()), 20)
