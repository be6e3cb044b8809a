"""JSON Schemas of what is in ``include/``: ``python -m windlass.spec.json_schema`` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from windlass.spec.calendar import Calendar
from windlass.spec.company import Company
from windlass.spec.people import Teams
from windlass.spec.product import ProductFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, dict[str, Any]]:
    """Kind of file → its JSON Schema."""
    product = ProductFile.model_json_schema(by_alias=True)
    found = {
        "product": product,
        "company": _with_defaults(Company.model_json_schema(by_alias=True), product),
        "teams": Teams.model_json_schema(by_alias=True),
        "calendar": Calendar.model_json_schema(by_alias=True),
    }
    return {kind: {"$schema": DIALECT, **schema} for kind, schema in found.items()}


def _with_defaults(company: dict[str, Any], product: dict[str, Any]) -> dict[str, Any]:
    """Company defaults hold anything that a product may hold, and need nothing."""
    partial = {key: entry for key, entry in product.items() if key not in ("$defs", "required")}
    company["$defs"] = {**company.get("$defs", {}), **product["$defs"], "PartialProduct": partial}
    part = {"$ref": "#/$defs/PartialProduct"}
    company["properties"]["defaults"] = part
    company["properties"]["named"] = {"type": "object", "additionalProperties": part}
    return company


def file_text(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> list[Path]:
    """Write ``<kind>.schema.json`` for each kind; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, schema in schemas().items():
        path = folder / f"{kind}.schema.json"
        path.write_text(file_text(schema), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "include/schema"))
