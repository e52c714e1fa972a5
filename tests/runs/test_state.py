"""The state of a run: its journal's word for how it ended, else what is known of its worker."""

from itertools import product
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st
from records import STARTED

from tuilab.runs.journal.lines import Entry
from tuilab.runs.journal.records import Done, Failed, Note, Started, Stopped
from tuilab.runs.run import Manifest, Run
from tuilab.runs.state import RESUMABLE, Recorded, State, Worker, state
from tuilab.runs.summary import Summary
from tuilab.runs.worker.lease import Liveness

FAILED = Failed(reason="no images", remedies=["fetch them"], exit_code=3, seconds=1.0)


def summary_of(*records: Started | Stopped | Failed | Done | Note) -> Summary:
    summary = Summary(Run(Path("nowhere")), Manifest(preset="bn", created=0.0, experiment_digest=""))
    return add(summary, *records)


def add(summary: Summary, *records: Started | Stopped | Failed | Done | Note) -> Summary:
    for record in records:
        summary.add(Entry(summary.seq + 1, 1.0, record))
    return summary


def test_every_pair_of_journal_and_worker_has_one_state() -> None:
    open_ended = {"none": None, "alive": None, "dead": "interrupted", "unreachable": "unreachable"}
    assert set(open_ended) == set(get_args(Liveness))
    for recorded, liveness in product(get_args(Recorded), get_args(Liveness)):
        found = state(recorded, Worker(liveness))
        expected = open_ended[liveness] if recorded in ("waiting", "running") else None
        assert found == (expected or recorded)
        assert found in get_args(State)


def test_a_run_that_was_started_again_waits_until_its_worker_writes() -> None:
    summary = summary_of(STARTED, FAILED)
    assert (summary.state, summary.reason, summary.remedies, summary.exit_code) == (
        "failed",
        "no images",
        ("fetch them",),
        3,
    )
    summary.restarted()
    assert (summary.state, summary.reason, summary.remedies, summary.exit_code) == ("waiting", "", (), 0)
    assert not summary.resumable
    add(summary, STARTED)
    assert (summary.state, summary.reason, summary.remedies) == ("running", "", ())


def test_a_worker_that_was_started_again_and_never_wrote_leaves_the_run_as_it_was() -> None:
    summary = summary_of(STARTED, Stopped(epoch=1, reason="asked to", seconds=1.0))
    summary.restarted()
    summary.gone("its worker ended before it started")
    assert (summary.state, summary.reason) == ("stopped", "asked to")


def test_what_is_known_of_a_worker_holds_until_the_journal_says_more() -> None:
    summary = summary_of(STARTED)
    summary.unreachable("its host is silent")
    assert (summary.state, summary.reason) == ("unreachable", "its host is silent")
    assert summary.state not in RESUMABLE
    add(summary, Note(text="still here"))
    assert (summary.state, summary.reason) == ("running", "")
    summary.unreachable("its host is silent")
    summary.reachable()
    assert summary.state == "running"
    summary.gone("it was killed")
    assert (summary.state, summary.reason, summary.resumable) == ("interrupted", "it was killed", True)
    add(summary, STARTED)
    assert (summary.state, summary.reason) == ("running", "")


@given(st.sampled_from(get_args(Liveness)), st.text())
def test_how_a_journal_says_that_a_run_ended_is_doubted_by_no_fact(liveness: Liveness, why: str) -> None:
    summary = summary_of(STARTED, Done(seconds=1.0))
    summary.worker = Worker(liveness, why, seq=summary.seq)
    assert (summary.state, summary.reason) == ("done", "")
