"""The app: what all screens share. Panes are in ``widgets``, screens in ``screens``, runs in run_control."""

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from tuilab.terminal import clean
from tuilab.tui.background import Background
from tuilab.tui.bindings import bindings_of, remapping
from tuilab.tui.panels import layout_css, panels
from tuilab.tui.remedies import in_the_app
from tuilab.tui.runs_app import RunsApp
from tuilab.tui.screens.lab import LabScreen, pane_classes
from tuilab.tui.themes import THEMES

if TYPE_CHECKING:
    from textual.theme import Theme

    from tuilab.config import Config
    from tuilab.errors import TuilabError
    from tuilab.tui.run_source import RunSource
    from tuilab.tui.session.saved_session import SavedSession
    from tuilab.tui.session.saver import SessionSaver
    from tuilab.tui.startup import Startup
    from tuilab.tui.surroundings import Surroundings

_SLOW_ANSWER = 0.2
"""Seconds after which a terminal's answer makes low bandwidth worth a hint."""


class LabApp(RunsApp):
    """The lab in the terminal."""

    TITLE = "tuilab"
    CSS_PATH = "styles/lab.tcss"
    CSS = layout_css()
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("app")]
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        settings: "Config",
        *,
        preset: str | None = None,
        theme: str | None = None,
        ascii_only: bool = False,
        low_bandwidth: bool = False,
        over_ssh: bool = False,
        own_themes: "Iterable[Theme]" = (),
        messages: Iterable[str] = (),
        source: "Callable[[], RunSource] | None" = None,
        surroundings: "Surroundings | None" = None,
        native_colors: bool | None = None,
    ) -> None:
        """Prepare; nothing is read from the disk before the first paint but what is given here.

        Args:
            settings: the person's configuration.
            preset: the preset to begin with; None: the first.
            theme: instead of the configured one.
            ascii_only: write ASCII alone.
            low_bandwidth: one redraw a second.
            over_ssh: whether the terminal is far away.
            own_themes: the person's themes.
            told: sentences to show once the lab is there.
            source: makes the source of runs; None: the store.
            surroundings: the machine, and how often to look; None: the real ones.
            native_colors: leave colours to the terminal; None: as the theme says.
        """
        super().__init__(ascii_only=ascii_only, native_colors=native_colors)
        own_keys, problems = remapping(settings.keys)
        self.settings, self.low_bandwidth = replace(settings, keys=own_keys), low_bandwidth
        self._over_ssh, self._preset, self._source = over_ssh, preset, source
        self._surroundings = surroundings
        self._messages = (*messages, *problems)
        self.refused: TuilabError | None = None
        """Why the app could not open."""
        self.themes = (*THEMES, *own_themes)
        for known in self.themes:
            self.register_theme(known)
        self.theme = self._choose_theme(theme or settings.theme)
        self.lab_screen = LabScreen(self)
        self._saver: SessionSaver | None = None
        self._remembered: SavedSession | None = None
        self.background = Background(self._on_ui, self._tell_error, self._handle_exception)

    # What panes and screens stand on

    def copy(self, text: str, name: str) -> None:
        """Put text on the person's clipboard (OSC 52) and into the file ``exports/NAME``, and say where."""
        from tuilab.tui.exporting import export

        self.copy_to_clipboard(text)
        self.background.run(
            lambda: export(name, text),
            lambda path: self.say(f"copied, if the terminal allows it (OSC 52), and written to {path}"),
        )

    # From the first paint to the lab

    def get_default_screen(self) -> Screen[Any]:
        """Begin with the lab."""
        return self.lab_screen

    def on_mount(self) -> None:
        """Once the frame is painted, read what belongs into it."""
        self.set_keymap(self.settings.keys)
        self.call_after_refresh(self._open)

    def _open(self) -> None:
        def read() -> "tuple[Startup, dict[str, Any], RunSource] | TuilabError":
            from tuilab.errors import RunError, TuilabError
            from tuilab.tui.run_source import RunSource
            from tuilab.tui.startup import start_session

            try:
                startup = start_session(
                    self.settings,
                    preset=self._preset,
                    ascii_only=self.ascii_only,
                    low_bandwidth=self.low_bandwidth,
                )
            except TuilabError as error:
                return error
            except OSError as error:
                return RunError(f"tuilab cannot read its own folder: {clean(str(error))}")
            return startup, pane_classes(), (self._source or RunSource)()

        self.background.run(read, self._started)

    def _started(self, result: "tuple[Startup, dict[str, Any], RunSource] | TuilabError") -> None:
        if not isinstance(result, tuple):  # without a session there is no app
            self.refused = result
            self.exit(result.exit_code)
            return
        from tuilab.lab.undo import UndoStack
        from tuilab.tui.run_control import RunControl

        startup, panes, source = result
        self._session = startup.session
        if self._surroundings is not None:
            startup.session.surroundings = self._surroundings
        self._undos = UndoStack(startup.session.draft)
        self._control = RunControl(self, source)
        self._control.shown_before = startup.saved.shown if startup.saved else None
        self._remembered = startup.saved
        if any(panel.name == startup.pane for panel in panels()):
            self.lab_screen.active = startup.pane
        self.lab_screen.mount_panes(panes)
        self.refresh_title()
        for sentence in (*self._messages, *startup.problems):
            self.say(sentence, severity="warning")
        changes = len(startup.session.draft.changes)
        if changes:  # what r would train is not the preset alone
            name = clean(startup.session.draft.name, limit=80)
            self.say(f"the session is as you left it: {name}, {changes} change{'s' if changes > 1 else ''}")
        self.call_after_refresh(self._begin, startup.first)

    def panes_mounted(self) -> None:
        """Put back into the panes what was remembered, and remember from now on."""
        from tuilab.tui.session.saver import SessionSaver

        self._saver = SessionSaver(self, self._remembered)

    def exit(self, *arguments: Any, **more: Any) -> None:
        """Leave, and remember what is in the network pane: after this there are no panes."""
        if self._saver is not None:
            self._saver.take()
        super().exit(*arguments, **more)

    def _begin(self, first: bool) -> None:
        self.control.open()
        if first:
            self.welcome()

    # What the keys do

    def action_help(self) -> None:
        """Show what the keys do."""
        from tuilab.tui.screens.help import HelpScreen

        if self._session is not None:
            where = getattr(self.screen, "name_of_help", self.lab_screen.active)
            self.push_screen(HelpScreen(where))

    def action_next_theme(self) -> None:
        """Take the next theme and remember it."""
        names = [theme.name for theme in self.themes]
        place = names.index(self.theme) if self.theme in names else -1
        self.take_theme(names[(place + 1) % len(names)])

    def take_theme(self, name: str) -> None:
        """Take a theme and remember it."""
        from tuilab import config

        self.theme = name
        self.background.run(lambda: config.remember(theme=name))
        self.say(f"theme {name}")

    def action_command_palette(self) -> None:
        """Open the palette."""
        from tuilab.tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Give the palette every key, preset, lesson and theme."""
        from tuilab.tui.commands import commands, commands_of

        if self._session is None:
            return
        if screen is self.lab_screen:
            yield from commands(self)
        elif where := getattr(screen, "name_of_help", ""):
            yield from commands_of(self, screen, where)

    def settle(self) -> None:
        """Have the collector of garbage pass over what stays: its pauses would be felt as slow keys."""
        if not self.is_headless:  # a process of tests has many apps, and none of them stays
            gc.freeze()

    def _choose_theme(self, name: str) -> str:
        if any(theme.name == name for theme in self.themes):
            return name
        shown = ", ".join(theme.name for theme in self.themes)
        self._messages += (f"there is no theme '{clean(name, limit=60)}'; the themes are {shown}",)
        return THEMES[0].name

    def _on_ui(self, call: Callable[..., object], *arguments: object) -> None:
        self.call_later(call, *arguments)

    def _tell_error(self, error: "TuilabError") -> None:
        remedies = "".join(f" · {in_the_app(remedy)}" for remedy in error.remedies)
        self.say(f"{error.sentence}{remedies}", severity="error")

    def answered_in(self, seconds: float) -> None:
        """The terminal answered for the first time: where it took long, say what can be done."""
        if self._over_ssh and not self.low_bandwidth and seconds > _SLOW_ANSWER:
            self.say(
                f"this terminal takes {seconds * 1000:.0f} ms to respond: "
                "tuilab --low-bandwidth redraws less often"
            )

    async def on_unmount(self) -> None:
        """Watch no more runs; they continue."""
        if self._control is not None:
            self._control.close()
        if self._saver is not None:
            self._saver.write_last()
        self.background.close()
