"""Text from outside, wherever it comes to the screen: harmless, and its controls made visible."""

import unicodedata

import pytest
from finished_runs import finished_run, write
from harness import NARROW, WIDE, FakeSource, LabPilot, lab_app, play, press, until
from records import CPU, DIGITS, FAILED, INITIAL, NETWORK, VERSIONS, epoch
from test_lab import screen_text

from tuilab import presets
from tuilab.files import paths
from tuilab.runs import store
from tuilab.runs.journal.records import Note, Phase, Started
from tuilab.terminal import clean
from tuilab.tui.app import LabApp

ESCAPE = "a\x1b[31mred\x1b]0;title\x07b"
BRACKETS = "[red]b[/] [/] [@click=app.quit]x[/] ["
BACKWARDS = "abc\u202edcba\u2066\u200f"
NASTY = {
    "controls": f"{ESCAPE} {BACKWARDS} a\x00b\x07c\x9b31m\rd\ne\tf\x7f {BRACKETS}",
    "width": "名前が広い" * 8 + "e\u0301" * 20 + "\u200d\ufe0f" + "very long " * 30,
}


def assert_harmless(app: LabApp) -> None:
    """No control character and no reordering stands in any cell, and no row is wider than the screen."""
    for strip in app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in strip if not segment.control)
        bad = {hex(ord(c)) for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
        assert not bad - {"0x200d"}, text
        assert strip.cell_length <= app.size.width


@pytest.mark.parametrize(
    ("text", "size"), [(NASTY["controls"], WIDE), (NASTY["width"], NARROW)], ids=["controls", "width"]
)
def test_it_is_shown_harmlessly_on_every_pane_and_screen(text: str, size: tuple[int, int]) -> None:
    source = FakeSource()
    name = text[: store.LONGEST_NAME]
    classes = DIGITS.model_copy(update={"classes": [text] * 10, "name": text, "source": text})
    failed = FAILED.model_copy(update={"reason": text, "remedies": [text]})
    finished_run(name=name, dataset=classes)
    bad = finished_run("bn-l2", name=name, dataset=classes, last=None)
    write(bad, [Note(text=text), failed])
    bad.log.write_bytes(text.encode("utf-8", "surrogatepass") + b"\n\x1b[2J\xff\xfe\n")
    app = lab_app(source=source)

    async def look(pilot: LabPilot, keys: str) -> None:
        await press(pilot, keys)
        assert_harmless(app)

    async def scenario(pilot: LabPilot) -> None:
        await look(pilot, "4")
        app.show(bad.id)
        await until(pilot, lambda: app.session.book.find(bad.id).history)  # type: ignore[union-attr]
        await look(pilot, "3")
        await look(pilot, "2")
        await look(pilot, "l")
        await until(pilot, lambda: "worker.log" in screen_text(app) or size == NARROW)
        await look(pilot, "escape 4 home n")
        await look(pilot, "escape space down space c")
        await look(pilot, "escape e")
        await look(pilot, "escape")
        await press(pilot, "r")
        await until(pilot, lambda: source.workers)
        live = source.newest
        live.say(Started(pid=1, host=text, versions=VERSIONS), CPU.model_copy(update={"name": text}), classes)
        live.say(INITIAL.model_copy(update={"source": text}), NETWORK, Note(text=text))
        live.say(Phase(name="downloading", what=text, done=1, total=7, unit=text), epoch(1))
        await until(pilot, lambda: app.session.book.find(live.run.id).summary.epochs)  # type: ignore[union-attr]
        await look(pilot, "3")
        await look(pilot, "q")
        await look(pilot, "escape")
        app.say(text)
        await look(pilot, "1")

    play(app, scenario, size)


@pytest.mark.parametrize("text", [ESCAPE, BRACKETS, BACKWARDS])
def test_a_runs_name_and_why_it_failed_are_shown_verbatim(text: str) -> None:
    run = finished_run(name=text, last=FAILED.model_copy(update={"reason": text}))
    app = lab_app()

    async def scenario(pilot: LabPilot) -> None:
        await press(pilot, "4 0")
        await until(pilot, lambda: clean(text)[:15] in screen_text(app))
        await press(pilot, "0 l")
        await until(pilot, lambda: f"failed: {clean(text)}" in screen_text(app))
        await press(pilot, "escape")
        assert app.session.book.runs[0].id == run.id

    play(app, scenario, NARROW)


def test_an_own_presets_title_is_shown_harmlessly_wherever_it_stands() -> None:
    own = paths.config() / "presets"
    own.mkdir(parents=True)
    text = presets.folder().joinpath("bn.toml").read_text()
    title = '"\\u001b[31m[red]x[/] [/] \\u202e"'
    text = text.replace(f'"{presets.find("bn").title}"', title)
    (own / "mine.toml").write_text(text)
    app = lab_app(preset="mine")

    async def scenario(pilot: LabPilot) -> None:
        for keys in ("1", "2", "p", "escape slash", "escape 2 w", "escape"):
            await press(pilot, keys)
            assert_harmless(app)
        assert app.session.draft.preset.name == "mine"

    play(app, scenario)
