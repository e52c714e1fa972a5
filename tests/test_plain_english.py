"""What a person reads in the lab is in a native reader's English: words that were once wrong stay out."""

import ast
import re
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import tuilab
from tuilab import presets
from tuilab.advice.coach import our_rules
from tuilab.experiment import experiment, optimizers
from tuilab.experiment.experiment import Part
from tuilab.lessons.index import ours
from tuilab.tui.bindings import keys

FOREIGN = re.compile(
    r"(?<!standard )\bdeviation"
    r"|\b(?:steps|numbers|seconds|images?|parameters) an? (?:epoch|step|channel|second)\b"
    r"|\b(?:remedy|remedies|mended|mends|anew|very dear|spread otherwise|no mistake|is to be called(?=.))\b"
    r"|(?:[:;] |^)allowed:? (?:is|are)\b|\bat the (?:least|most)\b|\bthe whole of it is\b"
    r"|\bsmall letters\b|\bof a form\b|\bhas not the\b|\bthe last it\b|\bwritten down\b|\blast words?\b"
    r"|\bother \w+ than\b.*\b(?:holds|has) now\b|\bjournal tells? of\b|\bheard from\b|\bstands in for them\b"
    r"|\bis (?:none of|another:)|\btakes? that away\b|\btake it away\b|\bleads? nowhere\b"
    r"|\bdesk\b|\blearnt\b|\bby heart\b|\bfor its turn\b|\bfor their turn\b|\b(?:laid|lay) (?:it )?over\b"
    r"|\bwould take$|\bwas asked for$|\bsays more;|\btrainings on\b|\ball the same\b",
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
    for part in (*vars(experiment).values(), *vars(optimizers).values()):
        if isinstance(part, type) and issubclass(part, Part):
            for name, field in part.model_fields.items():
                found[f"setting {part.__name__}.{name}"] = field.description or ""
    help_texts = tomllib.loads((resources.files("tuilab.tui") / "help.toml").read_text(encoding="utf-8"))
    return {**found, **{f"help {name}": " ".join(table.values()) for name, table in help_texts.items()}}


def texts_of(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of every string with words in it, docstrings left out."""
    tree = ast.parse(source)
    inside: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            inside.add(id(node.value))
        elif isinstance(node, ast.JoinedStr):
            inside |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        if id(node) in inside:
            continue
        text = ""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        elif isinstance(node, ast.JoinedStr):
            text = "".join(str(p.value) if isinstance(p, ast.Constant) else "X" for p in node.values)
        if " " in text.strip():
            yield getattr(node, "lineno", 0), text


def in_the_package() -> dict[str, str]:
    """What the package's modules say: errors, labels, notes, the commands' help."""
    root = Path(tuilab.__file__).parent
    return {
        f"{path.relative_to(root)}:{line}": text
        for path in sorted(root.rglob("*.py"))
        for line, text in texts_of(path.read_text(encoding="utf-8"))
    }


def test_no_word_that_a_native_reader_stumbles_on() -> None:
    data, modules = sentences(), in_the_package()
    assert len(data) > 200 and len(modules) > 1200
    found = {where: FOREIGN.findall(" ".join(text.split())) for where, text in {**data, **modules}.items()}
    assert {where: words for where, words in found.items() if words} == {}


def test_a_text_is_found_whole_and_a_docstring_is_not() -> None:
    source = (
        '"""Of the module."""\nx = 1\nsay(f"{x} is " "not allowed: "\n    f"it must be {x}", "one_word")\n'
    )
    assert list(texts_of(source)) == [(3, "X is not allowed: it must be X")]
