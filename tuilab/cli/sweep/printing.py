"""What is printed of sweeps: a line for each."""

from typing import TYPE_CHECKING

import typer

from tuilab.cli.wrapping import print_sentence

if TYPE_CHECKING:
    from tuilab.sweeps.summary import SweepSummary


def print_list(*, as_json: bool) -> None:
    """Print a line for each sweep."""
    import json

    from tuilab.errors import UsageError
    from tuilab.lab.sweeps.boards import alive, summary, sweeps
    from tuilab.sweeps.wording import accuracy_words, point_words

    rows: list[dict[str, object]] = []
    for name in sweeps():
        try:
            found = summary(name)
        except UsageError as error:
            print_sentence(error.sentence, err=True)
            continue
        state = _state(found, working=alive(name))
        rows.append(
            {
                "name": name,
                "preset": found.preset,
                "settings": list(found.keys),
                "state": state,
                "over": found.ended,
                "trials": found.trials,
                "best": found.best,
                "point": found.point,
            }
        )
        if not as_json:
            top = ""
            if found.point is not None:
                top = f"; best {accuracy_words(found.best)} with {point_words(found.point)}"
            typer.echo(f"{name}  {state}, {found.ended}/{found.trials} trials of {found.preset}{top}")
    if as_json:
        typer.echo(json.dumps(rows, indent=1))
    elif not rows:
        print_sentence("no sweeps yet; tuilab sweep --help shows how to start one", err=True)


def _state(found: "SweepSummary", *, working: bool) -> str:
    if found.over:
        return "over"
    if working:
        return "at work"
    return "stopped" if found.stopped else "interrupted"
