"""What the settings of an experiment are, in the words below their fields.

``{base}`` in them stands for the title of the base that an experiment stands on. Read from the source when
somebody asks: to have it done at every import took a tenth of a command's start.
"""

import ast
import inspect
from functools import cache
from itertools import pairwise
from textwrap import dedent

from tuilab.experiment.experiment import Part


@cache
def descriptions(part: type[Part]) -> dict[str, str]:
    """Return the description of each field of a part."""
    (tree,) = ast.parse(dedent(inspect.getsource(part))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for field, below in pairwise(tree.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str() as text)),
            ) if name in part.model_fields:
                found[name] = inspect.cleandoc(text)
            case _:
                pass  # methods, and what is no setting
    return found
