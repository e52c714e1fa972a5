"""Everything that the app can do, for the command palette."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol, cast

from textual.app import SystemCommand
from textual.content import Content

from tuilab import presets
from tuilab.terminal import clean
from tuilab.tui.bindings import Key, keys
from tuilab.tui.panes.network.settings import shown_settings, tip
from tuilab.tui.protocols import HasSession

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.theme import Theme


class Panes(Protocol):
    """The lab's screen."""

    def pane(self, name: str) -> "DOMNode | None":
        """Return a pane by its name in keys.toml."""
        ...

    def action_focus_pane(self, name: str) -> None:
        """Go to a pane."""


class App(HasSession, Protocol):
    """What this needs of the app."""

    @property
    def lab_screen(self) -> Panes:
        """The lab's screen."""
        ...

    @property
    def themes(self) -> "Sequence[Theme]":
        """Every theme there is."""
        ...

    def take_preset(self, name: str | None) -> None:
        """Take a preset."""

    def take_theme(self, name: str) -> None:
        """Take a theme and remember it."""

    def welcome(self) -> None:
        """Show the first steps."""

    async def run_action(self, action: str, default_namespace: Any) -> bool:
        """Do what a key does, in a widget."""
        ...


def commands(app: App) -> Iterator[SystemCommand]:
    """Yield every key of the lab and its panes, settings, presets, lessons, themes, and what has no key."""
    for key in keys():
        if key.where in ("app", "lab") or app.lab_screen.pane(key.where) is not None:
            place = "" if key.where in ("app", "lab") else f"{key.where}: "
            first = key.names(app.settings.keys)[0]
            yield _command(f"{place}{key.label}", f"{key.tip}  [{first}]", partial(_do, app, key))
    experiment = app.session.draft.experiment
    for setting in shown_settings(experiment):
        about = f"Go to this setting in the network pane. {tip(setting, experiment)}"
        yield _command(
            f"setting {setting.label} · {setting.key}", about, partial(_go_to_setting, app, setting.key)
        )
    for preset in presets.load_all():
        yield _command(
            f"preset {preset.name}", clean(preset.title, limit=200), partial(app.take_preset, preset.name)
        )
    for lesson in app.session.lessons:
        yield _command(f"lesson {lesson.title}", lesson.summary, partial(_read, app, lesson.slug))
    for theme in app.themes:
        yield _command(f"theme {theme.name}", "Use these colours.", partial(app.take_theme, theme.name))
    about = "See what is on this machine, and choose images and weights."
    yield _command("first steps: images and weights", about, app.welcome)


def commands_of(app: App, screen: "DOMNode", where: str) -> Iterator[SystemCommand]:
    """Yield the keys of a screen that covers the lab, and those that always work; ``where``: in keys.toml."""
    for key in keys():
        if key.where in (where, "app"):
            first = key.names(app.settings.keys)[0]
            call = partial(app.run_action, key.action, app if key.where == "app" else screen)
            yield _command(key.label, f"{key.tip}  [{first}]", call)


def _command(title: str, about: str, call: Callable[[], object]) -> SystemCommand:
    # the palette takes a text's brackets for markup, of a content it leaves them
    return SystemCommand(title, cast("str", Content(about)), call)


def _go_to_setting(app: App, key: str) -> None:
    pane = app.lab_screen.pane("network")
    if pane is not None:
        app.lab_screen.action_focus_pane("network")
        getattr(pane, "go_to")(key)  # noqa: B009 - a method of the network pane alone


def _read(app: App, slug: str) -> None:
    pane = app.lab_screen.pane("lesson")
    if pane is not None:
        app.lab_screen.action_focus_pane("lesson")
        getattr(pane, "read")(slug)  # noqa: B009 - a method of the lesson pane alone


async def _do(app: App, key: Key) -> None:
    pane = app.lab_screen.pane(key.where)
    if pane is not None:
        app.lab_screen.action_focus_pane(key.where)
    await app.run_action(key.action, pane or (app if key.where == "app" else app.lab_screen))
