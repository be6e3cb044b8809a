"""Where the release pages are found in Airflow: its navigation, and a tab of every run."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf

from windlass.board.prefix import PREFIX


def entries() -> list[dict[str, Any]]:
    """The entries as Airflow takes them; addresses are below Airflow's own path, if it has one."""
    base = urlsplit(conf.get("api", "base_url", fallback="") or "").path.rstrip("/")
    here = f"{base}{PREFIX}"
    return [
        {
            "name": "Releases",
            "href": f"{here}/",
            "destination": "nav",
            "url_route": "releases",
            "nav_top_level": True,
        },
        {
            "name": "Release",
            "href": f"{here}/release?id={{DAG_ID}}%2F{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "release",
        },
    ]
