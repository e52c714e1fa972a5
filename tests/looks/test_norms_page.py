"""The page on moving statistics: of a run that recorded them, of one under way, and of those that cannot."""

import json
import shutil

import pytest
from finished_runs import finished_run
from recorded_norms import EPOCHS, STEPS, WIDTHS, recorded

from tuilab.errors import MissingError
from tuilab.looks.norms import gaps
from tuilab.looks.page import Asked, LookedAt, Page
from tuilab.looks.pages import norms
from tuilab.runs.run import Run
from tuilab.runs.step_rows import StepRows
from tuilab.runs.summary import summarize


def page_of(run: Run) -> Page:
    return norms.page(LookedAt(summarize(run), run.experiment()), Asked())


def test_it_says_how_far_and_what_other_momenta_would_have_made() -> None:
    run = recorded()
    page = page_of(run)
    found = gaps(StepRows.of(run.probes / norms.PROBE), (0.8, 0.99))
    (of_mean, of_variance) = found.at_end(EPOCHS)
    assert "3 batch normalizations with 14 channels, momentum 0.99, 100 steps" in page.paragraphs[0]
    assert f"{of_mean[1]:.3f} standard deviations from the batch's" in page.paragraphs[0]
    assert "0.8 would be closest" in page.paragraphs[1]
    means, variances, layers = page.tables
    assert [row[0] for row in means.cells] == ["0.8", "0.9", "0.99 (this run)", "0.999"]
    assert means.cells[0][-1] == f"{of_mean[0]:.3f}"
    assert variances.cells[2][-1] == f"{100 * of_variance[1]:.1f} %"
    assert [row[0] for row in layers.cells] == list(WIDTHS)
    json.dumps(page.facts, allow_nan=False)
    assert page.facts["steps"] == EPOCHS * STEPS
    assert all(curve.x[-1] == EPOCHS for plot in page.plots for curve in plot.curves)


def test_of_a_run_with_another_momentum_that_one_is_in_the_table() -> None:
    page = page_of(recorded({"model.bn_momentum": 0.95}))
    assert [row[0] for row in page.tables[0].cells][2] == "0.95 (this run)"


def test_in_the_first_epoch_there_is_no_end_to_compare_yet() -> None:
    run = recorded()
    for number in range(2, EPOCHS + 1):
        (run.probes / norms.PROBE / f"epoch-{number:05}.rows").unlink()
    path = run.probes / norms.PROBE / "epoch-00001.rows"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    page = page_of(run)
    assert len(page.paragraphs) == len(page.tables) == 1 and page.facts["steps"] == STEPS // 2


def test_what_is_missing_is_said() -> None:
    with pytest.raises(MissingError, match="has no batch normalization"):
        page_of(finished_run("baseline"))
    with pytest.raises(MissingError, match="did not record the statistics of its batches"):
        page_of(finished_run("bn"))
    parent = recorded()
    with pytest.raises(MissingError, match=f"began with the moving statistics of {parent.id}"):
        page_of(finished_run("bn", {"training.probes": (norms.PROBE,)}, parent=parent))
    shutil.rmtree(parent.probes)
    with pytest.raises(MissingError, match="there are no records"):
        page_of(parent)
