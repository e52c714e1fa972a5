"""A lesson as one page: its text, the Keras lines, what to try and what to answer, line by line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tuilab.experiment import Experiment
from tuilab.lessons.keras_lines import keras_lines
from tuilab.lessons.lesson import Lesson, Question
from tuilab.presets import Preset
from tuilab.terminal import clean
from tuilab.tui.learning import Learning
from tuilab.tui.panes.lesson.markdown import code_block, indented, typeset
from tuilab.tui.panes.lesson.stops import Kind, Stop
from tuilab.tui.panes.lesson.wrapping import Line, Piece, wrap
from tuilab.tui.terminal.transliteration import in_words

_WRITTEN = 2_000
"""Characters shown of what a person wrote; all of it is kept."""


@dataclass(frozen=True)
class Page:
    """A lesson's lines at one width.

    Attributes:
        lines: from the top.
        stops: what can be acted on, from the top.
        text_ends: the line after the lesson's text: who saw the one above has read it.
    """

    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]
    text_ends: int


@dataclass(frozen=True)
class Reading:
    """What a page shows: a lesson, who reads it, and what stands in the network pane.

    Attributes:
        lesson: the lesson.
        learning: what was tried and answered.
        experiment: what the Keras lines are for.
        preset: where the experiment differs from it, the Keras lines are marked.
        following: the lesson after this one; None for the last.
        ascii_only: whether the terminal has no Unicode: formulas are put into words.
    """

    lesson: Lesson
    learning: Learning
    experiment: Experiment
    preset: Preset
    following: Lesson | None
    ascii_only: bool = False


class Typesetter:
    """Makes pages, and keeps the text of the last lesson, which is most of the work."""

    def __init__(self) -> None:
        self._text: tuple[tuple[str, int, bool], list[Line]] = (("", 0, False), [])

    def page(self, reading: Reading, width: int) -> Page:
        """Return the page of a lesson, its lines at most ``width`` cells wide where they can be divided."""
        paper = _Paper(max(width, 8), reading.ascii_only)
        lesson = reading.lesson
        paper.put(wrap([(paper.words(lesson.summary), "muted emphasis")], paper.width))
        paper.space()
        paper.put(self._body(lesson, paper))
        text_ends = len(paper.lines)
        _put_keras(paper, reading)
        _put_tries(paper, reading)
        _put_questions(paper, reading)
        _put_end(paper, reading)
        return Page(tuple(paper.lines), tuple(paper.stops), text_ends)

    def _body(self, lesson: Lesson, paper: "_Paper") -> list[Line]:
        key = (lesson.body, paper.width, paper.ascii_only)
        if self._text[0] != key:
            self._text = key, paper.typeset(lesson.body)
        return self._text[1]


class _Paper:
    """A page in the making."""

    def __init__(self, width: int, ascii_only: bool) -> None:
        self.width, self.ascii_only = width, ascii_only
        self.lines: list[Line] = []
        self.stops: list[Stop] = []

    def words(self, text: str) -> str:
        """A text of a lesson as this terminal can show it."""
        return in_words(text) if self.ascii_only else text

    def typeset(self, markdown: str, less: int = 0) -> list[Line]:
        """Markdown of a lesson, ``less`` cells narrower than the page."""
        return typeset(markdown, self.width - less, ascii_only=self.ascii_only)

    def put(self, lines: Sequence[Line]) -> None:
        self.lines += lines

    def remark(self, text: str) -> None:
        """A sentence below something to act on."""
        self.put(indented(wrap([(self.words(text), "muted")], self.width - 4), ("    ", "")))

    def space(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append(())

    def section(self, title: str) -> int:
        """A heading of the page's own, told from the text's by a rule. Returns its line."""
        self.space()
        top = len(self.lines)
        rule = "─" * max(self.width - len(title) - 4, 1)
        self.lines += [(("── ", "muted"), (title, "heading"), (f" {rule}", "muted")), ()]
        return top

    def stop(
        self, kind: Kind, sign: Piece, text: str, *, top: int | None = None, number: int = 0, choice: int = 0
    ) -> None:
        """Something to act on; the two columns before its sign are the cursor's.

        ``top`` is the line from which on it has to be seen; None: its own first.
        """
        first = len(self.lines)
        body = indented(wrap([(self.words(text), "")], self.width - 4), (f"{sign[0]} ", sign[1]))
        self.lines += indented(body, ("  ", ""), "  ")
        self.stops.append(Stop(kind, first if top is None else top, first, len(self.lines), number, choice))


def _put_keras(paper: _Paper, reading: Reading) -> None:
    blocks = [list(_keras(name, reading, paper.width)) for name in reading.lesson.keras]
    if not blocks:
        return
    paper.section("In Keras, with these settings")
    for block in blocks:
        paper.space()
        paper.put(block)
    if any("changed" in looks for block in blocks for line in block for _, looks in line):
        paper.put([(), (("◆ ", "changed"), ("differs from the preset", "muted"))])


def _keras(name: str, reading: Reading, width: int) -> Iterator[Line]:
    """The lines of one concept; those that the preset does not have are marked."""
    usual = keras_lines(name, reading.preset.experiment).split("\n")
    for text in clean(keras_lines(name, reading.experiment), lines=True).split("\n"):
        lines = code_block(text, width, python=True)
        if text in usual:
            yield from lines
        else:
            yield from ((("◆ ", "block changed"), *line[1:]) for line in lines)


def _put_tries(paper: _Paper, reading: Reading) -> None:
    if not reading.lesson.tries:
        return
    top = paper.section("Try this")
    tried = reading.learning.of(reading.lesson.slug).tried
    for number, action in enumerate(reading.lesson.tries):
        sign = ("✓", "right") if action.label in tried else ("○", "muted")
        paper.stop("try", sign, action.label, top=None if number else top, number=number)
        paper.remark(action.watch)


def _put_questions(paper: _Paper, reading: Reading) -> None:
    questions = reading.lesson.questions
    if not questions:
        return
    heading = paper.section("Questions" if len(questions) > 1 else "A question")
    for number, question in enumerate(questions):
        paper.space()
        top = len(paper.lines) if number else heading
        sign = f"{number + 1}. " if len(questions) > 1 else ""
        paper.put(indented(paper.typeset(question.ask, len(sign)), (sign, "heading")))
        paper.space()
        words = reading.learning.answer_to(reading.lesson, question)
        if question.choices:
            _put_choices(paper, top, number, question, words)
        else:
            _put_words(paper, top, number, words)
        if words is not None:
            paper.space()
            paper.put(indented(_opened(paper, question, words), ("  │ ", "muted"), "  │ "))


def _put_choices(paper: _Paper, top: int, number: int, question: Question, words: str | None) -> None:
    for choice, text in enumerate(question.choices):
        sign = ("●", "heading") if text == words else ("○", "muted")
        paper.stop("choice", sign, text, top=top, number=number, choice=choice)


def _put_words(paper: _Paper, top: int, number: int, words: str | None) -> None:
    if words is None:
        paper.stop("words", ("○", "muted"), "Write your answer to see ours.", top=top, number=number)
        return
    paper.put(indented(wrap([("Yours", "strong")], paper.width - 4), ("    ", "")))
    own = clean(words[:_WRITTEN], lines=True)
    paper.put(indented(wrap([(own, "emphasis")], paper.width - 4), ("    ", "")))
    paper.stop("words", ("✓", "right"), "Edit your answer", top=top, number=number)


def _opened(paper: _Paper, question: Question, words: str) -> list[Line]:
    """The answer, and what it says of the person's choice."""
    answer = paper.typeset(question.answer, 4)
    if question.correct is None:
        return [(("Answer", "strong"),), *answer]
    right = question.choices[question.correct]
    if words == right:
        verdict = [("✓ Right: ", "right strong"), (paper.words(right), "right")]
    else:
        chosen = paper.words(f"You chose: {words}. Correct: {right}.")
        verdict = [("× Not quite. ", "wrong strong"), (chosen, "")]
    return [*wrap(verdict, paper.width - 4), (), *answer]


def _put_end(paper: _Paper, reading: Reading) -> None:
    if reading.following is None:
        return
    top = paper.section("Next")
    paper.stop("next", ("→", "muted"), reading.following.title, top=top)
    paper.remark(reading.following.summary)
