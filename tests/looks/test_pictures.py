"""Images on cells: every pixel has its half-block, and without colour light stays light."""

import numpy as np

from tuilab.looks.pictures import Span, in_half_blocks, in_shades, side_by_side


def test_two_rows_of_pixels_share_a_line() -> None:
    image = np.arange(4 * 2 * 3, dtype=np.uint8).reshape(4, 2, 3)
    lines = in_half_blocks(image)
    assert lines == [
        (Span("▀", (0, 1, 2), (6, 7, 8)), Span("▀", (3, 4, 5), (9, 10, 11))),
        (Span("▀", (12, 13, 14), (18, 19, 20)), Span("▀", (15, 16, 17), (21, 22, 23))),
    ]


def test_an_odd_row_has_black_below() -> None:
    (line,) = in_half_blocks(np.full((1, 1, 3), 9, np.uint8))
    assert line == (Span("▀", (9, 9, 9), (0, 0, 0)),)


def test_shades_go_from_dark_to_light_in_ascii() -> None:
    image = np.repeat(np.linspace(0, 255, 10).astype(np.uint8)[None, :, None], 2, axis=0).repeat(3, axis=2)
    ((span,),) = in_shades(image)
    assert span.text == " .:-=+*#%@" and span.ink is None


def test_an_image_of_one_grey_is_drawn_all_the_same() -> None:
    assert {span.text for (span,) in in_shades(np.full((4, 3, 3), 7, np.uint8))} == {"+++"}


def test_as_many_stand_beside_each_other_as_there_is_room_for() -> None:
    images = [np.zeros((4, 4, 3), np.uint8)] * 3
    captions = [("cat", "dog, sure"), ("a", "b"), ("c", "d")]
    lines = side_by_side(images, captions, 10, color=True)
    widths = [sum(len(span.text) for span in line) for line in lines]
    assert widths == [10, 10, 10, 10, 0, 4, 4, 4, 4], "two, their captions, a blank line, the third"
    assert "".join(span.text for span in lines[3]) == "dog,  b   "
    assert len(side_by_side(images, captions, 1, color=False)) == 3 * 4 + 2, "never fewer than one"
    assert side_by_side([], [], 80, color=True) == []
