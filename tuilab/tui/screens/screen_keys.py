"""The last line of a screen that covers the lab: its keys, as many as fit, and how to get help and back."""

from collections.abc import Collection, Mapping

from textual.content import Content

from tuilab.tui.bindings import Key, key_by_id, keys


def key_line(where: str, own_keys: Mapping[str, str], room: int, idle: Collection[str] = ()) -> Content:
    """Return the line.

    Args:
        where: the screen, as keys.toml has it; its key ``WHERE.back`` leads back.
        own_keys: a person's own keys, by a binding's id.
        room: its width.
        idle: ids of keys that do nothing just now; they leave their room to others.
    """
    ending = [key_by_id(f"{where}.back"), key_by_id("app.help")]
    tail = Content("  ").join(_word(key, own_keys) for key in ending)
    line = Content("")
    for key in keys():
        if key.where != where or not key.shown or key in ending or key.id in idle:
            continue
        word = _word(key, own_keys)
        if len(line) + len(word) + 2 + len(tail) <= room:
            line = line + word + Content("  ")
    return line + tail


def _word(key: Key, own_keys: Mapping[str, str]) -> Content:
    return Content.assemble((key.names(own_keys)[0], "bold $foreground"), f" {key.label}")
