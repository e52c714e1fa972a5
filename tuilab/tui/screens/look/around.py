"""The lines above and below a look: the run, the tabs, the keys that do something now."""

from collections.abc import Callable, Mapping

from textual.content import Content

from tuilab.looks.catalogue import LOOKS, Look
from tuilab.results.outcome import state_word
from tuilab.terminal import clean
from tuilab.tui.bindings import Key, key_by_id, keys
from tuilab.tui.run_book import BookedRun


def key_line(own_keys: Mapping[str, str], room: int, works: Callable[[Key], bool]) -> Content:
    """Return as many keys as fit, and how to get help and back.

    Args:
        own_keys: a person's own keys, by a binding's id.
        room: its width.
        works: whether a key does anything now.
    """
    ending = [key_by_id("look.back"), key_by_id("app.help")]
    tail = Content("  ").join(_word(key, own_keys) for key in ending)
    line = Content("")
    for key in keys():
        if key.where != "look" or not key.shown or key in ending or not works(key):
            continue
        word = _word(key, own_keys)
        if len(line) + len(word) + 2 + len(tail) <= room:
            line = line + word + Content("  ")
    return line + tail


def _word(key: Key, own_keys: Mapping[str, str]) -> Content:
    return Content.assemble((key.names(own_keys)[0], "bold $foreground"), f" {key.label}")


def title(run: BookedRun) -> Content:
    """Return what a run is called, and how it stands with it."""
    return Content.assemble(
        ("inside ", "$secondary"),
        (run.label, "bold"),
        (f"  {state_word(run.summary)}  {clean(run.id, limit=80)}", "$secondary"),
    )


def tabs(shown: Look, room: int) -> Content:
    """Return a tab for each look, as wide as there is room."""
    line = Content("")
    for words, gap in (("{n} {name}", "  "), ("{n} {name}", ""), ("{name}", "")):
        names = [words.format(n=n, name=one.name) for n, one in enumerate(LOOKS, start=1)]
        parts = [
            Content.styled(f" {name} ", "bold reverse" if one is shown else "")
            for name, one in zip(names, LOOKS, strict=True)
        ]
        line = Content(gap).join(parts)
        if line.cell_length <= room:
            break
    return line
