"""Saving the experiment in the network pane as a preset of one's own: its name and a line for lists."""

from itertools import count
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from tuilab import presets
from tuilab.errors import TuilabError
from tuilab.experiment import Experiment
from tuilab.lab.preset_saving import LONGEST_TITLE, save_own
from tuilab.presets import Preset
from tuilab.terminal import clean, path_text
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog


class SavePresetScreen(Dialog[str | None]):
    """Writes the preset and dismisses with its name; with None if nothing was written.

    If it is refused, the reason appears under the lines, and they stay as they are.
    """

    name_of_help = "network"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.save")]
    DEFAULT_CSS = """
    SavePresetScreen {
        & .label { color: $secondary; margin-top: 1; }
        & Input { height: 1; border: none; padding: 0 1; background: $panel; }
        & #save-preset-place { color: $secondary; margin-top: 1; }
        & #save-preset-problem { color: $error; }
    }
    """

    def __init__(
        self,
        base: Preset,
        experiment: Experiment,
        changes: int,
        *,
        what: str = "",
        title: str = "",
        comment: str = "",
    ) -> None:
        """Prepare.

        Args:
            base: the preset that the experiment began from.
            experiment: what is saved.
            changes: how many settings differ from the preset.
            what: what is saved, in a clean sentence; empty: the experiment in the network pane.
            title: what is suggested as its title; empty: the preset's.
            comment: a line that the file begins with, clean; empty: none.
        """
        super().__init__()
        self._base, self._experiment = base, experiment
        self._title, self._comment = title or clean(base.title), comment
        counted = "1 change" if changes == 1 else f"{changes} changes"
        self._what = what or f"The experiment in the network pane: {clean(base.name)} with {counted}."

    def compose(self) -> ComposeResult:
        """What is saved, the two lines, where it goes, and what was refused."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("Save as preset")
            again, back = self.key_of("dialog.save.replace"), self.key_of("dialog.save.back")
            frame.border_subtitle = Content(f"Enter: save · {again}: replace one of yours · {back}: back")
            yield Static(Content(self._what))
            yield Static("name: lowercase letters, digits and hyphens", classes="label")
            yield _line(suggested_name(self._base), 64, "save-preset-name")
            yield Static("title: one line, shown in lists", classes="label")
            yield _line(self._title, LONGEST_TITLE, "save-preset-title")
            yield Static(Content(f"It is saved in {path_text(presets.own_folder())}"), id="save-preset-place")
            yield Static("", id="save-preset-problem", markup=False)

    def on_mount(self) -> None:
        """Begin with the name."""
        self.query_one("#save-preset-name", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Save."""
        event.stop()
        self.action_save(False)

    def action_save(self, replace: bool) -> None:
        """Write the preset in the background; a refusal is shown."""
        name = self.query_one("#save-preset-name", Input).value.strip()
        title = self.query_one("#save-preset-title", Input).value

        def write() -> Path | TuilabError:
            try:
                return save_own(
                    name, title, self._base, self._experiment, overwrite=replace, comment=self._comment
                )
            except TuilabError as error:
                return error

        self.lab.background.run(write, lambda result: self._written(name, result))

    def _written(self, name: str, result: Path | TuilabError) -> None:
        if not self.is_attached:
            return
        if isinstance(result, TuilabError):
            self.query_one("#save-preset-problem", Static).update(Content(f"× {result.sentence}"))
            return
        self.lab.say(f"saved as preset {name}: {result}")
        self.dismiss(name)


def suggested_name(base: Preset) -> str:
    """Return a name that is free, or that of a preset of one's own, which can be replaced."""
    if base.own:
        return base.name
    taken = {preset.name for preset in presets.load_all()}
    # a name has at most 64 characters
    names = (f"{base.name[:55]}-mine{'' if n == 1 else f'-{n}'}" for n in count(1))
    return next(name for name in names if name not in taken)


def _line(value: str, longest: int, id: str) -> Input:
    line = Input(value, max_length=longest, compact=True, id=id)
    line.cursor_blink = False
    return line
