"""The lessons in order: the package's own, and a person's."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tuilab.errors import UsageError, nearest
from tuilab.lessons.lesson import Lesson, read
from tuilab.terminal import clean


def folder() -> Path:
    """Return the folder of the package's lessons."""
    return Path(__file__).with_name("text")


@cache
def ours() -> tuple[Lesson, ...]:
    """Read every lesson of the package, once a process, in order.

    Raises:
        UsageError: a lesson file that is not valid; the sentence names file and key.
    """
    return _in_order(read(path) for path in folder().glob("*.md"))


def load_all(extra: Path | None = None) -> tuple[tuple[Lesson, ...], tuple[str, ...]]:
    """Return all lessons by (order, slug), and a sentence for every own lesson that cannot be used.

    Args:
        extra: a folder of a person's own lessons, read again at every call; it need not exist. One
            with the name of ours replaces ours.

    Raises:
        UsageError: a lesson of the package is not valid. A person's own never raises.
    """
    lessons = {lesson.slug: lesson for lesson in ours()}
    sentences: list[str] = []
    for path in _files(extra, sentences):
        try:
            own = read(path)
        except UsageError as error:
            sentences.append(error.sentence)
        else:
            lessons[own.slug] = own
    return _in_order(lessons.values()), tuple(sentences)


def find(lessons: Iterable[Lesson], slug: str) -> Lesson:
    """Return the lesson of this name; a UsageError names the nearest."""
    by_slug = {lesson.slug: lesson for lesson in lessons}
    if slug not in by_slug:
        shown, names = clean(slug, limit=80), ", ".join(by_slug)
        raise UsageError(f"there is no lesson {shown!r}; the lessons are {names}{nearest(slug, by_slug)}")
    return by_slug[slug]


def for_preset(lessons: Iterable[Lesson], preset_lesson: str) -> Lesson | None:
    """Return the lesson that a preset's ``lesson`` names, or None: a person's preset may name any."""
    return next((lesson for lesson in lessons if lesson.slug == preset_lesson), None)


def _in_order(lessons: Iterable[Lesson]) -> tuple[Lesson, ...]:
    return tuple(sorted(lessons, key=lambda lesson: (lesson.order, lesson.slug)))


def _files(extra: Path | None, sentences: list[str]) -> list[Path]:
    """Return the lesson files of a folder by name; what cannot be listed becomes a sentence."""
    if extra is None:
        return []
    try:
        if not extra.exists():
            return []
        # a pipe or a device would be waited for
        return sorted(path for path in extra.iterdir() if path.suffix == ".md" and not _special(path))
    except OSError as error:
        sentences.append(
            f"the lessons in {clean(str(extra), limit=120)} cannot be read: {clean(str(error), limit=200)}"
        )
        return []


def _special(path: Path) -> bool:
    return path.exists() and not path.is_file() and not path.is_dir()
