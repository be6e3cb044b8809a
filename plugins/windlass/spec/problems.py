"""pydantic's errors as lines that people can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from windlass.spec.locate import locate
from windlass.spec.source import Mark, Node, Path_
from windlass.spec.suggest import allowed, did_you_mean

SLUG_HELP = "lower-case letters, digits, - and _, at most 40, starting with a letter or digit"


def problems_of(
    error: ValidationError, model: type[BaseModel], node: Node, below: Path_ = ()
) -> list[str]:
    """One line per error, each with the file and line it was written in.

    Args:
        error: what validating ``node`` as ``model`` raised.
        model: says which keys would have been right.
        node: the tree that was validated.
        below: the place of ``model`` inside ``node``.
    """
    return [line_of(details, model, node, below) for details in error.errors(include_url=False)]


def line_of(details: ErrorDetails, model: type[BaseModel], node: Node, below: Path_ = ()) -> str:
    """One error as ``file:line: path: what``."""
    mark: Mark = locate(node, (*below, *details["loc"]))
    return mark.problem(_what(details, model))


def _what(details: ErrorDetails, model: type[BaseModel]) -> str:
    kind, message, ctx = details["type"], details["msg"], details.get("ctx", {})
    shown = _shown(details["input"])
    if kind == "missing":
        return f"is missing{_meaning(model, details['loc'])}"
    if kind == "extra_forbidden":
        known = keys_at(model, details["loc"][:-1])
        word = str(details["loc"][-1])
        return f"unknown key{allowed(known)}{did_you_mean(word, known)}"
    if kind in ("value_error", "assertion_error"):
        return message.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind in ("literal_error", "enum"):
        known = [
            part.strip().strip("'") for part in ctx["expected"].replace(" or ", ",").split(",")
        ]
        return f"{shown} is not known{allowed(known)}{did_you_mean(str(details['input']), known)}"
    if kind == "string_pattern_mismatch" and ctx["pattern"].startswith("^[a-z0-9]"):
        return f"{shown} is not a name; allowed: {SLUG_HELP}"
    return f"{shown} is wrong: {message.replace('Input should be', 'it must be')}"


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"


def _meaning(model: type[BaseModel], loc: Sequence[str | int]) -> str:
    parent = model_at(model, loc[:-1])
    for name, field in parent.model_fields.items() if parent else ():
        if loc[-1] in (name, field.alias) and field.description:
            return f": {field.description.split('. ')[0].rstrip('.')}"
    return ""


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that may be written at ``loc``."""
    found = model_at(model, loc)
    if found is None:
        return []
    return [field.alias or name for name, field in found.model_fields.items()]


def model_at(annotation: Any, loc: Sequence[str | int]) -> type[BaseModel] | None:
    """The model that describes the place ``loc``, or ``None`` where there is none."""
    annotation = _bare(annotation)
    if not loc:
        return annotation if _is_model(annotation) else None
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if loc[0] in (name, field.alias):
                return model_at(field.annotation, loc[1:])
        return None
    inner = [arg for arg in get_args(annotation) if arg is not Ellipsis]
    return model_at(inner[-1], loc[1:]) if inner else None


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _bare(annotation: Any) -> Any:
    """Without ``Annotated[…]`` and ``… | None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        parts = [arg for arg in get_args(annotation) if arg is not type(None)]
        return _bare(parts[0]) if len(parts) == 1 else annotation
    return annotation
