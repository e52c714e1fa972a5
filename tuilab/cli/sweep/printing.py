"""What is printed of sweeps: a line for each."""

from typing import TYPE_CHECKING

import typer

from tuilab.cli.wrapping import print_sentence

if TYPE_CHECKING:
    from tuilab.sweeps.board import Board


def print_list(*, as_json: bool) -> None:
    """Print a line for each sweep."""
    import json

    from tuilab.errors import UsageError
    from tuilab.lab.sweeps.boards import alive, board, sweeps
    from tuilab.sweeps.wording import accuracy_words, point_words

    rows: list[dict[str, object]] = []
    for name in sweeps():
        try:
            found = board(name)
        except UsageError as error:
            print_sentence(error.sentence, err=True)
            continue
        best = found.ranked[0] if found.ranked else None
        over = sum(trial.state not in ("waiting", "running") for trial in found.trials)
        total = max(found.spec.points, len(found.trials))
        state = _state(found, working=alive(name))
        rows.append(
            {
                "name": name,
                "preset": found.spec.preset,
                "settings": list(found.spec.keys),
                "state": state,
                "over": over,
                "trials": total,
                "best": best.value if best else None,
                "point": best.point if best else None,
            }
        )
        if not as_json:
            top = f"; best {accuracy_words(best.value)} with {point_words(best.point)}" if best else ""
            typer.echo(f"{name}  {state}, {over}/{total} trials of {found.spec.preset}{top}")
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    elif not rows:
        print_sentence("no sweeps yet; tuilab sweep --help shows how to start one", err=True)


def _state(board: "Board", *, working: bool) -> str:
    if board.over:
        return "over"
    if working:
        return "at work"
    return "stopped" if board.stopped else "interrupted"
