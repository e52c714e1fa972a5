"""The coach: what the curves of a run say, in words.

What it knows stands in ``coach.toml``, a table of rules over named quantities. The most important
rules come first, and at most ``MOST`` of them are shown together.
"""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator

from tuilab.advice.quantities import QUANTITIES, Curves, measure, written
from tuilab.errors import UsageError, nearest
from tuilab.experiment.experiment import Experiment, Part
from tuilab.experiment.sentences import usage_error
from tuilab.experiment.toml import read_table
from tuilab.runs.summary import Summary
from tuilab.terminal import clean

MOST = 3
"""Remarks on one run."""

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_COMPARISON = re.compile(r"\s*(\w+)\s*(<=|>=|==|!=|<|>)\s*(-?\d+(?:\.\d+)?(?:e-?\d{1,2})?)\s*", re.ASCII)
_FIELD = re.compile(r"\{(\w*)\}", re.ASCII)
_Line = Annotated[str, Field(min_length=1, max_length=400)]
_Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]


@dataclass(frozen=True)
class Remark:
    """What a rule says of one run; text without markup, free of control characters."""

    name: str
    """The rule's."""
    text: str
    advice: str
    """What to try; may be empty."""
    lesson: str
    """The lesson that explains it; may be empty."""


class Rule(Part):
    """One line of the table."""

    name: _Slug
    """What the rule is called."""

    when: Annotated[tuple[_Line, ...], Field(min_length=1, max_length=10)]
    """Comparisons ``quantity < number`` that must all hold; with <, <=, >, >=, == or !=."""

    say: _Line
    """The sentence to show; ``{quantity}`` stands for its value."""

    advice: Annotated[str, Field(max_length=400)] = ""
    """What to try; may name quantities too."""

    alone: bool = False
    """Whether no later rule is shown: where the numbers broke, the rest means little."""

    lesson: _Slug | None = None
    """The lesson that explains it."""

    @field_validator("when")
    @classmethod
    def _compare_what_exists(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            _comparison(text)
        return value

    @field_validator("say", "advice")
    @classmethod
    def _name_what_exists(cls, value: str) -> str:
        for name in _FIELD.findall(value):
            _known(name)
        if set(_FIELD.sub("", value)) & set("{}"):
            raise ValueError("a brace stands alone: it must be part of {quantity}")
        return value

    @cached_property
    def comparisons(self) -> tuple[tuple[str, str, float], ...]:
        """Quantity, operator and number of each line of ``when``."""
        return tuple(_comparison(text) for text in self.when)

    def remark(self, curves: Curves) -> Remark | None:
        """Return what this rule says of a run; None if it does not apply.

        A comparison with a quantity that the run does not have, or that is NaN, does not hold; and a
        sentence that names one is not said.
        """
        for name, sign, number in self.comparisons:
            value = measure(name, curves)
            if value is None or value != value or not _OPERATORS[sign](value, number):
                return None
        text, advice = _filled(self.say, curves), _filled(self.advice, curves)
        if text is None or advice is None:
            return None
        return Remark(self.name, text, advice, self.lesson or "")


def remarks(
    summary: Summary, experiment: Experiment, rules: Sequence[Rule] | None = None
) -> tuple[Remark, ...]:
    """Return what there is to say of a run now, the most important first, at most ``MOST``.

    Args:
        summary: of a run that waits, trains or has ended.
        experiment: what it trains.
        rules: the most important first; None: tuilab's own.

    Raises:
        UsageError: tuilab's own table is damaged.
    """
    curves = Curves.of(summary, experiment)
    found: list[Remark] = []
    for rule in our_rules() if rules is None else rules:
        remark = rule.remark(curves)
        if remark is not None:
            found.append(remark)
            if rule.alone or len(found) == MOST:
                break
    return tuple(found)


@cache
def our_rules() -> tuple[Rule, ...]:
    """Return tuilab's own rules."""
    return read_rules(Path(__file__).with_name("coach.toml"))


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Read a table of rules.

    Raises:
        UsageError: not readable, not TOML, or a rule with an unknown quantity, a comparison that is
            none, or a key that is missing; the sentence names file and rule.
    """
    file = clean(path.name, limit=80)
    try:
        table = read_table(path.read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the coach's rules {file} cannot be read: {clean(str(error))}") from error
    given = table.pop("rule", [])
    if table or not isinstance(given, list):
        raise UsageError(f"in {file}: it must hold nothing but [[rule]] tables, one for each rule")
    rules = tuple(_rule(one, f"in {file}, rule {number}") for number, one in enumerate(given, 1))
    names = [rule.name for rule in rules]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError(f"in {file}: two rules are called {twice!r}; give each a name of its own")
    return rules


def _rule(given: object, where: str) -> Rule:
    if not isinstance(given, dict):
        raise UsageError(f"{where}: it must be a table with {', '.join(Rule.model_fields)}")
    if isinstance(name := given.get("name"), str):
        where += f" ({clean(name, limit=64)})"
    try:
        return Rule.model_validate(given)
    except ValidationError as error:
        raise usage_error(error, Rule, f"{where}: ") from error


def _comparison(text: str) -> tuple[str, str, float]:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        signs = " ".join(_OPERATORS)
        raise ValueError(f"{text!r} is not a comparison: it must be 'quantity < number', with one of {signs}")
    name, sign, number = found.groups()
    _known(name)
    return name, sign, float(number)


def _known(name: str) -> None:
    if name not in QUANTITIES:
        raise ValueError(f"there is no quantity {name!r}{nearest(name, QUANTITIES)}")


def _filled(template: str, curves: Curves) -> str | None:
    """Return a sentence with its quantities in it; None if the run does not have one of them."""
    values = {name: measure(name, curves) for name in _FIELD.findall(template)}
    known = {name: written(name, value) for name, value in values.items() if value is not None}
    if len(known) < len(values):
        return None
    return clean(_FIELD.sub(lambda field: known[field[1]], template))
