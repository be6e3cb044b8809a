"""An Airflow of its own to measure in: a folder of its own, no examples, no plugins, quiet."""

from __future__ import annotations

import os
from pathlib import Path


def environment(home: Path) -> dict[str, str]:
    """The variables of a process that measures; nothing of this shell's Airflow is in it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AIRFLOW")}
    return {
        **kept,
        "AIRFLOW_HOME": str(home),
        # A file with hundreds of DAGs takes longer than Airflow gives it; here that is a figure.
        "AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT": "900",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "PYTHONHASHSEED": "0",
    }
