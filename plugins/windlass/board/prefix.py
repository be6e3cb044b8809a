"""Where Airflow mounts the release pages."""

from __future__ import annotations

PREFIX = "/releases"
