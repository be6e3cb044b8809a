"""What ``airflow providers list`` shows about Windlass."""

from __future__ import annotations

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata, in the shape of Airflow's ``provider_info`` schema.

    The plugin is not named here: the ``airflow.plugins`` entry point (or the shim of a mounted
    folder) registers it, and naming it twice is an import error in Airflow's eyes.
    """
    return {
        "package-name": "windlass",
        "name": "Windlass",
        "description": "Release windows: plan, validate, roll out, watch and undo releases.",
        "integrations": [{"integration-name": "Windlass", "tags": ["software"]}],
    }
