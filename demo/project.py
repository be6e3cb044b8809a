"""The demo's own copy of the project: the same DAGs and YAML, with every path in one folder."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import yaml

from demo.home import Home

ROOT = Path(__file__).resolve().parents[1]


def write_project(home: Home) -> Path:
    """Copy ``dags/`` and ``include/`` below ``home``; ``.demo/`` in them becomes that folder.

    The copy has no freezes and no holidays: a demo at New Year does not wait for January.
    """
    project = home.root / "project"
    shutil.copytree(ROOT / "dags", project / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "include", project / "include")
    for path in project.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(".demo/", f"{home.root}/"), encoding="utf-8")
    open_every_day(project / "include")
    return project


def open_every_day(include: Path) -> None:
    """Take freezes and holidays out of every calendar of a copied project."""
    for path in (include / "calendars").glob("*.yaml"):
        calendar = yaml.safe_load(path.read_text(encoding="utf-8"))
        kept = {name: calendar[name] for name in calendar if name not in ("freezes", "holidays")}
        path.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def connections(home: Home) -> dict[str, str]:
    """Airflow's connections to where users reach the shop, as environment variables."""
    places = home.read_registry()["places"]
    return {
        f"AIRFLOW_CONN_STOREFRONT_{name.upper().replace('-', '_')}": json.dumps(
            {"conn_type": "http", "host": place["router_url"]}
        )
        for name, place in places.items()
    }


def use(variables: dict[str, str]) -> None:
    """Make the variables those of this process and of what it starts."""
    os.environ.update(variables)
