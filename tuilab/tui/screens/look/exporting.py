"""Writes a page of a look to a file, or onto the clipboard."""

from pathlib import Path
from typing import Any

from textual.screen import Screen

from tuilab.looks.listing import listing
from tuilab.looks.page import Page
from tuilab.results.formats import markdown
from tuilab.tui.exporting import export as write
from tuilab.tui.protocols import lab_of
from tuilab.tui.screens.export import ExportChoice, ExportScreen, in_each_format


def export(screen: Screen[Any], page: Page | None, name: str, folder: Path) -> None:
    """Ask for a format and write the page."""
    lab = lab_of(screen)
    if page is None:
        lab.say("there is nothing to write yet")
        return

    def chosen(choice: ExportChoice | None) -> None:
        if choice is not None:
            form = choice.form
            lab.background.run(
                lambda: write(f"{name}.{form.suffix}", form.listed(listing(page))),
                lambda path: lab.say(f"written to {path}"),
            )

    screen.app.push_screen(ExportScreen("this look", in_each_format(), folder), chosen)


def copy(screen: Screen[Any], page: Page | None, name: str) -> None:
    """Copy the page as Markdown."""
    lab = lab_of(screen)
    if page is None:
        lab.say("there is nothing to copy yet")
    else:
        lab.copy(markdown.listed(listing(page)), f"{name}.md")
