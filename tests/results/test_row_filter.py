"""The filter of the app's table: words, columns, numbers."""

import pytest
from finished_runs import finished_run
from records import FAILED, epoch
from result_rows import in_app, row_of

from tuilab.results.row_filter import haystack, parse
from tuilab.runs.run import Run


@pytest.fixture
def runs() -> dict[str, Run]:
    """Return three runs by a name for the test."""
    return {
        "bn": finished_run("bn", {"model.bn_momentum": 0.5}, accuracy=0.62, name="First try"),
        "momentum": finished_run("bn-momentum", accuracy=0.41, epochs=[epoch(1)]),
        "failed": finished_run("bn-l2", last=FAILED),
    }


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", "bn momentum failed"),
        ("bn", "bn momentum failed"),
        ("MOMENTUM", "bn momentum"),
        ("preset:momentum", "momentum"),
        ("preset=bn", "bn"),
        ("state:done", "bn momentum"),
        ("state=failed", "failed"),
        ("test>0.5", "bn"),
        ("acc>50", "bn"),
        ("accuracy<=41%", "momentum"),
        ("test=0.62", "bn"),
        ("epochs<2", "momentum"),
        ("name:first", "bn"),
        ("first try", "bn"),
        ("first state:failed", ""),
        ("model.bn_momentum=0.5", "bn"),
        ("seed=1 seconds>12", "bn momentum"),
        ("nothing-like-it", ""),
    ],
)
def test_terms_must_all_hold(runs: dict[str, Run], text: str, kept: str) -> None:
    chosen, found = parse(text), []
    for name, run in runs.items():
        row = row_of(run)
        if chosen.keeps(row, haystack(tuple(in_app(row).values()))):
            found.append(name)
    assert found == kept.split()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("test>", "test>: the column test holds numbers; write e.g. test>0.5"),
        ("epochs=two", "epochs=two: the column epochs holds numbers; write e.g. epochs>0.5"),
        ("preset>bn", "preset>bn: the column preset holds words; write preset:word"),
    ],
)
def test_a_term_that_makes_no_sense_is_told_and_left_out(text: str, sentence: str) -> None:
    alone, beside = parse(text), parse(f"{text} state:done")
    assert (alone.tests, alone.problem) == ((), sentence)
    assert (len(beside.tests), beside.problem) == (1, sentence)
