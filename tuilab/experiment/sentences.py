"""What pydantic says of a wrong value, as one sentence a person can act on."""

import math
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from tuilab.errors import UsageError, listed, nearest
from tuilab.experiment.experiment import KINDS
from tuilab.terminal import clean

NOT_UTF8 = "its name is not UTF-8, and experiments are stored as UTF-8"
"""Why a path is refused that holds other bytes."""
PLAIN_NAME = ("rename it, or give a link to it whose name is UTF-8: ln -s OLD NEW",)
"""What helps there."""

_TAGS = frozenset(kind for kinds in KINDS.values() for kind in kinds)


def usage_error(error: ValidationError, model: type[BaseModel], where: str = "") -> UsageError:
    """Return the first problem of ``error`` as a UsageError: key, value, what is allowed, nearest name.

    Args:
        error: what validating ``model`` raised.
        model: the model that was validated.
        where: a prefix such as ``in presets/bn.toml: ``; already clean.
    """
    first = error.errors()[0]
    key_path = tuple(str(part) for part in _without_tags(first["loc"]) if not isinstance(part, int))
    key = clean(".".join(key_path), limit=120)
    value = clean(repr(first["input"]), limit=80)
    kind = first["type"]
    if kind == "string_unicode":
        return UsageError(clean(f"{where}{key} = {value} is not allowed: {NOT_UTF8}"), PLAIN_NAME)
    if kind == "extra_forbidden":
        names = _names_beside(model, first["loc"])
        parent = ".".join(key_path[:-1])
        allowed = ", ".join(names)
        place = parent or "the top level"
        text = f"there is no setting '{key}'; {place} has {allowed}{nearest(key_path[-1], names)}"
    elif kind == "missing":
        text = f"{key} is missing: {allowed_values(model, key_path)}"
    elif kind == "value_error":
        text = str(first.get("ctx", {})["error"])
        # a model's own validator names the setting itself: "pool = 9 ..."
        if not isinstance(first["input"], dict):
            text = f"{key} = {value} is not allowed: {text}"
        elif key:
            text = f"{key}.{text}"
    elif kind in {"union_tag_invalid", "union_tag_not_found"}:
        tag = first.get("ctx", {}).get("tag")
        names = _kinds(model, key_path)
        problem = "is missing" if tag is None else f"= '{clean(str(tag), limit=80)}' is not allowed"
        text = f"{key}.kind {problem}: it must be {listed(names, 'or')}{nearest(str(tag), names)}"
    else:
        hint = "" if kind == "tuple_type" else _nearest_literal(model, key_path, first["input"])
        finite = isinstance(first["input"], float) and not math.isfinite(first["input"])
        allowed = allowed_values(model, key_path)
        if finite:
            allowed = allowed.replace("a number", "a finite number", 1)
        text = f"{key} = {value} is not allowed: {allowed}{hint}"
    return UsageError(clean(where + text))


def _without_tags(loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Leave out the kinds that pydantic puts behind ``model`` and ``optimizer``; they are no keys."""
    return tuple(p for n, p in enumerate(loc) if not (n and loc[n - 1] in KINDS and p in _TAGS))


def _kinds(model: type[BaseModel], path: tuple[str, ...]) -> list[str]:
    field = _field(model, path)
    kinds = [m.model_fields["kind"].annotation for m in _models(field.annotation)] if field else []
    return [str(kind) for annotation in kinds for kind in _literal_values(annotation)]


def allowed_values(model: type[BaseModel], path: tuple[str, ...]) -> str:
    """Return what a setting may be, e.g. ``a number of at least 0 and below 1``."""
    field = _field(model, path)
    return "see tuilab presets show NAME for the settings" if field is None else _describe(field)


def _field(model: type[BaseModel], path: tuple[str, ...]) -> FieldInfo | None:
    candidates: list[type[BaseModel]] = [model]
    field: FieldInfo | None = None
    for name in path:
        found = [c.model_fields[name] for c in candidates if name in c.model_fields]
        if not found:
            return None
        field = found[0]
        candidates = [m for f in found for m in _models(f.annotation)]
    return field


def _names_beside(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Names of the settings that stand where ``loc`` looked for one."""
    candidates = [model]
    for n, part in enumerate(loc[:-1]):
        if n and loc[n - 1] in KINDS and part in _TAGS:
            candidates = [c for c in candidates if part in _literal_values(c.model_fields["kind"].annotation)]
        else:
            found = [c.model_fields[str(part)] for c in candidates if str(part) in c.model_fields]
            candidates = [m for f in found for m in _models(f.annotation)]
    return list(dict.fromkeys(name for c in candidates for name in c.model_fields))


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for argument in get_args(annotation) for m in _models(argument)]


def _literal_values(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(v for argument in get_args(annotation) for v in _literal_values(argument))


def _nearest_literal(model: type[BaseModel], path: tuple[str, ...], value: object) -> str:
    field = _field(model, path)
    names = _literal_values(field.annotation) if field else ()
    return nearest(value, names) if names and isinstance(value, str) else ""


def _describe(field: FieldInfo) -> str:
    names = _literal_values(field.annotation)
    base, metadata = _unwrap(field.annotation, list(field.metadata))
    if names and get_origin(base) is tuple:
        return f'it must be a list of {listed([str(name) for name in names], "and")}, such as ["{names[0]}"]'
    if names:
        return "it must be " + listed([str(name) for name in names], "or")
    noun = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}.get(base)
    if get_origin(base) is tuple:
        return "it must be a list of 1 to 5 whole numbers from 1 to 4,096, such as [32, 64, 128]"
    bounds: dict[str, str] = {}
    for item in metadata:
        for part in [item, *getattr(item, "metadata", [])]:
            if isinstance(part, annotated_types.Ge):
                bounds["least"] = f"{part.ge:,}"
            elif isinstance(part, annotated_types.Gt):
                bounds["above"] = f"above {part.gt}"
            elif isinstance(part, annotated_types.Lt):
                bounds["below"] = f"below {part.lt}"
            elif isinstance(part, annotated_types.Le):
                bounds["most"] = f"{part.le:,}"
            elif isinstance(part, annotated_types.MaxLen) and base is str:
                bounds["length"] = f"of 1 to {part.max_length:,} characters"
            elif pattern := getattr(part, "pattern", None):
                noun = _PATTERNS.get(pattern, f"text that matches {pattern}")
    unset = ", or none" if type(None) in get_args(field.annotation) else ""
    return f"it must be {noun or 'a table of settings'}{_within(bounds)}{unset}"


def _within(bounds: dict[str, str]) -> str:
    """Return the bounds of a setting behind its noun: `` from 1 to 5``, `` of at least 0 and below 1``."""
    least, most = bounds.pop("least", None), bounds.pop("most", None)
    match (least, most):
        case (None, None):
            found = []
        case (None, _):
            found = [f"of at most {most}"]
        case (_, None):
            found = [f"of at least {least}"]
        case _:
            found = [f"from {least} to {most}"]
    found += bounds.values()
    return f" {' and '.join(found)}" if found else ""


_PATTERNS = {
    r"^(auto|cpu|gpu:[0-9]{1,3})$": "auto, cpu or gpu:K, where K is the number of a GPU",
    r"^[a-z0-9][a-z0-9-]{0,63}$": "the name of a preset (lowercase letters, digits and hyphens)",
}


def _unwrap(annotation: Any, metadata: list[Any]) -> tuple[Any, list[Any]]:
    """Peel ``Annotated`` and ``| None`` off a type, gathering the constraints on the way."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _unwrap(inner, [*metadata, *more])
    if origin in (Union, UnionType):
        choices = [a for a in get_args(annotation) if a is not type(None)]
        return _unwrap(choices[0], metadata)
    return annotation, metadata
