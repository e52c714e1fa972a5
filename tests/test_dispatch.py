"""A dispatch on a kind is a ``match``: there pyright finds a kind that was forgotten, not in an ``else``."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from tuilab.experiment.experiment import CnnSpec, TransferSpec
from tuilab.experiment.optimizers import OPTIMIZERS
from tuilab.results.columns import SIGNS
from tuilab.runs.metrics import Measure
from tuilab.runs.state import State

PACKAGE = Path(__file__).parents[1] / "tuilab"
FILES = sorted(PACKAGE.rglob("*.py"))
KINDS = {kind.__name__ for kind in (CnnSpec, TransferSpec, *OPTIMIZERS, *get_args(Measure))}

NOT_OURS = {
    "image.mode": "Pillow's",
    "scheme": "of an address",
    "name": "of a setting, or of a pickle's instruction",
    "kind": "pydantic's kinds of errors",
    "token.lastgroup": "of a regular expression",
    "event.key": "Textual's",
    "device": "a text: auto, cpu or gpu:K",
    "row['weights']": "a text: a name or a path",
    "unit": "of a table of units",
    "section": "of an experiment",
    "sign": "of a filter",
}
"""What is compared with several texts and is none of our closed sets of kinds."""


def test_a_dispatch_on_a_kind_is_a_match() -> None:
    for path in FILES:
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(PACKAGE)
        asked = [f"{name}:{line} isinstance(..., {kind})" for line, kind in _asked_for_a_kind(tree)]
        assert not asked, "match the kind, or ask base_of or head_of"
        compared = {subject: texts for subject, texts in _compared(tree) if subject not in NOT_OURS}
        assert not compared, f"{name}: match it"


def test_every_state_has_a_sign() -> None:
    assert SIGNS.keys() == {*get_args(State)}


def _asked_for_a_kind(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
                yield from ((node.lineno, kind) for kind in sorted(KINDS & _names(kinds)))
            case _:
                pass


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _compared(tree: ast.Module) -> Iterator[tuple[str, list[str]]]:
    """Yield what one function compares with two texts or more, and the texts."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            texts: defaultdict[str, set[str]] = defaultdict(set)
            for node in ast.walk(function):
                if isinstance(node, ast.If | ast.IfExp):
                    for subject, text in _equalities(node.test):
                        texts[subject].add(text)
            yield from ((subject, sorted(found)) for subject, found in texts.items() if len(found) > 1)


def _equalities(test: ast.expr) -> Iterator[tuple[str, str]]:
    for node in ast.walk(test):
        match node:
            case ast.Compare(
                left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str(text))]
            ):
                yield ast.unparse(left), text
            case _:
                pass
