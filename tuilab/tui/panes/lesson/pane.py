"""The lesson pane: text, the Keras lines of the experiment in the network pane, things to try, questions."""

from typing import assert_never

from textual.app import ComposeResult
from textual.content import Content

from tuilab.errors import UsageError
from tuilab.lessons import index
from tuilab.lessons.lesson import Lesson, Question, Try
from tuilab.tui.messages import DraftChanged
from tuilab.tui.panels import Panel
from tuilab.tui.panes.lesson.answer import AnswerField
from tuilab.tui.panes.lesson.page import Reading
from tuilab.tui.panes.lesson.stops import Stop
from tuilab.tui.panes.lesson.view import LessonView
from tuilab.tui.panes.pane import Pane
from tuilab.tui.screens.lesson_list import LessonList
from tuilab.tui.session.saved_session import SavedSession


class LessonPane(Pane):
    """Shows the lesson of the preset in the network pane, until the person turns to another."""

    PANEL = Panel(name="lesson", place="above", order=1, weight=30, least=46, most=64)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lesson: Lesson | None = None
        self._followed = ""
        """The preset whose lesson was shown last."""
        self._asked: tuple[Lesson, Question] | None = None
        """What the answer field is open for."""

    def compose(self) -> ComposeResult:
        yield LessonView()
        yield AnswerField()

    def on_mount(self) -> None:
        """Show the lesson of the preset."""
        self.draft_changed()

    @property
    def view(self) -> LessonView:
        """The page."""
        return self.query_one(LessonView)

    @property
    def lesson(self) -> Lesson | None:
        """The lesson that is shown; None if there are none at all."""
        return self._lesson

    def focus_content(self) -> None:
        """Go to the page, or to the answer that is being written."""
        self.screen.set_focus(self.query_one(AnswerField) if self._asked else self.view)

    def draft_changed(self) -> None:
        """Take the lesson of another preset, and the Keras lines of another setting."""
        preset = self.session.draft.preset
        if preset.name != self._followed or self._lesson is None:
            self._followed = preset.name
            lessons = self.session.lessons
            of_preset = index.for_preset(lessons, preset.lesson)
            self._turn_to(of_preset or self._lesson or next(iter(lessons), None))
        else:
            self._show()

    def read(self, slug: str) -> None:
        """Turn to a lesson by its name; raises UsageError if there is none of this name."""
        self._turn_to(index.find(self.session.lessons, slug))

    def _turn_to(self, lesson: Lesson | None) -> None:
        if lesson is not self._lesson and self._asked:
            self._close_answer()
        self._lesson = lesson
        self._show()

    def _show(self) -> None:
        lesson = self._lesson
        if lesson is None:
            self.border_subtitle = Content("there is no lesson")
            return
        draft, learning = self.session.draft, self.session.learning
        reading = Reading(
            lesson, learning, draft.experiment, draft.preset, self._beside(1), ascii_only=self.lab.ascii_only
        )
        self.view.show(reading)
        self.border_title = Content(f"LESSON · {lesson.title}")
        self.border_subtitle = Content(learning.progress(lesson))

    def _beside(self, step: int) -> Lesson | None:
        lessons = self.session.lessons
        at = next((n for n, lesson in enumerate(lessons) if lesson is self._lesson), None)
        if at is None or not 0 <= at + step < len(lessons):
            return None
        return lessons[at + step]

    def _progress_made(self, is_new: bool) -> None:
        """Show and remember what was learned, where it is new."""
        if is_new:
            self._show()
            self.lab.background.run(self.session.learning.save)

    def remembered(self) -> dict[str, object]:
        """Return the lesson and how far it was read."""
        lesson = self._lesson
        return {"lesson": {"lesson": lesson.slug, "share": self.view.place} if lesson else None}

    def recall(self, saved: SavedSession) -> None:
        """Turn to the lesson that was read, and to the place in it; one that is gone leaves the preset's."""
        place = saved.lesson
        lesson = index.for_preset(self.session.lessons, place.lesson) if place else None
        if place and lesson is not None:
            self._turn_to(lesson)
            self.view.go_to_place(place.share)

    # Keys

    def action_move(self, step: int) -> None:
        """Go on or back by a stop or a line."""
        self.view.move(step)

    def action_leap(self, step: int) -> None:
        """Go to the next or the previous thing to try or to answer."""
        if not self.view.leap(step):
            self.lab.say(
                "There is nothing more to try or answer below."
                if step > 0
                else "There is nothing to try or answer above."
            )

    def action_turn(self, step: int) -> None:
        """Go on or back by a window."""
        self.view.turn(step)

    def action_edge(self, step: int) -> None:
        """Go to the top or the bottom."""
        self.view.go_to_edge(step)

    def action_activate(self) -> None:
        """Try, choose or write."""
        self.view.activate()

    def action_step_lesson(self, step: int) -> None:
        """Turn to the next or the previous lesson."""
        beside = self._beside(step)
        if beside is None:
            self.lab.say("This is the last lesson." if step > 0 else "This is the first lesson.")
        else:
            self._turn_to(beside)

    def action_list_lessons(self) -> None:
        """Choose a lesson from the list."""

        def chosen(slug: str | None) -> None:
            if slug is not None:
                self.read(slug)

        shown = self._lesson.slug if self._lesson else ""
        self.app.push_screen(LessonList(self.session.lessons, self.session.learning, shown), chosen)

    # What happens on the page

    def on_lesson_view_read_to_end(self, message: LessonView.ReadToEnd) -> None:
        """Note that the lesson was read."""
        message.stop()
        if self._lesson is not None:
            self._progress_made(self.session.learning.mark_read(self._lesson))

    def on_lesson_view_activated(self, message: LessonView.Activated) -> None:
        """Do what the stop is for."""
        message.stop()
        lesson, stop = self._lesson, message.stop_
        if lesson is None:
            return
        match stop.kind:
            case "try":
                self._try(lesson, lesson.tries[stop.number])
            case "choice":
                question = lesson.questions[stop.number]
                self._answered(lesson, question, question.choices[stop.choice], stop)
            case "words":
                self._ask(lesson, lesson.questions[stop.number])
            case "next":
                self.action_step_lesson(1)
            case _:
                assert_never(stop.kind)

    def _try(self, lesson: Lesson, action: Try) -> None:
        draft = self.session.draft
        before = (draft.preset.name, draft.experiment)
        try:
            if action.preset is not None:
                draft.choose(action.preset)
            if action.set:
                draft.change(action.set)
        except UsageError as error:
            self.lab.say(error.sentence, severity="error")
        else:
            self.lab.say(f"Now in the network pane: {action.label}. Watch: {action.watch}")
            self._progress_made(self.session.learning.mark_tried(lesson, action))
        if (draft.preset.name, draft.experiment) != before:
            # the person is at work in this lesson: another preset does not take it away
            self._followed = draft.preset.name
            self.post_message(DraftChanged())

    def _answered(self, lesson: Lesson, question: Question, words: str, stop: Stop | None = None) -> None:
        self._progress_made(self.session.learning.answer(lesson, question, words))
        number = lesson.questions.index(question)
        stops = self.view.page.stops
        at = next((s for s in stops if s.is_same(stop)), None) or next(
            (s for s in stops if s.kind == "words" and s.number == number), None
        )
        if at is not None:
            self.call_after_refresh(self.view.reveal, at)

    # Own words

    def _ask(self, lesson: Lesson, question: Question) -> None:
        self._asked = lesson, question
        self.query_one(AnswerField).open(self.session.learning.answer_to(lesson, question) or "")

    def on_answer_field_written(self, message: AnswerField.Written) -> None:
        """Keep the person's words and open the answer."""
        message.stop()
        if self._asked is not None:
            lesson, question = self._asked
            self._close_answer()
            self._answered(lesson, question, message.words)

    def on_answer_field_closed(self, message: AnswerField.Closed) -> None:
        """Go back to the page."""
        message.stop()
        self._close_answer()

    def _close_answer(self) -> None:
        self._asked = None
        self.query_one(AnswerField).close()
        self.view.focus()
