"""Choosing a preset: grouped, filtered by typing, with what the one under the cursor is about."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuilab import presets
from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.lab.data_choice import DataChoice
from tuilab.lab.draft import Draft
from tuilab.presets import Preset
from tuilab.results.number_text import measured_text
from tuilab.runs.metrics import ACCURACY
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog

_NAME = 20
"""Cells of the column of names."""
_BESIDE = 14
"""Rows of the screen that the list leaves to the rest of the dialog and to a margin."""
_GROUPS = {
    "cnn": "Assignment 1: a small CNN, batch normalization and weight decay",
    "transfer": f"Assignment 2: {BASES[COURSE_BASE].title}, frozen and fine-tuned",
    "concept": "One idea each, on digits, in under a minute",
    "own": "Yours",
}


class PresetPicker(Dialog[str | None]):
    """Dismisses with the name of a preset, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.presets")]
    DEFAULT_CSS = """
    PresetPicker {
        & Input, & Input:focus {
            height: 1; border: none; padding: 0; margin: 0 0 1 0;
            background: $panel; background-tint: $background 0%;
        }
        & #about { height: 6; padding: 1 0 0 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._presets = presets.load_all()
        self._problems = presets.problems()

    def compose(self) -> ComposeResult:
        """Filter, list, and what the preset under the cursor is about."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Presets")
            up, down, back = (self.key_of(f"dialog.presets.{key}") for key in ("previous", "next", "back"))
            frame.border_subtitle = Content(f"type to filter · {up} {down} · Enter: choose · {back}: back")
            field = Input(placeholder="type part of a name or title", compact=True)
            field.cursor_blink = False
            yield field
            options = OptionList()
            options.can_focus = False  # the keys go to the field, which stays ready for typing
            yield options
            yield Static("", id="about", markup=False)

    def on_mount(self) -> None:
        """Begin at the preset in the network pane."""
        self._fill("")
        self._go_to(self._draft.preset.name)
        self.query_one(Input).focus()

    def on_resize(self, event: events.Resize) -> None:
        """Give the list the room that all presets need, where there is so much; filtering moves nothing."""
        rows = sum(str(option.prompt).count("\n") + 1 for option in self._rows(""))
        self._options.styles.height = max(min(rows, event.size.height - _BESIDE), 3)

    @property
    def _draft(self) -> Draft:
        return self.lab.session.draft

    @property
    def _options(self) -> OptionList:
        return self.query_one(OptionList)

    def _fill(self, typed: str) -> None:
        options = self._options
        options.clear_options()
        options.add_options(list(self._rows(typed)))
        first = next((n for n, option in enumerate(options.options) if not option.disabled), None)
        options.highlighted = first
        if first is None:
            back = self.key_of("dialog.presets.back")
            self.query_one("#about", Static).update(
                Content(
                    f"No preset matches all of this in its name, title or lesson; {back} clears the filter."
                )
            )
        elif first == 1:
            options.scroll_to(y=0, animate=False)

    def _rows(self, typed: str) -> Iterator[Option]:
        words = typed.lower().split()
        begun = False
        for group, title in _GROUPS.items():
            found = [
                preset for preset in self._presets if group_of(preset) == group and _matches(preset, words)
            ]
            if found:
                yield Option(
                    Content.styled(f"{chr(10) if begun else ''}{title}", "bold $primary"), disabled=True
                )
                begun = True
            for preset in found:
                yield Option(_line(preset), id=preset.name)
        if not words:
            for problem in self._problems:
                yield Option(
                    Content.styled(f"{chr(10)}× {clean(problem, limit=300)}", "$error"), disabled=True
                )

    def _go_to(self, name: str) -> None:
        options = self._options
        for number, option in enumerate(options.options):
            if option.id == name:
                options.highlighted = number

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter."""
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the preset under the cursor."""
        option = self._options.highlighted_option
        if option is not None and option.id is not None:
            self.dismiss(option.id)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the preset that was clicked."""
        self.dismiss(event.option.id)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what it is about."""
        preset = next((preset for preset in self._presets if preset.name == event.option_id), None)
        if preset is not None:
            self.query_one("#about", Static).update(_about(preset, self._draft.data_choice))

    def action_step(self, step: int) -> None:
        """Move the cursor."""
        for _ in range(abs(step)):
            self._options.action_cursor_down() if step > 0 else self._options.action_cursor_up()

    def action_leave(self) -> None:
        """Clear the filter; without one, go back."""
        field = self.query_one(Input)
        if field.value:
            field.value = ""
        else:
            self.dismiss(None)


def group_of(preset: Preset) -> str:
    """Return the key of the group in which a preset is listed: its family, or ``own``."""
    return "own" if preset.own else preset.family


def _matches(preset: Preset, words: Sequence[str]) -> bool:
    text = f"{preset.name} {preset.title} {preset.lesson}".lower()
    return all(word in text for word in words)


def _line(preset: Preset) -> Content:
    name = Content(clean(preset.name)).truncate(_NAME, ellipsis=True)
    gap = " " * (_NAME - name.cell_length + 2)
    return Content.assemble("  ", name, gap, (clean(preset.title, limit=200), "$secondary")).truncate(
        70, ellipsis=True
    )


def _about(preset: Preset, data_choice: DataChoice) -> Content:
    """Two parts: what it teaches, and facts from the course and the experiment on the person's images."""
    course, experiment = preset.course, preset.experiment
    source = str(data_choice.settings(experiment).get("data.source", experiment.data.source))
    epochs = experiment.training.epochs
    trained = f"{epochs} epoch{'s' if epochs != 1 else ''}" if epochs else "no training,"
    facts = [f"{trained} on {clean(source, limit=60)}"]
    if course.iteration != "-":
        facts.append(f"iteration {clean(course.iteration, limit=20)}")
    if course.expected is not None:
        facts.append("the course expects {:.2f} to {:.2f} on CIFAR-10".format(*course.expected))
    if course.recorded is not None:
        facts.append(f"the course recorded {measured_text(ACCURACY, course.recorded)}")
    if experiment.continue_from is not None:
        facts.append(f"continues from {clean(experiment.continue_from, limit=60)}")
    return Content.assemble(clean(preset.teaches.strip(), limit=280), "\n", (" · ".join(facts), "$secondary"))
