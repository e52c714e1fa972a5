"""Start the app in this terminal, and report afterwards how it ended."""

import os
import sys

from tuilab import config
from tuilab.errors import UsageError
from tuilab.files import paths
from tuilab.machine.terminal_facts import TerminalFacts, terminal_facts
from tuilab.terminal import clean
from tuilab.tui.app import LabApp
from tuilab.tui.terminal import signals
from tuilab.tui.themes import ANSI, own_themes


def launch(
    *,
    preset: str | None = None,
    mouse: bool = True,
    low_bandwidth: bool = False,
    ascii_only: bool = False,
    theme: str | None = None,
) -> int:
    """Run the app until it is left.

    Returns:
        0, 128 + N where signal N ended it, 1 where a mistake of ours did.

    Raises:
        UsageError: there is no terminal, or none that can show screens; there is no such preset.
        RunError: tuilab's own folder cannot be read.
    """
    _need_terminal()
    settings, problems = config.load()
    themes, theme_problems = own_themes(paths.config() / "themes")
    facts = terminal_facts()
    plain = ascii_only or settings.ascii == "yes" or (settings.ascii == "auto" and not _shows_unicode(facts))
    few_colours = facts.colours in ("none", "16")
    slow = low_bandwidth or settings.low_bandwidth
    app = LabApp(
        settings,
        preset=preset,
        theme=theme or (ANSI.name if few_colours else None),
        ascii_only=plain,
        low_bandwidth=slow,
        over_ssh=facts.ssh,
        own_themes=themes,
        messages=(*problems, *theme_problems),
        native_colors=True if facts.colours == "none" else None,
    )
    code = app.run(mouse=mouse and settings.mouse)
    if app.refused is not None:
        raise app.refused
    return _report_ending(app, code)


def _need_terminal() -> None:
    remedy = "without a terminal, use tuilab run --preset NAME and tuilab results"
    for stream, name in ((sys.stdin, "standard input"), (sys.stderr, "standard error")):
        if not stream.isatty():
            raise UsageError(f"the app needs a terminal, and {name} is not one", [remedy])
    if os.environ.get("TERM", "") in ("", "dumb", "unknown"):
        term = clean(os.environ.get("TERM", ""), limit=40)
        raise UsageError(f"TERM = '{term}' cannot show the app; set TERM to your terminal's name", [remedy])


def _shows_unicode(facts: TerminalFacts) -> bool:
    # the Linux console's font has frames, but neither braille nor most signs
    return facts.unicode and facts.term != "linux"


def _report_ending(app: LabApp, code: int | None) -> int:
    """Say what ended the app, where that was not the person, and what continues."""
    lines: list[str] = []
    if app.signalled is not None:
        lines.append(f"tuilab was ended by {signals.name(app.signalled)}.")
    elif app.return_code:
        where = (
            f"the traceback is in {clean(str(app.log_file))}"
            if app.log_file
            else "its traceback could not be written to disk"
        )
        lines.append(f"unexpected error: {where}")
    running = app.training_ids()
    if running:
        lines.append(
            f"still training: {', '.join(running)}; tuilab shows {'them' if len(running) > 1 else 'it'} again"
        )
    if queued := app.queued_count():
        lines.append(
            f"{queued} {'run is' if queued == 1 else 'runs are'} queued; tuilab queue lists what waits"
        )
    for line in lines:
        _print(line)
    if app.signalled is not None:
        return 128 + app.signalled
    return app.return_code or code or 0


def _print(line: str) -> None:
    try:
        print(line, file=sys.stderr)
    except OSError:
        return  # the terminal is gone, and with it whoever could read this
