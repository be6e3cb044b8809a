"""The metadata that ``airflow providers list`` reads."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

from jsonschema import validate

from windlass.get_provider_info import get_provider_info


def test_provider_info_fits_airflows_schema() -> None:
    """The schema lies in Airflow's package; it is read as a file, Airflow is not imported."""
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    schema = json.loads((Path(spec.origin).parent / "provider_info.schema.json").read_text())
    validate(get_provider_info(), schema)


def test_provider_info_names_the_distribution() -> None:
    info = get_provider_info()
    assert info["package-name"] == "windlass"
    assert "plugins" not in info
