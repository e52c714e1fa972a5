"""A sweep in each of the formats that results have: for a spreadsheet, for a report, for a program."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from statistics import fmean, stdev
from typing import Any, Literal, assert_never

from tuilab.results import formats
from tuilab.results.columns import points as signed_points
from tuilab.results.document import Head, Page, Table
from tuilab.results.format import Listing
from tuilab.sweeps.board import Board, SeedRun, Trial
from tuilab.sweeps.chance import Difference
from tuilab.sweeps.export_keys import RUN, TRIAL, VERSION, names
from tuilab.sweeps.heat_map import Cell, HeatMap, heat_map
from tuilab.sweeps.measured import Measured, measured
from tuilab.sweeps.ranking import Ranked, Ranking, ranking
from tuilab.sweeps.verdict import verdict
from tuilab.sweeps.verdict_text import verdict_words
from tuilab.sweeps.wording import accuracy_words, setting_names, value_words
from tuilab.terminal import clean

RowsOf = Literal["trials", "runs"]
"""What a row of a table or a spreadsheet is."""

_WIDEST_MAP = 12
"""Columns of a heat map in a document, at most."""


def exported(board: Board, form: str, rows: RowsOf = "trials") -> str:
    """Return a sweep as a text in one of ``tuilab.results.formats``.

    Args:
        board: the sweep.
        form: the format's name.
        rows: what a row is; JSON has all of both.
    """
    return formats.find(form).listed(listing(board, rows))


def listing(board: Board, rows: RowsOf = "trials") -> Listing:
    """Return a sweep as every format needs it."""
    found = ranking(board)
    whole = _content(board, found)
    keys = board.spec.keys
    return Listing(
        _page(board, found, whole, rows), _columns(keys, rows), list(_rows(whole, keys, rows)), whole
    )


def _content(board: Board, found: Ranking) -> dict[str, Any]:
    spec, concluded = board.spec, verdict(board)
    places, known = {one.trial: one for one in found.points}, measured(board)
    return {
        "version": VERSION,
        "sweep": {
            "name": spec.name,
            "preset": spec.preset,
            "settings": list(spec.keys),
            "search": spec.search,
            "pruning": spec.pruning,
            "points": spec.points,
            "seeds": list(spec.seeds),
            "validation_images": board.validation_images,
            "test_images": board.test_images,
            "over": board.over,
            "stopped": board.stopped,
        },
        "verdict": asdict(concluded),
        "words": verdict_words(board, concluded),
        "intervals": found.intervals,
        "trials": [_trial(trial, known[trial.number], places.get(trial.number)) for trial in board.trials],
    }


def _trial(trial: Trial, measured: Measured, ranked: Ranked | None) -> dict[str, Any]:
    values, tested = list(measured.validation.values()), list(measured.tests.values())
    entropies = [run.cross_entropy for run in trial.done if run.cross_entropy is not None]
    interval = ranked.interval if ranked else None
    return {
        "trial": trial.number,
        "place": ranked.place if ranked else None,
        "origin": trial.origin,
        "state": trial.state,
        "point": dict(trial.point),
        "seeds_done": len(trial.done),
        "seeds": len(trial.runs),
        "validation": fmean(values) if values else None,
        "validation_low": interval.low if interval else None,
        "validation_high": interval.high if interval else None,
        "validation_deviation": stdev(values) if len(values) > 1 else None,
        "test": fmean(tested) if tested else None,
        "cross_entropy": fmean(entropies) if entropies else None,
        **_difference("against_preset", ranked.against if ranked else None),
        **_difference("test_against_preset", ranked.test_against if ranked else None),
        "worker": trial.worker,
        "problem": trial.problem,
        "runs": [_run(run) for run in trial.runs],
    }


def _difference(name: str, found: Difference | None) -> dict[str, float | None]:
    interval = found.interval if found else None
    return {
        name: found.value if found else None,
        f"{name}_low": interval.low if interval else None,
        f"{name}_high": interval.high if interval else None,
    }


def _run(run: SeedRun) -> dict[str, Any]:
    return {
        "seed": run.seed,
        "run": run.run,
        "host": run.host,
        "run_state": run.state,
        "epochs": len(run.validation),
        "seconds": run.seconds,
        "shares": run.shares,
        "run_validation": run.validation[-1] if run.validation else None,
        "run_test": run.accuracy,
        "run_cross_entropy": run.cross_entropy,
        "run_problem": run.problem,
    }


def _columns(keys: Sequence[str], rows: RowsOf) -> list[str]:
    plain = [name for name in names(TRIAL) if name not in ("point", "runs")]
    head, rest = plain[:4], plain[4:]
    return [*head, *keys, *(names(RUN) if rows == "runs" else rest)]


def _rows(whole: Mapping[str, Any], keys: Sequence[str], rows: RowsOf) -> Iterator[dict[str, Any]]:
    """Yield a row a trial or a run, best trials first, those that are not compared last."""

    def order(trial: Mapping[str, Any]) -> tuple[bool, int]:
        return trial["place"] is None, trial["place"] or trial["trial"]

    for trial in sorted(whole["trials"], key=order):
        settings = {key: _plain(trial["point"].get(key)) for key in keys}
        if rows == "trials":
            yield {**trial, **settings}
        else:
            yield from ({**trial, **settings, **run} for run in trial["runs"])


def _plain(value: Any) -> Any:
    return value_words(value) if isinstance(value, tuple) else value


def _page(board: Board, found: Ranking, whole: Mapping[str, Any], rows: RowsOf) -> Page:
    spec = board.spec
    tables = [*_maps(board), _table(board, found, whole, rows)]
    return Page(f"Sweep {clean(spec.name)} of the preset {clean(spec.preset)}", whole["words"], tables, ())


def _maps(board: Board) -> Iterator[Table]:
    if len(board.spec.keys) > 1:
        found = heat_map(board)
        if found.across is not None and len(found.across.steps) <= _WIDEST_MAP:
            yield _map(found)


def _map(found: HeatMap) -> Table:
    assert found.across is not None
    heads = [
        Head(f"{found.down.name} / {found.across.name}"),
        *(Head(s.label, True) for s in found.across.steps),
    ]
    cells: list[list[str]] = []
    for step, row in zip(found.down.steps, found.rows, strict=True):
        texts = []
        for cell in row:
            texts.append(f"{_cell_text(cell)}{' (best)' if cell.best else ''}")
        cells.append([step.label, *texts])
    seeds = f", mean and standard deviation over {found.seeds} seeds" if found.seeds > 1 else ""
    return Table(f"Validation accuracy{seeds}", heads, cells, found.notes)


def _cell_text(cell: Cell) -> str:
    match cell.state:
        case "done":
            spread = f" ± {cell.deviation:.4f}" if cell.deviation is not None else ""
            return f"{accuracy_words(cell.mean)}{spread}"
        case "empty":
            return ""
        case "waiting" | "running" | "pruned" | "failed":
            return cell.state
        case _:
            assert_never(cell.state)


def _table(board: Board, found: Ranking, whole: Mapping[str, Any], rows: RowsOf) -> Table:
    keys = board.spec.keys
    called = setting_names(keys)
    settings = [Head(called[key], number=True) for key in keys]
    lines = list(_rows(whole, keys, rows))
    if rows == "runs":
        heads = [
            Head("trial", True),
            *settings,
            Head("seed", True),
            Head("validation", True),
            Head("test", True),
        ]
        heads += [Head("epochs", True), Head("state"), Head("run")]
        cells = [
            [
                str(line["trial"]),
                *(value_words(line[key]) for key in keys),
                str(line["seed"]),
                accuracy_words(line["run_validation"]),
                accuracy_words(line["run_test"]),
                str(line["epochs"]),
                line["run_state"],
                clean(line["run"]),
            ]
            for line in lines
        ]
        return Table("Runs, those of the best trial first", heads, cells)
    heads = [Head("place", True), *settings, Head("validation", True), Head("95 % interval", True)]
    heads += [
        Head("test", True),
        Head("against preset", True),
        Head("seeds", True),
        Head("state"),
        Head("trial", True),
    ]
    cells = [
        [
            str(line["place"] or ""),
            *(value_words(line[key]) for key in keys),
            accuracy_words(line["validation"]),
            _interval(line["validation_low"], line["validation_high"]),
            accuracy_words(line["test"]),
            "" if line["against_preset"] is None else signed_points(100 * line["against_preset"]),
            f"{line['seeds_done']}/{line['seeds']}",
            f"{line['state']}{' (fresh seeds)' if line['origin'] == 'confirm' else ''}",
            str(line["trial"]),
        ]
        for line in lines
    ]
    notes = [found.intervals] if found.intervals else []
    if any(line["against_preset"] is not None for line in lines):
        notes.append("Against preset: validation accuracy, in points.")
    return Table("Trials, best first", heads, cells, notes)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
