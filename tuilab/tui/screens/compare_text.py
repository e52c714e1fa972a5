"""A comparison as text for a screen: what was measured, what differs, and what that means."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from tuilab.results.columns import name_of
from tuilab.results.comparison import LETTERS, Comparison, value_text
from tuilab.results.progress import count_text
from tuilab.results.rows import Row, state_word
from tuilab.terminal import clean

ROLES = ("$mark-1", "$mark-2")
"""The colours of the two runs."""
_FEW = 8
"""Settings that differ, up to which they stand above what was measured."""


def heading(rows: Sequence[Row]) -> Content:
    """Return a line for each run: its letter, preset, name, state and folder."""
    lines = []
    for letter, role, row in zip(LETTERS, ROLES, rows, strict=True):
        preset, name = clean(row.values["preset"]), name_of(row.values).strip()
        done = count_text(row.values["epochs"], row.values["planned_epochs"])
        about = f"  {state_word(row.values)}, {done}  {row.id}"
        lines.append(Content.assemble((letter, f"bold {role}"), f"  {preset}, {name}", (about, "$secondary")))
    return Content("\n").join(lines)


def body(found: Comparison, width: int) -> Content:
    """Return everything but the names, in lines of at most ``width`` columns where words allow."""
    verdict = Content.styled(found.verdict, "$warning" if found.apart else "bold")
    measures, settings = _measures(found), _settings(found, width)
    few = len(found.course) + len(found.settings) <= _FEW
    first = [Content.styled(found.confounded, "$warning")] if found.confounded else []
    return Content("\n\n").join([*first, verdict, *((settings, measures) if few else (measures, settings))])


def _measures(found: Comparison) -> Content:
    shown = [m for m in found.measures if {m.first, m.second} - {"", "0.000"}]
    rows = [(m.name, m.first or "-", m.second or "-", m.difference) for m in shown]
    widths = [max((cell_len(row[n]) for row in rows), default=0) for n in range(4)]
    lines = [_head(widths[:3], "B − A")]
    for name, first, second, difference in rows:
        lines.append(
            Content.assemble(
                (name.ljust(widths[0]), "$secondary"),
                f"  {first.rjust(widths[1])}  {second.rjust(widths[2])}  ",
                difference.rjust(widths[3]),
            )
        )
    return Content("\n").join(lines)


def _head(widths: Sequence[int], last: str) -> Content:
    return Content.assemble(
        " " * widths[0],
        "  ",
        ("A".rjust(widths[1]), f"bold {ROLES[0]}"),
        "  ",
        ("B".rjust(widths[2]), f"bold {ROLES[1]}"),
        "  ",
        (last, "$secondary"),
    )


def _settings(found: Comparison, width: int) -> Content:
    rows = list(found.course)
    rows += [(item.key, value_text(item.before), value_text(item.after)) for item in found.settings]
    same = f"{found.same} settings are the same."
    if not rows:
        return Content.styled(f"Both runs have the same settings, all {found.same}.", "$secondary")
    name = max(cell_len(row[0]) for row in rows)
    first = max(max(cell_len(row[1]) for row in rows), 1)
    lines = [Content.styled("what differs", "bold")]
    # side by side where it fits, else the values below their setting
    beside = name + first + max(cell_len(row[2]) for row in rows) + 6 <= width
    for key, a, b in rows:
        label = Content.styled(key.ljust(name) if beside else key, "$changed")
        values = Content.assemble("  ", (a.ljust(first) if beside else a, ROLES[0]), " → ", (b, ROLES[1]))
        lines.append(label + values if beside else label + Content("\n") + values)
    return Content("\n").join([*lines, Content.styled(same, "$secondary")])
