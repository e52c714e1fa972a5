"""What a person writes to see fewer rows: ``dropout preset:bn state:done test>0.5``."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuilab.errors import UsageError
from tuilab.results.columns import IN_APP, Column
from tuilab.results.rows import Row
from tuilab.terminal import clean

_TERM = re.compile(r"(?P<field>[a-z_][a-z_0-9]*)(?P<sign>>=|<=|[:=<>])(?P<value>.*)", re.IGNORECASE)
_BY_NUMBER: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "<=": operator.le,
    "=": math.isclose,
}
_ALSO_CALLED = {
    "acc": "test",
    "accuracy": "test",
    "name": "run",
    "fine": "tuned",
    "course": "expected",
    "images": "data",
}
_FIELDS = {column.key: column for column in IN_APP}

Test = Callable[[Row, str], bool]
"""Takes a row and all its texts as one, in lower case."""


@dataclass(frozen=True)
class RowFilter:
    """A filter; all its terms must hold.

    Attributes:
        tests: a test for each term that was understood.
        problem: a sentence for the first term that was not, as while a number is being written; else empty.
    """

    tests: tuple[Test, ...]
    problem: str = ""

    def keeps(self, row: Row, text: str) -> bool:
        """Return whether a row stays; ``text`` is ``haystack(...)`` of its cells."""
        return all(test(row, text) for test in self.tests)


def haystack(cells: tuple[str, ...]) -> str:
    """Return a row's cells as words are looked for in them."""
    return "\n".join(cells).casefold()


def parse(text: str) -> RowFilter:
    """Read a filter.

    A word must occur in some column. ``column:word`` must occur in that column, ``column=word`` be all of it;
    ``>``, ``<``, ``>=``, ``<=`` and ``=`` compare numbers (accuracies as shares, or in per cent above 1).
    A term whose column is none is a word, such as ``model.l2=0.01``. One that compares a column of numbers
    with something that is not a number, or one of words by size, is left out and told.
    """
    tests, problems = [], []
    for term in text.split():
        try:
            tests.append(_test(term))
        except UsageError as error:
            problems.append(error.sentence)
    return RowFilter(tuple(tests), next(iter(problems), ""))


def _test(term: str) -> Test:
    match = _TERM.fullmatch(term)
    column = _column(match["field"]) if match else None
    if match is None or column is None:
        word = term.casefold()
        return lambda _, text: word in text
    sign, value = match["sign"], match["value"]
    if sign == ":" or (sign == "=" and not column.number):
        return _words(column, value.casefold(), whole=sign == "=")
    if not column.number:
        raise UsageError(
            f"{clean(term, limit=60)}: the column {column.key} holds words; write {column.key}:word"
        )
    return _numbers(column, sign, _wanted(term, column, value))


def _column(name: str) -> Column | None:
    name = name.casefold()
    return _FIELDS.get(_ALSO_CALLED.get(name, name))


def _wanted(term: str, column: Column, value: str) -> float:
    try:
        wanted = float(value.removesuffix("%"))
    except ValueError:
        raise UsageError(
            f"{clean(term, limit=60)}: the column {column.key} holds numbers; write e.g. {column.key}>0.5"
        ) from None
    return wanted / 100 if column.kind == "share" and (wanted > 1 or value.endswith("%")) else wanted


def _words(column: Column, word: str, *, whole: bool) -> Test:
    def test(row: Row, _: str) -> bool:
        text = column.text(row.values).casefold()
        value = str(column.value(row.values)).casefold()
        return word in (text, value) if whole else word in text or word in value

    return test


def _numbers(column: Column, sign: str, wanted: float) -> Test:
    compare = _BY_NUMBER[sign]

    def test(row: Row, _: str) -> bool:
        value: Any = column.value(row.values)
        return value is not None and compare(float(value), wanted)

    return test
