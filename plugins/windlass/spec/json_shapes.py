"""What people may write shorter, told to JSON Schema, so that editors accept it too."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

from pydantic import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """A list, or one of its items."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(core_schema)
        return {"anyOf": [many, many.get("items", {})]}


@dataclass(frozen=True, slots=True)
class Named:
    """``- name: {…}``, ``- name``, or the whole thing with its name inside."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        whole = handler(core_schema)
        entry = {"additionalProperties": _nameless(whole, handler)}
        one = {"type": "object", "minProperties": 1, "maxProperties": 1, **entry}
        return {"anyOf": [whole, {"type": "string"}, one]}


@dataclass(frozen=True, slots=True)
class NamedEntries:
    """``{name: {…}, name: {…}}``, or a list of the whole things."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        many = handler(core_schema)
        settings = _nameless(many["items"], handler)
        entries = {"type": "object", "minProperties": 1, "additionalProperties": settings}
        return {"anyOf": [entries, many]}


@dataclass(frozen=True, slots=True)
class RoleOrSeat:
    """A seat, or only its role."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(core_schema)]}


@dataclass(frozen=True, slots=True)
class RolesOrCounts:
    """A list of seats, or role → how many."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        counts = {"type": "object", "additionalProperties": {"type": "integer"}}
        return {"anyOf": [handler(core_schema), counts]}


@dataclass(frozen=True, slots=True)
class OrSwitch:
    """A mapping of settings, each of which may be ``yes`` or ``no`` instead."""

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        mapping = handler(core_schema)
        settings = entry_of(mapping)
        choice = {"anyOf": [settings, {"type": ["boolean", "null"]}]}
        kept = {key: entry for key, entry in mapping.items() if key != "patternProperties"}
        return {**kept, "additionalProperties": choice}


def entry_of(mapping: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of a mapping's values, whether its keys have a pattern or not."""
    patterns: dict[str, JsonSchemaValue] = mapping.get("patternProperties", {})
    found: JsonSchemaValue = next(iter(patterns.values()), mapping.get("additionalProperties", {}))
    return found


def _nameless(whole: JsonSchemaValue, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
    """The schema of what stands after the name."""
    found = deepcopy(handler.resolve_ref_schema(whole))
    found.get("properties", {}).pop("name", None)
    found["required"] = [key for key in found.get("required", []) if key != "name"]
    found["type"] = ["object", "null"]
    return found
