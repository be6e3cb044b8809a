"""Every import from Airflow that its public interface does not promise, in one place.

``tests/airflow/test_internals.py`` holds each to what we rely on, so that an upgrade breaks there
first.
"""

from __future__ import annotations

from typing import Any

__all__ = ["resolve_token", "upsert_hitl_detail"]


def upsert_hitl_detail(**detail: Any) -> None:
    """Open (or open again) the required action of this task instance; worker only."""
    from airflow.sdk.execution_time.hitl import upsert_hitl_detail as upsert

    upsert(**detail)


async def resolve_token(token: str) -> Any | None:
    """The user behind a token, or None when it is not good; API server only."""
    from airflow.api_fastapi.core_api.security import resolve_user_from_token
    from fastapi import HTTPException

    try:
        return await resolve_user_from_token(token)
    except HTTPException:
        return None
