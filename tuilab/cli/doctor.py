"""``tuilab doctor``: what this machine has for training, what it lacks, and what to do about it."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from tuilab.machine.diagnosis import Finding

_STYLES = {"ok": "green", "warn": "yellow", "missing": "bold red", "not needed": "dim"}
_STATE_WIDTH = max(map(len, _STYLES))
_NARROWEST = 30
"""Columns for the details; where fewer are left beside the names, the details stand beneath them."""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as a JSON array.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Do not try to import TensorFlow.")] = False,
) -> None:
    """Check what this machine has for training, and what it lacks.

    It looks at TensorFlow, GPUs, images and weights, disk and terminal. Exit code 1: nothing can be
    trained here until something is fixed.
    """
    from rich.console import Console

    from tuilab.machine.diagnosis import diagnose, training_possible

    waiting = Console(stderr=True)
    if quick or not waiting.is_terminal:
        findings = diagnose(quick)
    else:
        with waiting.status("checking this machine; importing TensorFlow takes a while", spinner="line"):
            findings = diagnose(quick)
    if as_json:
        _print_json(findings)
    else:
        _print_report(Console(highlight=False), findings)
    if not training_possible(findings):
        raise typer.Exit(1)


def _print_json(findings: "list[Finding]") -> None:
    import json
    from dataclasses import asdict

    # ASCII escapes every control character and every byte of a path that is not text.
    typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=True))


def _print_report(console: "Console", findings: "list[Finding]") -> None:
    from rich.text import Text

    widest = max(len(finding.what) for finding in findings)
    group = None
    for finding in findings:
        if finding.group != group:
            if group is not None:
                console.print()
            group = finding.group
            console.print(Text(group, style="bold"))
        _print_finding(console, finding, widest)
    console.print()
    console.print(_verdict(findings))


def _print_finding(console: "Console", finding: "Finding", widest: int) -> None:
    from rich.text import Text

    from tuilab.terminal import clean

    style = _STYLES[finding.state]
    head = Text.assemble(
        "  ", (finding.state.ljust(_STATE_WIDTH), style), "  ", finding.what.ljust(widest), "  "
    )
    parts = [Text(clean(finding.detail))]
    # The label sets it apart without colour too.
    parts += [Text(f"fix: {clean(line)}", style="italic") for line in (finding.remedy or "").splitlines()]
    if console.width - head.cell_len < _NARROWEST:
        console.print(head, overflow="fold")
        head = Text("    ")
    width = max(console.width - head.cell_len, 1)
    for part in parts:
        for line in part.wrap(console, width, overflow="fold"):
            line.rstrip()
            console.print(head + line, overflow="fold")
            head = Text(" " * head.cell_len)


def _verdict(findings: "list[Finding]") -> "Text":
    from collections import Counter

    from rich.text import Text

    states = Counter(finding.state for finding in findings)
    count = ", ".join(f"{states[state]} {state}" for state in _STYLES if states[state])
    blocking = [finding.what for finding in findings if finding.blocks_training]
    if not blocking:
        return Text(f"Nothing here prevents training ({count}).", style="bold")
    return Text(f"Nothing can be trained here yet: see {', '.join(blocking)} ({count}).", style="bold red")
