"""Themes: every colour in each, all of it readable, and a person's own beside them."""

from pathlib import Path

import pytest
from harness import LabPilot, lab_app, play
from textual.color import Color
from textual.theme import Theme

from tuilab.tui.themes import ANSI, CURVES, DARK, LIGHT, THEMES, own_themes

QUIET = {"frozen", "panel"}
"""Colours of what is not to be read first: they need less contrast."""
GROUND = ("primary", "secondary", "warning", "error", "success", "accent", "foreground")


def luminance(color: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    shares = [value / 255 for value in Color.parse(color).rgb]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio as WCAG 2.1 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def write(folder: Path, name: str, text: str | bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def test_the_ratio_is_wcags() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_every_theme_has_every_colour(theme: Theme) -> None:
    assert set(CURVES) <= set(theme.variables)
    assert all(getattr(theme, name) for name in (*GROUND, "background", "surface", "panel"))


@pytest.mark.parametrize("theme", [t for t in THEMES if not t.ansi], ids=lambda theme: theme.name)
@pytest.mark.parametrize("ground", ["background", "surface"])
def test_every_colour_can_be_read_on_its_ground(theme: Theme, ground: str) -> None:
    behind = getattr(theme, ground)
    colors = {name: getattr(theme, name) for name in GROUND}
    if ground == "background":  # plots and layers stand on nothing else
        colors |= {name: theme.variables[name] for name in CURVES}
    wanted = {name: 3.0 if name in QUIET else 4.5 for name in colors}
    short = {
        name: round(contrast(color, behind), 2)
        for name, color in colors.items()
        if contrast(color, behind) < wanted[name]
    }
    assert not short


@pytest.mark.parametrize("theme", [t for t in THEMES if not t.ansi], ids=lambda theme: theme.name)
def test_text_under_a_cursor_can_be_read(theme: Theme) -> None:
    variables = theme.variables
    behind, text = variables["block-cursor-background"], variables["block-cursor-foreground"]
    assert contrast(text, behind) >= 4.5
    assert contrast(str(theme.foreground), str(theme.panel)) >= 4.5 or theme.name == "tuilab-contrast"


def test_the_ansi_theme_leaves_the_colours_to_the_terminal() -> None:
    assert ANSI.ansi
    assert all(str(getattr(ANSI, name)).startswith("ansi_") for name in (*GROUND, "background", "panel"))


def test_an_own_theme_takes_the_rest_from_the_one_it_is_based_on(tmp_path: Path) -> None:
    write(tmp_path, "dawn.toml", 'based_on = "tuilab-light"\ncurve-train = "#ff8800"\nprimary = "navy"\n')
    [theme], problems = own_themes(tmp_path)
    assert not problems
    assert (theme.name, theme.dark, theme.background) == ("dawn", False, LIGHT.background)
    assert theme.variables["curve-train"] == "#ff8800"
    assert theme.primary == "navy"
    assert theme.variables["curve-val"] == LIGHT.variables["curve-val"]
    assert theme.variables["border"] == "navy", "what follows from a colour follows"


def test_an_own_theme_is_based_on_the_dark_one_where_it_does_not_say(tmp_path: Path) -> None:
    write(tmp_path, "mine.toml", "")
    [theme], _ = own_themes(tmp_path)
    assert theme.background == DARK.background


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.toml", "primary = ", "theme a.toml cannot be read: "),
        ("a.toml", b"\xff\xfe", "theme a.toml cannot be read: "),
        ("a.toml", "x = " + "[" * 3000, "theme a.toml cannot be read: "),
        ("a.toml", "x = " + "9" * 6000, "theme a.toml cannot be read: "),
        ("a.toml", 'based_on = "night"', "theme a.toml: based_on is not allowed: it must be tuilab-dark or "),
        (
            "a.toml",
            'primery = "red"',
            "theme a.toml: there is no colour 'primery'; the colours are primary, ",
        ),
        (
            "a.toml",
            'primary = "rad"',
            "theme a.toml: primary = 'rad' is not a colour; write it like \"#6cb6ff\"",
        ),
        ("a.toml", "primary = 7", 'theme a.toml: primary = 7 is not a colour; write it like "#6cb6ff"'),
        ("a.toml", "[primary]\nx = 1", "theme a.toml: primary = {'x': 1} is not a colour"),
        ("My Theme.toml", "", "theme My Theme.toml is ignored: a theme's name is 1 to 41 lowercase letters"),
        ("a\x1b[31m.toml", "", "theme a\\e[31m.toml is ignored"),
        ("tuilab-dark.toml", "", "theme tuilab-dark.toml is ignored: tuilab has a theme of this name"),
    ],
)
def test_a_broken_theme_is_left_out_and_said_in_a_sentence(
    tmp_path: Path, name: str, text: str | bytes, sentence: str
) -> None:
    write(tmp_path, name, text)
    write(tmp_path, "good.toml", "")
    themes, problems = own_themes(tmp_path)
    assert [theme.name for theme in themes] == ["good"]
    assert len(problems) == 1
    assert problems[0].startswith(sentence)
    assert problems[0].isprintable()


def test_a_folder_in_place_of_a_theme_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.toml").mkdir()
    themes, problems = own_themes(tmp_path)
    assert not themes
    assert problems[0].startswith("theme a.toml cannot be read: ")


def test_without_a_folder_there_are_no_own_themes(tmp_path: Path) -> None:
    assert own_themes(tmp_path / "none") == ((), ())


def test_an_own_theme_can_be_chosen_and_colours_the_app(tmp_path: Path) -> None:
    write(tmp_path, "dawn.toml", 'background = "#102030"\n')
    themes, _ = own_themes(tmp_path)
    app = lab_app(own_themes=themes, theme="dawn")

    async def scenario(pilot: LabPilot) -> None:
        assert app.theme == "dawn"
        assert app.lab_screen.styles.background.hex == "#102030"
        app.action_next_theme()
        assert app.theme == THEMES[0].name
        for _ in THEMES:
            app.action_next_theme()
        assert app.theme == "dawn"

    play(app, scenario)


def test_a_theme_that_is_not_there_is_said_and_the_first_is_taken() -> None:
    app = lab_app(theme="no\x1bsuch")
    assert app.theme == THEMES[0].name
    assert app._messages == (
        "there is no theme 'no\\esuch'; "
        "the themes are tuilab-dark, tuilab-light, tuilab-contrast, tuilab-ansi",
    )
