"""The errors a person is meant to read: one sentence each, and the exit code it ends with.

Every message says what, which value, what is allowed, what to do next. Remedies are
separate lines, so that the first line stays one sentence.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches


class TuilabError(Exception):
    """Base of the errors whose text is meant for a person.

    Attributes:
        sentence: one sentence; no markup, no trailing newline.
        remedies: what the person can do next, one line each; may be empty.
        exit_code: what the command line exits with.
    """

    exit_code = 1

    def __init__(self, sentence: str, remedies: Iterable[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.remedies = tuple(remedies)


class UsageError(TuilabError):
    """A value that is not allowed: an option, a setting, a preset, a file of the wrong kind."""

    exit_code = 2


class MissingError(TuilabError):
    """Images or weights that cannot be had, or whose file is damaged."""

    exit_code = 3


class RunError(TuilabError):
    """A run that could not be made or did not finish."""

    exit_code = 4


def nearest(name: str, names: Iterable[str]) -> str:
    """Return ``"; did you mean X?"`` for the closest of ``names``, or an empty string."""
    matches = get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def listed(names: Sequence[str], last: str = "and") -> str:
    """Return names as a sentence lists them: ``a``, ``a and b``, ``a, b and c``."""
    return f" {last} ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
