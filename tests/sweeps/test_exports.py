"""A sweep in every format: the same numbers, keys that stay, and nothing from outside that is a command."""

import csv
import io
import json

import boards
import pytest

from tuilab.results import formats
from tuilab.sweeps.board import Board
from tuilab.sweeps.export_keys import CONTENT, DIFFERENCE, RUN, SWEEP, TRIAL, VERDICT, WINNER, names
from tuilab.sweeps.exports import RowsOf, exported

ALL = (boards.finished, boards.half_done, boards.confirmed, boards.pruned)
EVIL = "\x1b[31m\u202e\\input{x} & |\nnext"


def table(board: Board, rows: RowsOf = "trials") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(exported(board, "csv", rows))))


@pytest.mark.parametrize("make", ALL)
def test_json_has_the_keys_that_are_documented_and_no_others(make) -> None:
    told = json.loads(exported(make(), "json"), parse_constant=pytest.fail)
    assert tuple(told) == names(CONTENT) and told["version"] == 1
    assert set(told["sweep"]) == set(names(SWEEP)) and set(told["verdict"]) == set(names(VERDICT))
    assert tuple(told["verdict"]["best"]) == names(WINNER)
    for name in ("against_validation", "against_test", "fair"):
        assert told["verdict"][name] is None or tuple(told["verdict"][name]) == names(DIFFERENCE)
    for trial in told["trials"]:
        assert tuple(trial) == names(TRIAL)
        assert all(tuple(run) == names(RUN) for run in trial["runs"])


def test_json_holds_every_trial_and_run_with_numbers_that_are_not_rounded() -> None:
    board = boards.confirmed()
    told = json.loads(exported(board, "json"))
    assert [one["trial"] for one in told["trials"]] == [trial.number for trial in board.trials]
    for one, trial in zip(told["trials"], board.trials, strict=True):
        assert one["point"] == trial.point and one["validation"] == trial.value
        assert [run["run_validation"] for run in one["runs"]] == [run.validation[-1] for run in trial.runs]
    assert told["verdict"]["judged"] == "chance" and told["verdict"]["counts"] == {"done": 16}
    assert told["words"][0].startswith("The best values are bn_momentum 0.9, l2 1e-3")


def test_csv_has_a_row_a_trial_best_first_with_a_column_for_each_setting() -> None:
    board = boards.half_done()
    rows = table(board)
    assert [row["trial"] for row in rows[:3]] == ["6", "4", "5"] and rows[0]["place"] == "1"
    assert float(rows[0][boards.MOMENTUM]) == 0.8 and rows[0]["validation"] == repr(board.trials[6].value)
    assert [row["state"] for row in rows[7:]] == ["failed", "running", "running", *["waiting"] * 6]
    assert len(rows) == 16 and rows[7]["problem"] == "the loss is not a number in epoch 2"


def test_csv_has_a_row_a_run_if_that_is_asked_for() -> None:
    rows = table(boards.finished(), "runs")
    assert len(rows) == 48 and [row["seed"] for row in rows[:3]] == ["0", "1", "2"]
    assert {row["trial"] for row in rows[:3]} == {"10"}
    assert rows[0]["run_validation"] == repr(boards.finished().trials[10].runs[0].validation[-1])


def test_a_report_has_the_words_the_heat_map_and_the_ranking() -> None:
    text = exported(boards.finished(), "markdown")
    parts = text.split("\n\n")
    assert parts[0] == "# Sweep bn-by-l2 of the preset bn-l2" and parts[1].startswith("The best values are")
    maps, trials = (part for part in parts if part.startswith("|"))
    assert "| 0.9 | 0.8273 ± 0.0083 | 0.8207 ± 0.0042 | 0.8410 ± 0.0050 (best) | 0.8300 ± 0.0061 |" in maps
    assert trials.splitlines()[2] == (
        "| 1 | 0.9 | 1e-3 | 0.8410 | 0.8308 to 0.8512 | 0.8377 | +2.3 | 3/3 | done | 10 |"
    )
    latex = exported(boards.finished(), "latex")
    assert r"1 & 0.9 & 1e-3 & 0.8410 & 0.8308 to 0.8512 & 0.8377 & +2.3 & 3/3 & done & 10 \\" in latex
    assert r"bn\_momentum" in latex and "bn_momentum" not in latex.replace(r"bn\_momentum", "")


def evil() -> Board:
    """Return a board in which all texts from outside are hostile, and numbers are none."""
    spec = boards.sweep()
    points = boards.grid_points(spec)
    failed = boards.stopped_early(0, points[0], 0.1, state="failed", problem=EVIL)
    runs = tuple(run.model_copy(update={"run": EVIL, "host": EVIL, "problem": EVIL}) for run in failed.runs)
    broken = boards.trial(1, points[1], (0.5, 0.6))
    worst = broken.runs[0].model_copy(
        update={"validation": (0.1, float("nan")), "cross_entropy": float("inf")}
    )
    return boards.board(
        spec,
        [
            failed.model_copy(update={"runs": runs, "worker": EVIL}),
            broken.model_copy(update={"runs": (worst, *broken.runs[1:])}),
            boards.trial(2, points[2], (0.8, 0.8)),
        ],
    )


@pytest.mark.parametrize("rows", ["trials", "runs"])
@pytest.mark.parametrize("name", formats.names())
def test_nothing_from_outside_gets_through_as_more_than_text(name: str, rows: RowsOf) -> None:
    text = exported(evil(), name, rows)
    assert not {"\x1b", "\u202e"} & set(text) and "\nnext" not in text and text.endswith("\n")
    if name == "latex":
        assert r"\input{" not in text
    if name == "json":
        json.loads(text, parse_constant=pytest.fail)


@pytest.mark.parametrize("name", formats.names())
def test_a_sweep_of_which_nothing_is_known_is_written_as_well(name: str) -> None:
    assert exported(Board(spec=boards.sweep()), name).endswith("\n")
    spec = boards.sweep(boards.GRID[:1])
    assert exported(boards.board(spec, boards.simulated(spec, boards.grid_points(spec))), name)


def test_every_format_writes_any_list() -> None:
    from tuilab.results.document import Head, Page, Table
    from tuilab.results.format import Listing

    page = Page(
        "A list",
        ["What comes of it."],
        [Table("", [Head("a"), Head("b", True)], [["x|y", "1"]])],
        ["A note."],
    )
    listing = Listing(page, ["a", "b"], [{"a": "x|y", "b": 1.5}, {"a": "z"}], {"list": [{"a": float("inf")}]})
    written = {one.name: one.listed(listing) for one in formats.formats()}
    assert written["csv"] == "a,b\nx|y,1.5\nz,\n" and json.loads(written["json"]) == {"list": [{"a": None}]}
    assert written["markdown"] == (
        "# A list\n\nWhat comes of it.\n\n| a | b |\n| --- | --- |\n| x\\|y | 1 |\n\n- A note.\n"
    )
    assert r"\paragraph{A list}" in written["latex"] and r"x\textbar{}y & 1 \\" in written["latex"]
