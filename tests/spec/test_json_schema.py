"""The schemas that editors use are fresh, complete, and agree with the loader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from windlass.spec.json_schema import file_text, schemas
from windlass.spec.source import read_yaml
from windlass.spec.vendors import PORTS

INCLUDE = Path(__file__).resolve().parents[2] / "include"
SCHEMAS = schemas()


@pytest.mark.parametrize("kind", sorted(SCHEMAS))
def test_the_schema_in_the_repository_is_the_one_of_the_code(kind: str) -> None:
    """Fix: PYTHONPATH=plugins python -m windlass.spec.json_schema include/schema"""
    written = (INCLUDE / "schema" / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert written == file_text(SCHEMAS[kind])
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])


@pytest.mark.parametrize(
    "name, kind",
    [
        ("company.yaml", "company"),
        ("teams.yaml", "teams"),
        ("calendars/company.yaml", "calendar"),
        ("products/storefront.yaml", "product"),
    ],
)
def test_the_files_of_the_repository_fit_their_schemas(name: str, kind: str) -> None:
    tree, problems = read_yaml(INCLUDE / name, name)
    assert tree is not None
    assert not problems
    validator = jsonschema.Draft202012Validator(SCHEMAS[kind])
    assert [error.message for error in validator.iter_errors(tree.plain())] == []


@pytest.mark.parametrize(
    "written",
    [
        {"product": "shop"},
        {"product": "shop", "environments": []},
        {"product": "shop", "environments": ["production"], "colour": "red"},
        {"product": "shop", "environments": ["production"], "vendors": {"metrics": {"datdog": {}}}},
        {"product": "shop", "environments": ["production"], "tell": "everything"},
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(written: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(SCHEMAS["product"])
    assert not validator.is_valid(written)


def test_every_setting_says_what_it_is_for() -> None:
    models = [model for vendors in PORTS.values() for model in vendors.values()]
    silent = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description
    ]
    definitions = {**SCHEMAS["product"]["$defs"], "Product": SCHEMAS["product"]}
    silent += [
        f"{name}.{key}"
        for name, definition in definitions.items()
        for key, entry in definition.get("properties", {}).items()
        if "description" not in entry and key != "minutes"
    ]
    assert silent == []
