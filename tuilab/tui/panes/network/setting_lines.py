"""The settings of a draft as lines of text: label, value, what it was."""

import textwrap
from dataclasses import dataclass

from tuilab.lab.draft import Draft
from tuilab.tui.panes.network.changes import unchanged, unchanged_value
from tuilab.tui.panes.network.lines import Line, cell
from tuilab.tui.panes.network.settings import Setting, shown_settings, value_of
from tuilab.tui.panes.network.values import shown, stepped

LABEL = 16
"""Cells before a value: the mark of a change and the label."""


@dataclass(frozen=True)
class Problem:
    """Why a value was refused.

    Attributes:
        key: of the setting.
        sentence: what the refusal says; clean.
    """

    key: str
    sentence: str


def setting_lines(
    draft: Draft, width: int, *, cursor: str = "", problem: Problem | None = None
) -> list[Line]:
    """Return a line for each setting that the draft has, and a heading for each part.

    Args:
        draft: whose settings.
        width: cells of a line.
        cursor: the key of the setting that left and right would change: arrows say where they lead.
        problem: shown under its setting.
    """
    changed = draft.changes
    before = unchanged(draft, changed)
    lines: list[Line] = []
    part = ""
    for setting in shown_settings(draft.experiment):
        if setting.part != part:
            part = setting.part
            lines.append(heading(part, width))
        was = shown(setting, unchanged_value(setting, draft, before)) if setting.key in changed else None
        lines.append(_line(setting, draft, width, was=was, under_cursor=setting.key == cursor))
        if problem is not None and problem.key == setting.key:
            lines.extend(_sentence(problem.sentence, width))
    return lines


def heading(text: str, width: int) -> Line:
    """Return a heading with a rule to the end of the line."""
    return Line(((f"{text} {'─' * max(width - len(text) - 1, 0)}", "heading"),))


def _line(setting: Setting, draft: Draft, width: int, *, was: str | None, under_cursor: bool) -> Line:
    experiment = draft.experiment
    value = value_of(setting, experiment)
    fixed = not draft.can_change(setting.key)
    matters = setting.matters(experiment) and not fixed
    left, right = ("← ", " →") if under_cursor else ("  ", "  ")
    if under_cursor:
        preset = draft.start
        ends = [stepped(setting, experiment, step, preset=preset) == _as_given(value) for step in (-1, 1)]
        left, right = "  " if ends[0] or fixed else left, "  " if ends[1] or fixed else right
    text = shown(setting, value)
    if setting.kind == "toggle":
        text = f"{'●' if value else '○'} {text}"
    room = max(width - LABEL - len(left) - len(right), 1)
    if len(text) > room:
        text = cell(text, room)
    changed = was is not None
    role = "changed" if changed else "value" if matters else "muted"
    rest = width - LABEL - len(left) - len(right) - len(text)
    spans = [
        ("◆ " if changed else "  ", "changed"),
        (cell(setting.label, LABEL - 2), "plain" if matters else "muted"),
        (left, "muted"),
        (text, role),
        (right, "muted"),
    ]
    idle = "as parent" if fixed else setting.idle
    for more in ([f"was {was}"] if changed else []) + ([] if matters else [idle]):
        if len(more) + 1 <= rest:
            spans.append((f" {more}", "muted"))
            rest -= len(more) + 1
    return Line(tuple(spans), setting.key)


def _as_given(value: object) -> object:
    return "none" if value is None else list(value) if isinstance(value, tuple) else value


def _sentence(sentence: str, width: int) -> list[Line]:
    lines = textwrap.wrap(sentence, max(width - 4, 10)) or [""]
    return [Line(((f"  {'×' if n == 0 else ' '} {line}", "problem"),)) for n, line in enumerate(lines)]
