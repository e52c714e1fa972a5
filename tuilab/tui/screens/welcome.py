"""The first start: what is on this machine, and which images and weights to work with."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tuilab.bases.named import BASES, COURSE_BASE
from tuilab.errors import TuilabError
from tuilab.lab.data_choice import DataChoice
from tuilab.terminal import clean
from tuilab.tui.bindings import bindings_of
from tuilab.tui.screens.dialog import Dialog
from tuilab.tui.screens.download import Download
from tuilab.tui.screens.welcome_choices import TITLES, check_path, choice_of, remedies_here
from tuilab.tui.screens.welcome_facts import DATA_SETS, ONLY_WHERE_FOUND, Fact

_SIGNS = {"there": ("✓", "$success"), "absent": ("–", "$secondary"), "wrong": ("×", "$error")}
_BASE = BASES[COURSE_BASE]
_ASKED = {
    "images": ("images", "path of a CIFAR archive, an .npz file, or class folders"),
    "weights": ("weights", f"path of a Keras weight file (.h5) of the {_BASE.title} base"),
}
_LOW = 22
"""Rows of the terminal below which blank lines are left out, to make room for the choices."""


class WelcomeScreen(Dialog[DataChoice | None]):
    """Dismisses with the chosen images and weights; None: the person decides later."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dialog.welcome")]
    DEFAULT_CSS = """
    WelcomeScreen {
        & > .frame { width: 92%; max-width: 100; min-width: 60; padding: 0 2; overflow-y: auto; }
        & Static { height: auto; }
        & .heading { color: $primary; text-style: bold; margin: 1 0 0 0; }
        & OptionList { height: auto; max-height: 8; }
        & Input, & Input:focus {
            display: none; height: 1; border: none; padding: 0 1; margin: 1 0 0 0;
            background: $panel; background-tint: $background 0%;
        }
        & Input.-open { display: block; }
        & #message { display: none; margin: 1 0 0 0; max-height: 7; }
        & #message.-shown { display: block; }
        &.-low #intro { display: none; }
        &.-low .heading, &.-low Input, &.-low Input:focus, &.-low #message { margin: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._facts: dict[str, Fact] = {}
        self._source: str | None = None
        self._weights = "imagenet"
        self._download: Download | None = None
        self._asked = ""
        """Which path is being typed: a key of ``_ASKED``, or nothing."""

    @property
    def _asks(self) -> Mapping[str, Callable[[], Fact]]:
        return self.lab.session.surroundings.facts()

    @property
    def _back(self) -> str:
        return self.key_of("dialog.welcome.back")

    @property
    def _hint(self) -> Content:
        return Content(f"↑ ↓ · Enter: choose · {self._back}: later")

    def compose(self) -> ComposeResult:
        """What tuilab is, what is here, what can be chosen, a field for a path, and messages."""
        with Vertical(classes="frame") as frame:
            frame.border_title = Content("tuilab · first steps")
            frame.border_subtitle = self._hint
            yield Static("Read a lesson, change one thing, train, and compare.", id="intro", markup=False)
            yield Static("On this machine", classes="heading")
            yield Static("", id="facts", markup=False)
            yield Static("Where to begin", classes="heading")
            yield OptionList()
            field = Input(compact=True)
            field.cursor_blink = False
            yield field
            yield Static("", id="message", markup=False)

    def on_mount(self) -> None:
        """Paint at once; what is on the machine follows line by line."""
        self._draw()
        self.query_one(OptionList).focus()
        for name in self._asks:
            self._look_for(name)

    def on_unmount(self) -> None:
        """A download without anybody who waits for it ends."""
        if self._download is not None:
            self._download.stop()

    def _look_for(self, name: str) -> None:
        def found(fact: Fact) -> None:
            self._facts[name] = fact
            if self.is_attached:
                self._draw()

        self.lab.background.run(self._asks[name], found)

    # What is shown

    def _draw(self) -> None:
        facts = Content("\n").join(self._fact(name) for name in self._shown())
        self.query_one("#facts", Static).update(facts)
        choices = self._choices()
        options = self.query_one(OptionList)
        if [(option.id, option.prompt) for option in options.options] == list(choices.items()):
            return
        chosen = options.highlighted_option
        options.clear_options()
        options.add_options([Option(line, id=id_) for id_, line in choices.items()])
        ids = list(choices)
        options.highlighted = ids.index(chosen.id) if chosen is not None and chosen.id in ids else 0

    def _shown(self) -> list[str]:
        found = {name for name, fact in self._facts.items() if fact.state != "absent"}
        return [name for name in self._asks if name in found or name not in ONLY_WHERE_FOUND]

    def _fact(self, name: str) -> Content:
        fact = self._facts.get(name)
        label = name.ljust(max(map(len, self._shown())) + 2)
        if fact is None:
            return Content.assemble(("· ", "$secondary"), label, ("looking …", "$secondary"))
        sign, color = _SIGNS[fact.state]
        room = max(self.query_one("#facts").size.width or 66, 30)
        return Content.assemble((f"{sign} ", color), label, fact.words).truncate(room, ellipsis=True)

    def on_resize(self) -> None:
        """Fit the lines to the room that there is."""
        self.set_class(self.app.size.height < _LOW, "-low")
        self.call_after_refresh(self._draw)

    def _choices(self) -> dict[str, Content]:
        lines: dict[str, tuple[str, str]] = {}
        if self._source is not None:
            lines["own"] = ("Start with your images", self._source)
        lines.update(line for info in DATA_SETS if (line := choice_of(info, self._facts.get(info.title))))
        for base in BASES.values():
            fact, own = self._facts.get(base.title), base is _BASE and self._weights != "imagenet"
            if fact is not None and fact.state == "absent" and not own:
                why = f"{base.published.download}, for transfer learning"
                lines[f"fetch-{base.name}"] = (f"Download {base.title}'s weights", why)
        lines["images"] = ("Images from a path …", "an archive, a folder, arrays")
        lines["weights"] = ("Weights from a path …", f"a copy of {_BASE.title}'s weights")
        room = self.query_one(OptionList).scrollable_content_region.width or 90
        return {
            id_: Content.assemble(f"{what:<26}", (clean(why, limit=200), "$secondary")).truncate(
                room, ellipsis=True
            )
            for id_, (what, why) in lines.items()
        }

    def _say(self, *lines: str, color: str = "$foreground") -> None:
        message = self.query_one("#message", Static)
        first, *others = lines or ("",)
        message.update(Content.assemble((first, color), *(("\n" + line, "$secondary") for line in others)))
        message.set_class(bool(first), "-shown")

    # What is chosen

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Start, download, or ask for a path."""
        event.stop()
        choice = event.option.id or ""
        if self._download is not None:
            self._say(f"A download is in progress; {self._back} stops it, and what has arrived is kept.")
        elif choice.startswith("fetch-"):
            self._fetch(choice.removeprefix("fetch-"))
        elif choice in _ASKED:
            self._ask(choice)
        else:
            source = self._source if choice == "own" and self._source else choice
            self.dismiss(DataChoice(source=source, weights=self._weights))

    def action_back(self) -> None:
        """Stop the download, leave the field, or decide later."""
        if self._download is not None:
            self._download.stop()
            self._over("The download was stopped; choose it again to continue from here.")
        elif self._asked:
            self._close_field()
            self._say()
        else:
            self.dismiss(None)

    # Downloads

    def _fetch(self, asset: str) -> None:
        self._say(f"downloading {TITLES[asset]} …")
        self.query_one(".frame").border_subtitle = Content(f"{self._back}: stop the download")
        self._download = Download(asset, self, self._crashed)

    def _crashed(self, error: Exception) -> None:
        self.app.call_from_thread(self.app._handle_exception, error)

    def on_download_progressed(self, message: Download.Progressed) -> None:
        """Show how far it is."""
        message.stop()
        if message.download is self._download:
            self._say(message.words)

    def on_download_finished(self, message: Download.Finished) -> None:
        """Look again at what is here, or say why it is not."""
        message.stop()
        if message.download is not self._download:
            return
        asset, error = message.download.asset, message.error
        if error is None:
            self._over(f"{TITLES[asset]} was downloaded and verified.")
            self._look_for(TITLES[asset])
        else:
            self._over(error.sentence, *remedies_here(asset, error), color="$error")

    def _over(self, *lines: str, color: str = "$foreground") -> None:
        self._download = None
        self.query_one(".frame").border_subtitle = self._hint
        self._say(*lines, color=color)

    # Paths

    def _ask(self, what: str) -> None:
        self._asked = what
        field = self.query_one(Input)
        field.placeholder = _ASKED[what][1]
        field.value = ""
        field.add_class("-open")
        field.focus()
        self.query_one(".frame").border_subtitle = Content(f"Enter: check it · {self._back}: back")
        self._say()

    def _close_field(self) -> None:
        self._asked = ""
        self.query_one(Input).remove_class("-open")
        self.query_one(".frame").border_subtitle = self._hint
        self.query_one(OptionList).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Check the path, in the background."""
        event.stop()
        asked, typed = self._asked, event.value.strip()
        if asked:
            self.lab.background.run(partial(check_path, asked, typed), partial(self._checked, asked))

    def _checked(self, asked: str, result: "str | TuilabError") -> None:
        if not self.is_attached or self._asked != asked:
            return
        if isinstance(result, TuilabError):
            self._say(result.sentence, color="$error")
            return
        self._close_field()
        if asked == "images":
            self._source = result
            self._draw()
            self.query_one(OptionList).highlighted = 0
            self._say("These images can be read. Enter starts with them.")
        else:
            self._weights = result
            self._facts[_BASE.title] = Fact("there", f"your file: {clean(result)}")
            self._draw()
            self._say("These weights can be read; transfer learning will start from them.")
