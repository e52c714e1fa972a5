"""The process of a rate test, for real: a run stays as it was, features are used, and it ends."""

import hashlib
import subprocess
from pathlib import Path

import pytest
from small_runs import CNN, TRANSFER, small_run

from tuilab.errors import TuilabError
from tuilab.experiment.experiment import Experiment
from tuilab.lab.rate_test import RateTest, of_run
from tuilab.rate.request import RateRequest, Span
from tuilab.rate.said import RateEnded, RateStep, Said
from tuilab.runs.journal.records import Phase
from tuilab.runs.run import Run
from tuilab.runs.summary import summarize
from tuilab.runs.worker.process import command_of, worker_environment

pytestmark = pytest.mark.slow

SPAN = Span(lowest=1e-5, highest=1e-3, steps=20)


def said(request: RateRequest) -> list[Said]:
    """Return all that a test says."""
    with RateTest(request) as test:
        return list(test.said())


def steps(records: list[Said]) -> list[RateStep]:
    """Return its steps."""
    return [record for record in records if isinstance(record, RateStep)]


def digests(run: Run) -> dict[str, str]:
    """Return the digest of every file of a run, and when each was last written."""
    return {
        str(
            path.relative_to(run.folder)
        ): f"{_digest(path)} {path.stat().st_mtime_ns} {path.stat().st_mode:o}"
        for path in sorted(run.folder.rglob("*"))
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "-"


def test_a_run_is_tested_from_its_last_weights_and_stays_as_it_was() -> None:
    run = small_run(CNN, epochs=6, limit=None, batch_size=16)
    subprocess.run(command_of(run), check=True, env=worker_environment(), capture_output=True, timeout=240)
    before = digests(run)
    assert len(before) > 10
    records = said(of_run(run, {}, SPAN))
    assert digests(run) == before
    told = steps(records)
    assert len(told) == 20 and isinstance(records[-1], RateEnded)
    trained = summarize(run).epochs[-1].cross_entropy
    first = sum(step.cross_entropy for step in told[:5]) / 5
    assert first == pytest.approx(trained, abs=0.4) and first < 2.0, "it began where the run ended"
    again = steps(said(of_run(run, {}, SPAN)))
    assert [step.loss for step in again] == [step.loss for step in told], "the same test, the same numbers"


def test_a_frozen_base_is_gone_through_once_and_its_features_are_kept() -> None:
    experiment: Experiment = small_run(TRANSFER, features="on", limit=40, batch_size=16).experiment()
    request = RateRequest(experiment=experiment, preset="iteration-i", span=SPAN)
    first, second = said(request), said(request)
    computed = [
        [record for record in records if isinstance(record, Phase) and record.name == "features"]
        for records in (first, second)
    ]
    assert computed[0] and not computed[1]
    assert [step.loss for step in steps(first)] == [step.loss for step in steps(second)]


def test_it_ends_when_it_is_asked_to() -> None:
    experiment = small_run(CNN).experiment()
    request = RateRequest(
        experiment=experiment, preset="baseline", span=SPAN.model_copy(update={"steps": 10**5})
    )
    seen: list[Said] = []
    with RateTest(request) as test:
        for record in test.said():
            seen.append(record)
            if isinstance(record, RateStep) and record.step == 3:
                test.stop()
    assert isinstance(seen[-1], RateEnded) and seen[-1].ending == "stopped"


def test_images_that_are_not_there_are_one_sentence() -> None:
    experiment = small_run(CNN).experiment()
    data = experiment.data.model_copy(update={"source": "/nowhere/at/all"})
    gone = experiment.model_copy(update={"data": data})
    with pytest.raises(TuilabError) as refused:
        said(RateRequest(experiment=gone, preset="baseline", span=SPAN))
    assert refused.value.exit_code == 3 and "/nowhere/at/all" in refused.value.sentence
