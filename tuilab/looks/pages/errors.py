"""The look ``errors``: the images that the network is surest of and wrong about, or those of one cell."""

from tuilab.looks.confusion import surest_errors
from tuilab.looks.page import Asked, Gallery, LookedAt, Page, Picture
from tuilab.looks.wording import count, percent
from tuilab.results.document import Head, Table


def page(looked: LookedAt, asked: Asked) -> Page:
    """Return the page; raises MissingError where nothing is recorded, or a class is unknown."""
    answers, classes = looked.test, looked.classes
    is_a = looked.label_of(asked.is_a) if asked.is_a is not None else None
    taken_for = looked.label_of(asked.taken_for) if asked.taken_for is not None else None
    places = surest_errors(answers, is_a=is_a, taken_for=taken_for)
    shown = places[: asked.pictures]
    what = _what(classes, is_a, taken_for)
    pictures, cells = [], []
    for place in shown:
        label, said = int(answers.labels[place]), int(answers.said[place])
        sure, given = float(answers.probabilities[place, said]), float(answers.probabilities[place, label])
        pictures.append(
            Picture(int(place), (f"is: {classes[label]}", f"said: {classes[said]}, {percent(sure)}"))
        )
        cells.append((str(place), classes[label], classes[said], f"{sure:.4f}", f"{given:.4f}"))
    heads = [
        Head("image", number=True),
        Head("is a"),
        Head("taken for"),
        Head("sure", number=True),
        Head("its own class", number=True),
    ]
    first = f"{count(len(places), 'test image')} {'is' if len(places) == 1 else 'are'} {what}."
    if len(places) > len(shown):
        first += f" These are the {len(shown)} of which the network is surest."
    return Page(
        f"{looked.name}: what it is surest of and wrong about",
        (first,),
        (Table("probabilities", heads, cells),) if cells else (),
        (Gallery(what, "test", tuple(pictures)),) if pictures else (),
        (
            "Images are counted from 0, in the order of the data set.",
            "A label may be wrong as well: look at the picture before you blame the network.",
        ),
        {
            "found": len(places),
            "images": [
                {
                    "image": int(place),
                    "is_a": classes[int(answers.labels[place])],
                    "taken_for": classes[int(answers.said[place])],
                    "probabilities": [float(p) for p in answers.probabilities[place]],
                }
                for place in shown
            ],
        },
    )


def _what(classes: tuple[str, ...], is_a: int | None, taken_for: int | None) -> str:
    if is_a is not None and is_a == taken_for:
        return f"of {classes[is_a]} and taken for it"
    own = f"of {classes[is_a]}" if is_a is not None else ""
    if taken_for is None:
        return f"{own} and taken for another class" if own else "taken for another class"
    return f"{own} and taken for {classes[taken_for]}" if own else f"taken for {classes[taken_for]}, wrongly"
