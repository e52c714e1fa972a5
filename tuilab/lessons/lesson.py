"""A lesson: TOML between two lines of ``+++``, then Markdown. Read, checked and made harmless."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from tuilab.errors import UsageError, nearest
from tuilab.experiment.experiment import Part, Whole
from tuilab.experiment.sentences import usage_error
from tuilab.experiment.toml import read_table
from tuilab.files.small import read_small
from tuilab.lessons.keras_lines import NAMES
from tuilab.terminal import clean

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
KEYS = ("title", "order", "summary", "keras", "try", "question")
_FENCE = "+++"


def _line(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be empty")
    return clean(text.strip())


def _prose(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be empty")
    return clean(text.expandtabs(4).strip("\n"), lines=True)


def _names(value: object) -> object:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"it must be a list of names from {', '.join(NAMES)}")
    for name in value:
        if name not in NAMES:
            shown = clean(name, limit=80)
            raise ValueError(f"{shown!r} must be one of {', '.join(NAMES)}{nearest(name, NAMES)}")
    return tuple(value)


def _choices(value: object) -> object:
    if not isinstance(value, list) or not 2 <= len(value) <= 9:
        raise ValueError("it must be a list of 2 to 9 answers")
    if not all(isinstance(choice, str) for choice in value):
        raise ValueError("every choice must be text")
    return tuple(value)


def _settings(value: object) -> object:
    if not isinstance(value, dict):
        raise ValueError('it must be a table of settings, as in { "model.batch_norm" = true }')
    for key, setting in value.items():
        values = setting if isinstance(setting, list) else [setting]
        if not all(isinstance(v, bool | int | float | str) for v in values):
            # model.batch_norm = true without quotes is a table within a table
            raise ValueError(
                f"{clean(key, limit=80)} = {clean(repr(setting), limit=80)} is not allowed: no setting has "
                'such a value; put a dotted name in quotes, as in { "model.batch_norm" = true }'
            )
    return value


Line = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_line)]
Prose = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_prose)]
Setting = bool | int | float | str | list[Any]


class Try(Part):
    """Something to try: a preset, settings to change, or settings of a preset to change."""

    label: Line
    """What to do, for a button."""

    preset: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")] | None = None
    """The preset to load; none: the current experiment is changed."""

    set: Annotated[Mapping[str, Setting], BeforeValidator(_settings)] = {}
    """Dotted settings to change, as ``tuilab.experiment.with_overrides`` takes them."""

    watch: Line
    """What to look for when it trains."""

    @model_validator(mode="after")
    def _does_something(self) -> "Try":
        if self.preset is None and not self.set:
            raise ValueError("there is nothing to try: it must have a preset, a table set, or both")
        return self


class Question(Part):
    """A question, its answer, and where it is one of choice, which choice is right."""

    ask: Prose
    """The question."""

    choices: Annotated[
        tuple[Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_line)], ...],
        BeforeValidator(_choices),
    ] = ()
    """2 to 9 answers to choose from; none: the answer is written freely."""

    correct: Whole | None = None
    """The right one of ``choices``, counted from 0; None if there are none."""

    answer: Prose
    """Markdown, shown once the person has answered."""

    @model_validator(mode="after")
    def _one_choice_is_right(self) -> "Question":
        if not self.choices and self.correct is not None:
            raise ValueError("correct stands without choices: there must be both, or neither")
        if self.choices and (self.correct is None or not 0 <= self.correct < len(self.choices)):
            raise ValueError(
                f"correct = {'none' if self.correct is None else self.correct} is not allowed: "
                f"the {len(self.choices)} choices are numbered from 0 to {len(self.choices) - 1}"
            )
        return self


class Lesson(Part):
    """One lesson. All texts have passed ``tuilab.terminal.clean``."""

    slug: str
    """The file's name without ``.md``."""

    title: Line
    """One line for lists; the body does not repeat it."""

    order: Annotated[Whole, Field(ge=0, le=1_000_000)]
    """Place in lists, small first."""

    summary: Line
    """One line that says what the lesson teaches."""

    keras: Annotated[tuple[str, ...], BeforeValidator(_names)] = ()
    """Which lines of ``tuilab.lessons.keras_lines`` belong to it."""

    tries: tuple[Try, ...] = ()
    """What to try."""

    questions: tuple[Question, ...] = ()
    """What to answer."""

    body: Prose
    """Markdown."""


def read(path: Path) -> Lesson:
    """Read one lesson file.

    Raises:
        UsageError: a file that cannot be read or is no lesson; the sentence names file and key.
    """
    name = clean(path.name, limit=120)
    if not _SLUG.fullmatch(path.stem):
        raise UsageError(
            f"lesson {name} cannot be read: a lesson's name is 1 to 64 lowercase letters, digits and hyphens"
        )
    try:
        text = read_small(path).removeprefix("\ufeff")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"lesson {name} cannot be read: {clean(str(error), limit=200)}") from error
    return parse(text, path.stem, f"lesson {name}")


def parse(text: str, slug: str, where: str) -> Lesson:
    """Read a lesson's text.

    Args:
        text: front matter and Markdown.
        slug: the lesson's name.
        where: what the text is, for messages, e.g. ``lesson mine.md``; already clean.

    Raises:
        UsageError: no front matter, or a key that is missing, unknown or not allowed.
    """
    front, body = _divided(text, where)
    table = read_table(front, where)
    for key in table:
        if key not in KEYS:
            shown = clean(key, limit=80)
            raise UsageError(
                f"in {where}: there is no {shown!r}; a lesson has {', '.join(KEYS)}{nearest(key, KEYS)}"
            )
    if not body.strip():
        raise UsageError(f"in {where}: there is no text below the second line of {_FENCE}")
    tries = _parts(Try, table.pop("try", []), "try", where)
    questions = _parts(Question, table.pop("question", []), "question", where)
    parts = {"slug": slug, "tries": tries, "questions": questions, "body": body}
    return _validated(Lesson, {**table, **parts}, f"in {where}: ")


def _divided(text: str, where: str) -> tuple[str, str]:
    lines = text.replace("\r\n", "\n").split("\n")
    fences = [number for number, line in enumerate(lines) if line.rstrip() == _FENCE][:2]
    if len(fences) < 2 or fences[0] != 0:
        raise UsageError(
            f"{where} has no front matter: it must begin with a line {_FENCE}, then TOML, then {_FENCE} again"
        )
    return "\n".join(lines[1 : fences[1]]), "\n".join(lines[fences[1] + 1 :])


_Kind = TypeVar("_Kind", bound=Part)


def _parts(kind: type[_Kind], tables: object, name: str, where: str) -> tuple[_Kind, ...]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(
            f"in {where}: {name} is not allowed in this form: each one must start with [[{name}]]"
        )
    return tuple(
        _validated(kind, table, f"in {where}, {name} {number}: ")
        for number, table in enumerate(tables, start=1)
    )


def _validated(kind: type[_Kind], table: dict[str, Any], where: str) -> _Kind:
    try:
        return kind.model_validate(table)
    except ValidationError as error:
        raise usage_error(error, kind, where) from error
