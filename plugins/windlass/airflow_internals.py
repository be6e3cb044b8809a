"""Every import from Airflow that its public interface does not promise, in one place.

``tests/airflow/test_internals.py`` holds each to what we rely on, so that an upgrade breaks there
first.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

__all__ = ["logged_in", "may_change", "may_see", "resolve_token", "upsert_hitl_detail"]


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


def logged_in() -> Any:
    """FastAPI's dependency that gives the logged-in user and answers 401 when nobody is."""
    from airflow.api_fastapi.core_api.security import get_user

    return get_user


def may_see(user: Any, dag_ids: Collection[str]) -> set[str]:
    """Those of ``dag_ids`` that ``user`` may read; API server only."""
    from airflow.api_fastapi.app import get_auth_manager

    return set(get_auth_manager().filter_authorized_dag_ids(dag_ids=set(dag_ids), user=user))


def may_change(user: Any, dag_id: str) -> bool:
    """Whether ``user`` may change runs of ``dag_id`` and answer what they ask; API server only."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        DagAccessEntity,
        DagDetails,
    )

    return bool(
        get_auth_manager().is_authorized_dag(
            method="PUT",
            access_entity=DagAccessEntity.HITL_DETAIL,
            details=DagDetails(id=dag_id),
            user=user,
        )
    )
