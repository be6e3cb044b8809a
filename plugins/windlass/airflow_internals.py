"""Every import from Airflow that its public interface does not promise, in one place.

``tests/airflow/test_internals.py`` holds each to what we rely on, so that an upgrade breaks there
first.
"""

from __future__ import annotations

from airflow.sdk.exceptions import TaskDeferred
from airflow.sdk.execution_time.hitl import upsert_hitl_detail

__all__ = ["TaskDeferred", "upsert_hitl_detail"]
