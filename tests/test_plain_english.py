"""What a person reads in the lab is in a native reader's English: words that were once wrong stay out."""

import re
import tomllib
from importlib import resources

from tuilab import presets
from tuilab.lessons.index import ours
from tuilab.runs.coach import our_rules
from tuilab.spec import experiment
from tuilab.spec.descriptions import descriptions
from tuilab.spec.experiment import Part
from tuilab.tui.bindings import keys

FOREIGN = re.compile(
    r"(?<!standard )\bdeviation"
    r"|\b(?:steps|numbers|seconds|images?|parameters) an? (?:epoch|step|channel|second)\b"
    r"|\b(?:remedy|remedies|mended|anew|very dear|spread otherwise|no mistake|is to be called)\b",
    re.IGNORECASE,
)


def sentences() -> dict[str, str]:
    """The texts that are data, by what they belong to."""
    found: dict[str, str] = {}
    for lesson in ours():
        asked = [text for q in lesson.questions for text in (q.ask, q.answer, *q.choices)]
        tried = [text for t in lesson.tries for text in (t.label, t.watch)]
        found[f"lesson {lesson.slug}"] = " ".join([lesson.title, lesson.summary, lesson.body, *asked, *tried])
    for preset in presets.load_all():
        if not preset.own:
            found[f"preset {preset.name}"] = f"{preset.title} {preset.teaches}"
    for rule in our_rules():
        found[f"coach {rule.name}"] = f"{rule.say} {rule.advice}"
    for key in keys():
        found[f"key {key.id}"] = f"{key.label} {key.tip}"
    for part in vars(experiment).values():
        if isinstance(part, type) and issubclass(part, Part):
            for name, text in descriptions(part).items():
                found[f"setting {part.__name__}.{name}"] = text
    help_texts = tomllib.loads((resources.files("tuilab.tui") / "help.toml").read_text(encoding="utf-8"))
    return {**found, **{f"help {name}": " ".join(table.values()) for name, table in help_texts.items()}}


def test_no_word_that_a_native_reader_stumbles_on() -> None:
    found = {where: FOREIGN.findall(" ".join(text.split())) for where, text in sentences().items()}
    assert len(found) > 200
    assert {where: words for where, words in found.items() if words} == {}
