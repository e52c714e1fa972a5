"""Pictures for the README look the same in every viewer."""

import re

from portable_svg import CELL, LINE, portable

TEXT = (
    '<text class="terminal-1-r2" x="122" y="44.4" textLength="85.4" '
    'clip-path="url(#terminal-1-line-1)">{}</text>'
)


def test_braille_becomes_dots_in_its_cells_and_words_stay_where_they_stood() -> None:
    svg = portable(TEXT.format("&#160;&#160;a\u28ff\u2840&amp;b"), "curves")
    assert re.findall(r'x="([\d.]+)" y="44.4" textLength="([\d.]+)" [^>]*>([^<]*)<', svg) == [
        ("146.4", "12.2", "a"),
        ("183", "24.4", "&amp;b"),
    ]
    assert svg.count('class="curves-r2"') == 3 and svg.count("url(#curves-line-1)") == 3
    dots = [(float(x), float(y)) for x, y in re.findall(r"M([\d.]+) ([\d.]+)h", svg)]
    left, top = 122 + 3 * CELL, 44.4 - 18.5
    full, one = dots[:8], dots[8:]
    assert len(set(full)) == 8
    assert all(left < x < left + CELL and top < y < top + LINE for x, y in full)
    assert one == [(full[0][0] + CELL, full[6][1])], "dot 7 is the left one of the lowest row"


def test_a_text_without_braille_keeps_its_place_and_its_spaces() -> None:
    assert portable(TEXT.format("two&#160;words"), "x") == (
        '<text class="x-r2" x="122" y="44.4" textLength="109.8" '
        'clip-path="url(#x-line-1)">two&#160;words</text>'
    )
    assert "&#160;</text>" in portable(TEXT.format("&#160;"), "x"), "it may have a colour behind it"
