"""What one person has read, tried and answered of the lessons, and the file that remembers it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from pydantic import ValidationError

from tuilab.errors import RunError
from tuilab.experiment.experiment import Part
from tuilab.experiment.sentences import usage_error
from tuilab.files import paths
from tuilab.files.atomic import write_whole
from tuilab.files.regular import read_regular
from tuilab.lessons.lesson import Lesson, Question, Try
from tuilab.terminal import clean


class LessonProgress(Part):
    """What was done with one lesson."""

    read: bool = False
    """Whether its end was reached once."""

    tried: frozenset[str] = frozenset()
    """The labels of what was tried."""

    answers: Mapping[str, str] = {}
    """Questions, as they are asked, and the person's last answer: the choice's words or their own."""


class _File(Part):
    lessons: Mapping[str, LessonProgress] = {}


_NOTHING = LessonProgress()
_LARGEST = 16 << 20
"""Bytes of a file that is read: far more than anybody writes by hand."""


def file() -> Path:
    """Return the place of the file, which need not exist."""
    return paths.home() / "learning.json"


class Learning:
    """One person's learning: all lessons by their names.

    A label or a question that a lesson no longer has is kept, but not counted. What is changed here is
    on disk only after ``save``.

    Attributes:
        problem: a sentence where the file could not be used; empty if all is well.
    """

    def __init__(
        self, path: Path, lessons: Mapping[str, LessonProgress] = MappingProxyType({}), problem: str = ""
    ) -> None:
        """Begin with what is known; ``load`` reads it."""
        self.path, self.problem = path, problem
        self._lessons = dict(lessons)

    @classmethod
    def load(cls, path: Path) -> "Learning":
        """Read the file; never raises.

        A file that cannot be used is renamed to end in ``.broken``, and learning begins again: ``problem``
        says so. Without a file learning simply begins.
        """
        where = clean(str(path))
        try:
            return cls(
                path, _File.model_validate(json.loads(read_regular(path, _LARGEST, links=True))).lessons
            )
        except FileNotFoundError:
            return cls(path)
        except ValidationError as error:
            why = usage_error(error, _File).sentence
        except (OSError, ValueError, RecursionError) as error:  # ValueError: no UTF-8, no JSON
            why = clean(str(error), limit=200)
        aside = path.with_name(f"{path.name}.broken")
        try:
            path.replace(aside)
        except OSError as error:
            why_not = clean(error.strerror or str(error))
            kept = f"it could not be renamed either ({why_not}) and will be overwritten"
        else:
            kept = f"the file was kept as {clean(aside.name)}"
        return cls(path, problem=f"your learning progress in {where} cannot be read: {why}; {kept}")

    def of(self, slug: str) -> LessonProgress:
        """Return what was done with a lesson, by its name."""
        return self._lessons.get(slug, _NOTHING)

    def is_new(self) -> bool:
        """Return whether nothing was read, tried or answered yet."""
        return not self._lessons

    def mark_read(self, lesson: Lesson) -> bool:
        """Note that a lesson was read to its end; False if that was known."""
        return self._put(lesson, {"read": True})

    def mark_tried(self, lesson: Lesson, action: Try) -> bool:
        """Note that something was tried; False if that was known."""
        return self._put(lesson, {"tried": self.of(lesson.slug).tried | {action.label}})

    def answer(self, lesson: Lesson, question: Question, words: str) -> bool:
        """Note the person's answer, in place of an earlier one; False if it is the same.

        Args:
            lesson: the lesson that asks.
            question: one of its questions.
            words: one of the question's choices, or the person's own words.
        """
        return self._put(lesson, {"answers": {**self.of(lesson.slug).answers, question.ask: words}})

    def answer_to(self, lesson: Lesson, question: Question) -> str | None:
        """Return the person's answer, not yet cleaned for a screen; None before there is one.

        For a question of choice it is one of the choices: an answer that is no longer a choice is none.
        """
        words = self.of(lesson.slug).answers.get(question.ask)
        return None if question.choices and words not in question.choices else words

    def progress(self, lesson: Lesson) -> str:
        """Return how far a lesson is done, as ``read · tried 1/3 · answered 2/3``; at first ``new``."""
        progress = self.of(lesson.slug)
        tried = sum(action.label in progress.tried for action in lesson.tries)
        answered = sum(self.answer_to(lesson, question) is not None for question in lesson.questions)
        if not (progress.read or tried or answered):
            return "new"
        parts = ["read" if progress.read else "unread"]
        parts += [f"tried {tried}/{len(lesson.tries)}"] if lesson.tries else []
        parts += [f"answered {answered}/{len(lesson.questions)}"] if lesson.questions else []
        return " · ".join(parts)

    def save(self) -> None:
        """Write the file whole, mode 0600; may be called from any thread.

        Raises:
            RunError: the file cannot be written; the sentence says why.
        """
        lessons = self._lessons  # replaced as a whole by every change, so this one stands still
        table = {slug: progress.model_dump(mode="json") for slug, progress in lessons.items()}
        for progress in table.values():
            progress["tried"].sort()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self.path, json.dumps({"lessons": table}, indent=1) + "\n")
        except OSError as error:
            why = clean(error.strerror or str(error))
            raise RunError(
                f"your learning progress cannot be written to {clean(str(self.path))}: {why}"
            ) from error

    def _put(self, lesson: Lesson, changes: Mapping[str, object]) -> bool:
        before = self.of(lesson.slug)
        after = before.model_copy(update=dict(changes))
        if after == before:
            return False
        self._lessons = {**self._lessons, lesson.slug: after}
        return True
