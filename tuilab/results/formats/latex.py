r"""Rows, and two runs compared, as LaTeX: tables with the rules of booktabs; every text is escaped."""

import re
from collections.abc import Sequence
from dataclasses import replace

from tuilab.results.comparison import Side
from tuilab.results.document import Table, page, tables
from tuilab.results.format import Format, Listing
from tuilab.results.rows import Row

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    # other glyphs or quotation marks in some encodings and languages
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    # behind the end of a line they would be its options
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "−": "$-$",
}
_NEEDS = r"% needs \usepackage{booktabs}"
_LIGATURES = re.compile(r"-(?=-)|,(?=,)")
"""What would grow together with the character behind it."""


def escaped(text: str) -> str:
    """Return a text of one line as LaTeX that shows it as it is, whatever stands in it."""
    apart = _LIGATURES.sub(lambda found: f"{found[0]}\0", text)
    return "".join(_ESCAPES.get(character, character) for character in apart).replace("\0", "{}")


def text(rows: Sequence[Row]) -> str:
    """Return the tables, each with what its runs share as its caption."""
    return "\n\n".join([_NEEDS, *map(_table, tables(rows))]) + "\n"


def compared(first: Side, second: Side) -> str:
    """Return what was measured of two runs, what differs, and what that means."""
    found = page(first, second)
    words = [rf"\paragraph{{{escaped(found.title)}}}", *map(escaped, found.paragraphs)]
    measured, *others = found.tables
    shown = [replace(measured, caption=found.title, notes=found.notes)]
    shown += [replace(table, caption=f"What differs: {found.title}") for table in others]
    return "\n\n".join([_NEEDS, *words, *map(_table, shown)]) + "\n"


def listed(listing: Listing) -> str:
    """Return a list: what comes of it, its tables, and what stands below them."""
    found = listing.page
    words = [rf"\paragraph{{{escaped(found.title)}}}", *map(escaped, (*found.paragraphs, *found.notes))]
    return "\n\n".join([_NEEDS, *words, *map(_table, found.tables)]) + "\n"


def _table(table: Table) -> str:
    kinds = "".join("r" if column.number else "l" for column in table.columns)
    return "\n".join(
        [
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{escaped(table.caption)}}}",
            rf"  \begin{{tabular}}{{{kinds}}}",
            r"    \toprule",
            _line([column.heading for column in table.columns]),
            r"    \midrule",
            *map(_line, table.cells),
            r"    \bottomrule",
            r"  \end{tabular}",
            *(rf"  \par\footnotesize {escaped(note)}" for note in table.notes),
            r"\end{table}",
        ]
    )


def _line(cells: Sequence[str]) -> str:
    return rf"    {' & '.join(map(escaped, cells))} \\"


FORMAT = Format("latex", "LaTeX, a booktabs table for each group of like runs", "tex", text, compared, listed)
