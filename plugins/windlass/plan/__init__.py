"""A release worked out in full before any Airflow object exists."""

from __future__ import annotations

from windlass.plan.compiling import compile_plan
from windlass.plan.release_plan import PlannedTask, ReleasePlan

__all__ = ["PlannedTask", "ReleasePlan", "compile_plan"]
