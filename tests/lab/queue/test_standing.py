"""What each run waits for, and on what it starts: the freest device, one run a device, parents first."""

import time
from typing import Any

from tuilab.files import paths
from tuilab.lab.queue.devices import Device, Devices
from tuilab.lab.queue.standing import Busy, Seen, Standing, standings
from tuilab.machine.gpus import Gpu
from tuilab.runs.queue.entry import Entry, Queued, Start, asked_here
from tuilab.runs.run import Run
from tuilab.runs.summary import State
from tuilab.runs.worker.lease import Lease


def run_id(number: int) -> str:
    return f"20261101-120000-run-{number}"


def gpu(index: int, used: float = 0.0) -> Gpu:
    return Gpu(index, f"GPU-{index}", "card", 10**10, int(used * 10**10), None, None, None, None)


TWO = Devices((gpu(0, 0.5), gpu(1, 0.1)))


def queued(
    number: int, after: int | None = None, environment: dict[str, str] | None = None, **values
) -> Queued:
    told = {**asked_here(environment or {}), **values}
    entry = Entry(order=number, after=None if after is None else run_id(after), **told)
    return Queued(Run(paths.runs() / run_id(number)), entry)


def look(*queue: Queued, **seen: Any) -> list[Standing]:
    return standings(Seen(queue, **seen))


def names(found: list[Standing]) -> list[str | None]:
    return [one.device and one.device.name for one in found]


def test_on_a_machine_without_gpus_one_trains_at_a_time() -> None:
    first, second, third = look(queued(0), queued(1), queued(2))
    assert (first.device, second.device, third.device) == (Device("cpu"), None, None)
    assert second.reason == f"waits for {run_id(0)} on cpu" and second.moves and second.place == 2


def test_what_trains_already_takes_its_device_whoever_started_it() -> None:
    (one,) = look(queued(0), busy=[Busy("other", "cpu")])
    assert one.device is None and one.waits_for == "other"
    (one,) = look(queued(0, beside=True), busy=[Busy("other", "cpu")])
    assert one.device == Device("cpu"), "where it was asked to start beside it, it does"


def test_on_two_gpus_two_train_the_freest_first() -> None:
    found = look(queued(0), queued(1), queued(2), devices=TWO)
    assert [one.device for one in found] == [Device("gpu:1", "GPU-1"), Device("gpu:0", "GPU-0"), None]
    assert found[2].reason == f"waits for {run_id(0)} on gpu:1 or 1 more"


def test_a_run_that_names_its_device_waits_for_that_and_lets_others_pass() -> None:
    found = look(
        queued(0, device="gpu:1"), queued(1), queued(2, device="cpu"), devices=TWO, busy=[Busy("x", "gpu:1")]
    )
    assert names(found) == [None, "gpu:0", "cpu"]


def test_the_gpus_that_whoever_asked_may_use_are_obeyed() -> None:
    only = {"CUDA_VISIBLE_DEVICES": "0"}
    found = look(queued(0, environment=only), queued(1, environment=only), devices=TWO)
    assert names(found) == ["gpu:0", None]
    assert found[0].device == Device("gpu:0"), "its own variable says it already"
    none = queued(0, environment={"CUDA_VISIBLE_DEVICES": "-1"})
    assert names(look(none, devices=TWO)) == ["cpu"]


def test_nothing_starts_while_it_is_not_known_which_gpu_is_taken() -> None:
    (one,) = look(queued(0), devices=TWO, busy=[Busy("starting")])
    assert one.device is None and one.moves and "is starting" in one.reason


def test_a_device_that_is_not_here_is_left_to_other_machines() -> None:
    (one,) = look(queued(0, device="gpu:7"), devices=TWO)
    assert one.reason == "waits for gpu:7, which this machine does not have" and not one.moves


def test_a_child_waits_for_its_parent_and_says_what_became_of_it() -> None:
    def reason(state: State | None) -> tuple[str, bool]:
        parents: dict[str, State] = {} if state is None else {run_id(0): state}
        (one,) = look(queued(1, after=0), parents=parents)
        return one.reason, one.moves

    parent = run_id(0)
    assert reason("done") == ("starts now", True)
    assert reason("running") == (f"waits for {parent}, which is training", True)
    assert reason("stopped") == (f"waits for {parent}, which was stopped: tuilab resume {parent}", False)
    assert reason("failed") == (f"waits for {parent}, which failed: tuilab resume {parent}", False)
    assert reason("interrupted")[0].endswith(f"which was interrupted: tuilab resume {parent}")
    assert "--take-over" in reason("unreachable")[0]
    assert reason(None) == (f"waits for {parent}, which is gone: tuilab queue drop {run_id(1)}", False)


def test_a_run_that_shares_a_training_waits_until_that_is_over_in_whatever_way() -> None:
    def reason(state: State | None) -> tuple[str, bool]:
        parents: dict[str, State] = {} if state is None else {run_id(0): state}
        (one,) = look(queued(1, shares=run_id(0)), parents=parents)
        return one.reason, one.moves

    waits = f"waits for the training of {run_id(0)}, which it shares"
    for over in ("done", "stopped", "failed", "interrupted", None):
        assert reason(over) == ("starts now", True)  # type: ignore[arg-type]
    for under_way in ("running", "waiting", "queued"):
        assert reason(under_way) == (waits, True)  # type: ignore[arg-type]
    assert reason("unreachable") == (
        f"{waits}; its worker cannot be reached: tuilab resume {run_id(0)} --take-over",
        False,
    )
    leader, sharer = look(queued(0), queued(1, shares=run_id(0)), devices=TWO)
    assert leader.device is not None and sharer.device is None
    assert (sharer.reason, sharer.waits_for, sharer.moves) == (waits, run_id(0), True)
    _, sharer = look(queued(0, held=True), queued(1, shares=run_id(0)))
    assert (sharer.reason, sharer.moves) == (f"{waits}; that does not start by itself", False)
    (child,) = look(queued(1, after=2, shares=run_id(0)), parents={run_id(2): "running", run_id(0): "done"})
    assert child.reason == f"waits for {run_id(2)}, which is training"


def test_what_waits_for_something_that_is_held_does_not_keep_a_scheduler() -> None:
    held, child = look(queued(0, held=True), queued(1, after=0))
    assert not held.moves and not child.moves
    assert child.reason == f"waits for {run_id(0)}, which is queued, which does not start by itself"


def test_a_worker_on_its_way_takes_its_device_and_is_not_started_twice() -> None:
    start = Start(by=Lease.own(), worker=Lease.own(), device="cpu", time=time.time())
    first, second = look(queued(0, start=start), queued(1))
    assert first.starting and first.device is None and second.device is None
    assert second.waits_for == run_id(0)


def test_a_problem_is_told_with_the_way_on() -> None:
    (one,) = look(queued(0, problem="no python\x1b[2J"))
    assert one.reason == f"could not be started: no python\\e[2J; tuilab resume {run_id(0)} tries again"


def test_a_run_whose_worker_ended_too_soon_is_not_started_again_unsaid() -> None:
    gone = Lease.own().model_copy(update={"ticks": 1, "started": 1.0})
    (one,) = look(queued(0, start=Start(by=Lease.own(), worker=gone, device="cpu", time=time.time())))
    assert one.device is None and one.reason == "was being started, but its worker ended"
