"""The ledger of a study: each trial counts once, whoever is killed at whatever moment."""

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tuilab.errors import UsageError
from tuilab.experiment import CnnSpec, DataSpec, Experiment, SgdSpec
from tuilab.lab.sweeps.ledger import Ledger
from tuilab.lab.sweeps.slips import Slip
from tuilab.lab.sweeps.storage import cut_torn_tail, in_file, optuna
from tuilab.sweeps.board import SeedRun
from tuilab.sweeps.spec import Choice, Range, SweepSpec

EXPERIMENT = Experiment(
    data=DataSpec(source="digits"),
    model=CnnSpec(kind="cnn", filters=(4,), convolutions=1, batch_norm=True),
    optimizer=SgdSpec(kind="sgd", learning_rate=0.01),
)
L2 = Choice(key="model.l2", values=(0.0, 1e-3))


def spec(**changed: object) -> SweepSpec:
    plain: dict[str, object] = {
        "name": "s",
        "preset": "bn",
        "experiment": EXPERIMENT,
        "axes": (L2,),
        "points": 2,
        "seeds": (1,),
    }
    return SweepSpec.model_validate({**plain, **changed})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study.log"


@pytest.fixture
def ledger(path: Path) -> Ledger:
    return Ledger.create(in_file(path, shared=False), str(path), spec())


@pytest.fixture
def other(path: Path, ledger: Ledger) -> Ledger:
    """The same study as another process has it."""
    return Ledger(in_file(path, shared=False), str(path), "s")


def by_place(ledger: Ledger) -> dict[str, Slip]:
    return {slip.place: slip for slip in ledger.slips()}


def test_what_was_made_is_what_another_process_reads(ledger: Ledger, other: Ledger) -> None:
    ledger.add("p0", {"model.l2": 1e-3}, "search", (1, 2))
    (slip,) = other.slips()
    assert (slip.place, slip.point, slip.seeds, slip.state) == ("p0", {"model.l2": 1e-3}, (1, 2), "waiting")
    assert other.spec == spec()


def test_of_three_that_claim_one_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "many.log"
    ledger = Ledger.create(in_file(path, shared=False), str(path), spec(points=20))
    for n in range(20):
        ledger.add(f"p{n}", {"model.l2": 0.0}, "search", (1,))
    claimed: list[tuple[str, str]] = []

    def claim_all(worker: str) -> None:
        mine = Ledger(in_file(path, shared=False), str(path), "s")
        for slip in mine.slips():
            if mine.claim(slip, worker):
                claimed.append((slip.place, worker))

    threads = [threading.Thread(target=claim_all, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(place for place, _ in claimed) == sorted(f"p{n}" for n in range(20))
    assert {(slip.place, slip.worker) for slip in ledger.slips()} == set(claimed)


def test_of_two_that_add_the_same_the_first_counts(ledger: Ledger, other: Ledger) -> None:
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    other.add("p0", {"model.l2": 0.0}, "search", (1,))
    assert [slip.number for slip in ledger.slips()] == [0]
    (surplus,) = ledger.surplus()
    ledger.discard(surplus.trial_id)
    assert not other.surplus() and len(other.slips()) == 1


def test_a_trial_given_back_is_done_by_another_and_counts_once(ledger: Ledger, other: Ledger) -> None:
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    (first,) = ledger.slips()
    assert ledger.claim(first, "dead")
    other.give_back(other.slips()[0])
    (again,) = other.slips()
    assert (again.state, again.attempt, again.first, again.number) == ("waiting", 1, 0, 1)
    assert other.claim(again, "alive")
    # the one that was thought dead comes back with its result: too late
    assert not ledger.finish(first, "done", 0.9)
    assert other.finish(again, "done", 0.8)
    (done,) = ledger.slips()
    assert (done.state, done.worker, done.first) == ("done", "alive", 0)


@pytest.mark.parametrize("killed_after", ["noting", "failing", "never"])
def test_who_gives_back_may_be_killed_in_between(
    ledger: Ledger, other: Ledger, monkeypatch: pytest.MonkeyPatch, killed_after: str
) -> None:
    class Killed(Exception):
        pass

    def die(*args: object, **more: object) -> None:
        raise Killed

    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    assert ledger.claim(ledger.slips()[0], "dead")
    with monkeypatch.context() as patched:
        if killed_after == "noting":
            patched.setattr(other, "_end", die)
        elif killed_after == "failing":
            patched.setattr(other, "try_again", die)
        with contextlib.suppress(Killed):
            other.give_back(other.slips()[0])
    for _ in range(2):  # what every coordinator does at each look
        for slip in ledger.slips():
            if slip.state == "running" and slip.worker == "dead":
                ledger.give_back(slip)
            elif slip.state == "failed" and slip.given_back:
                ledger.try_again(slip)
    (slip,) = ledger.slips()
    assert (slip.state, slip.attempt) == ("waiting", 1) and not ledger.surplus()


def test_an_attempt_counts_only_behind_one_that_failed(ledger: Ledger) -> None:
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,), attempt=1)
    (slip,) = ledger.slips()
    assert slip.attempt == 0 and [one.attempt for one in ledger.surplus()] == [1]


def test_a_failed_trial_that_is_tried_again_keeps_its_runs_and_its_number(ledger: Ledger) -> None:
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    (slip,) = ledger.slips()
    ledger.claim(slip, "me")
    runs = [SeedRun(seed=1, run="20261126-101010-bn", state="stopped", validation=(0.5,))]
    ledger.note_runs(slip, runs)
    ledger.finish(slip, "failed", problem="it was stopped")
    (failed,) = ledger.slips()
    assert (failed.state, failed.problem, failed.runs) == ("failed", "it was stopped", tuple(runs))
    ledger.try_again(failed, failed.runs)
    (again,) = ledger.slips()
    assert (again.state, again.runs, again.first) == ("waiting", tuple(runs), 0)


def test_a_search_asked_once_too_often_drops_the_last(path: Path, tmp_path: Path) -> None:
    place = tmp_path / "tpe.log"
    made = Ledger.create(
        in_file(place, shared=False),
        str(place),
        spec(axes=(Range(key="model.l2", low=0, high=1),), search="tpe", points=2),
    )
    asked = [made.ask("me") for _ in range(3)]
    assert [slip.trial_id for slip in made.slips()] == asked[:2]
    made.discard(asked[2])
    assert len(made.slips()) == 2 and all(0 <= float(slip.point["model.l2"]) <= 1 for slip in made.slips())  # type: ignore[arg-type]


def test_lists_as_values_come_back_as_they_were(tmp_path: Path) -> None:
    axis = Choice(key="model.filters", values=((32, 64), (16,)))
    place = tmp_path / "lists.log"
    made = Ledger.create(in_file(place, shared=False), str(place), spec(axes=(axis,), search="tpe", points=9))
    for _ in range(9):
        made.ask("me")
    assert {slip.point["model.filters"] for slip in made.slips()} == {(32, 64), (16,)}


def test_a_torn_last_line_is_cut_off_and_the_next_record_counts(path: Path, ledger: Ledger) -> None:
    ledger.add("p0", {"model.l2": 0.0}, "search", (1,))
    whole = path.read_bytes()
    ledger.add("p1", {"model.l2": 1e-3}, "search", (1,))
    line = path.read_bytes()[len(whole) :]
    for end in [1, 2, *range(3, len(line) - 1, 17), len(line) - 1]:
        path.write_bytes(whole + line[:end])
        read = Ledger(in_file(path, shared=False), str(path), "s")
        assert list(by_place(read)) == ["p0"], "what is torn was never said"
        read.add("p2", {"model.l2": 1e-3}, "search", (1,))
        assert list(by_place(Ledger(in_file(path, shared=False), str(path), "s"))) == ["p0", "p2"]


def test_a_file_of_one_torn_line_becomes_empty(tmp_path: Path) -> None:
    place = tmp_path / "torn"
    place.write_bytes(b"x" * 200_000)
    cut_torn_tail(place)
    assert place.read_bytes() == b""
    place.write_bytes(b"a\n" + b"x" * 200_000)
    cut_torn_tail(place)
    assert place.read_bytes() == b"a\n"


def refused(make: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as error:
        make()
    return error.value.sentence


def test_another_study_of_that_name_is_refused(path: Path, ledger: Ledger) -> None:
    assert "already holds a study 's'" in refused(
        lambda: Ledger.create(in_file(path, shared=False), str(path), spec())
    )
    assert "holds no study 't'" in refused(lambda: Ledger(in_file(path, shared=False), str(path), "t"))


def test_a_study_of_others_or_of_another_version_is_refused(path: Path, ledger: Ledger) -> None:
    storage = in_file(path, shared=False)
    optuna().create_study(storage=storage, study_name="theirs")
    assert "is no sweep of tuilab" in refused(lambda: Ledger(storage, str(path), "theirs"))
    later = json.dumps({**json.loads(spec().model_dump_json()), "version": 7})
    study = optuna().create_study(storage=storage, study_name="later")
    study.set_user_attr("tuilab_sweep", later)
    assert "its version is 7, and this one reads 1" in refused(lambda: Ledger(storage, str(path), "later"))
    study = optuna().create_study(storage=storage, study_name="broken")
    study.set_user_attr("tuilab_sweep", '{"version": 1}')
    assert "is damaged" in refused(lambda: Ledger(storage, str(path), "broken"))


def test_what_a_killed_process_left_without_a_word_is_taken_over(path: Path, ledger: Ledger) -> None:
    storage = in_file(path, shared=False)
    optuna().create_study(storage=storage, study_name="half", direction="maximize")
    made = Ledger.create(storage, str(path), spec(name="half"))
    assert made.spec.name == "half" and not made.slips()


def test_beats_facts_and_the_stop_are_seen_by_all(ledger: Ledger, other: Ledger) -> None:
    ledger.beat("a:1", 3)
    ledger.facts = {"dataset": "d"}
    ledger.stopped = True
    assert other.beats() == {"a:1": 3} and other.facts == {"dataset": "d"} and other.stopped
