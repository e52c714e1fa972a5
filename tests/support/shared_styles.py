"""Style sheets parsed once in a process: the apps of the tests have the same, and each would parse them."""

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

_parse = Stylesheet._parse_rules
_known: dict[tuple[object, ...], list[RuleSet]] = {}


def install() -> None:
    """Have parsed rules shared where all that they are made of is the same."""
    Stylesheet._parse_rules = _parse_rules


def _parse_rules(
    self: Stylesheet,
    css: str,
    read_from: CSSLocation,
    is_default_rules: bool = False,
    tie_breaker: int = 0,
    scope: str = "",
) -> list[RuleSet]:
    given = (css, read_from, is_default_rules, tie_breaker, scope)
    key = (frozenset(self._variables.items()), *given)
    if key not in _known:
        _known[key] = _parse(self, *given)
    return _known[key]
