"""Airflow's REST API, for what a worker cannot do: start, clear and look at runs.

Connection ``windlass_airflow``: host is Airflow's address, login and password those of a user who
may trigger and clear (role Op). ``windlass doctor`` checks it. Without the connection, releases
run, but nothing can be started or cleared by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from windlass.adapters import http_client
from windlass.errors import RefusedByVendor, VendorUnavailable
from windlass.ports.connection import ConnectionInfo
from windlass.ports.effect import Idempotency, changes_the_world

CONNECTION = "windlass_airflow"
TIMEOUT = 15.0
#: Release types that somebody starts because something is wrong.
WAYS_BACK = ("rollback", "emergency")
#: Rows asked for at once.
PAGE = 100


class AirflowApi:
    """One Airflow. A token is fetched when the first call needs it, and again when it expires."""

    def __init__(
        self, connection: ConnectionInfo, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._connection, self._transport = connection, transport
        self._token = ""

    async def has(self, dag_id: str, run_id: str) -> bool:
        """Whether there is such a run, whatever its state."""
        return await self.run_state(dag_id, run_id) is not None

    async def run_state(self, dag_id: str, run_id: str) -> str | None:
        """queued, running, success or failed; None when there is no such run."""
        reply = await self._call("GET", _run(dag_id, run_id), missing_is_none=True)
        return str(reply["state"]) if reply is not None else None

    async def is_paused(self, dag_id: str) -> bool | None:
        """Whether the DAG is paused; None when it is gone or stale: nothing of it will start."""
        reply = await self._call("GET", f"/api/v2/dags/{quote(dag_id)}", missing_is_none=True)
        if reply is None or reply.get("is_stale"):
            return None
        return bool(reply["is_paused"])

    async def paused_ways_back(self) -> tuple[str, ...]:
        """Paused DAGs of rollbacks and emergencies, by name: their runs stay queued, unnoticed."""
        dags = await self._all("/api/v2/dags?tags=windlass&paused=true&order_by=dag_id", "dags")
        names = (str(dag["dag_id"]) for dag in dags)
        return tuple(name for name in names if name.rpartition(".")[2] in WAYS_BACK)

    async def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """State by task id."""
        path = f"{_run(dag_id, run_id)}/taskInstances?limit=1000"
        reply = await self._call("GET", path, missing_is_none=True)
        found = (reply or {}).get("task_instances", ())
        return {str(ti["task_id"]): ti["state"] for ti in found}

    async def audit_log(
        self, dag_id: str, run_id: str | None, events: Sequence[str], since: datetime
    ) -> list[Mapping[str, Any]]:
        """Every row of these events after ``since``, oldest first; needs leave to read the log.

        Args:
            dag_id: as the request had it in its path; ``~`` where that named several DAGs.
            run_id: only rows about this run; None is every row of the DAG.
        """
        names = "".join(f"&included_events={quote(name)}" for name in events)
        run = "" if run_id is None else f"&run_id={quote(run_id, safe='')}"
        about = f"dag_id={quote(dag_id)}{run}{names}&after={quote(since.isoformat())}"
        return await self._all(f"/api/v2/eventLogs?{about}&order_by=event_log_id", "event_logs")

    @changes_the_world(Idempotency.NATURAL_KEY)
    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """Start the run; ``conf`` is what a person would fill into the DAG's form."""
        path = f"/api/v2/dags/{quote(dag_id)}/dagRuns"
        body = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        await self._call("POST", path, body, already_is_fine=True)

    @changes_the_world(Idempotency.STATE)
    async def clear(self, dag_id: str, run_id: str, tasks: tuple[str, ...]) -> None:
        """Clear these tasks, and only these, so that they run again."""
        path = f"/api/v2/dags/{quote(dag_id)}/clearTaskInstances"
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": list(tasks),
            "only_failed": False,
            "include_downstream": False,
            "include_upstream": False,
            "reset_dag_runs": True,
        }
        await self._call("POST", path, body)

    async def _all(self, path: str, name: str) -> list[Mapping[str, Any]]:
        """Every row that Airflow answers ``path`` with under ``name``, page by page."""
        rows: list[Mapping[str, Any]] = []
        while True:
            reply = await self._call("GET", f"{path}&limit={PAGE}&offset={len(rows)}") or {}
            found = reply.get(name) or []
            rows += found
            if not found or len(rows) >= int(reply.get("total_entries", 0)):
                return rows

    async def _call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        missing_is_none: bool = False,
        already_is_fine: bool = False,
    ) -> dict[str, Any] | None:
        reply = await self._send(method, path, body)
        if reply.status_code == httpx.codes.UNAUTHORIZED:
            self._token = ""
            reply = await self._send(method, path, body)
        if missing_is_none and reply.status_code == httpx.codes.NOT_FOUND:
            return None
        if already_is_fine and reply.status_code == httpx.codes.CONFLICT:
            return {}
        if reply.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise VendorUnavailable(f"Airflow: {method} {path}: {reply.status_code}")
        if reply.is_error:
            raise RefusedByVendor(
                f"Airflow: {method} {path}: {reply.status_code} {reply.text[:300]}"
            )
        found: dict[str, Any] = reply.json() if reply.content else {}
        return found

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> httpx.Response:
        try:
            async with http_client.client(
                base_url=self._connection.base_url, timeout=TIMEOUT, transport=self._transport
            ) as http:
                if not self._token:
                    self._token = await self._log_in(http)
                headers = {"Authorization": f"Bearer {self._token}"}
                return await http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as problem:
            raise VendorUnavailable(f"Airflow does not answer: {problem!r}") from problem

    async def _log_in(self, http: httpx.AsyncClient) -> str:
        words = {"username": self._connection.login, "password": self._connection.password}
        reply = await http.post("/auth/token", json=words)
        if reply.is_error:
            raise RefusedByVendor(
                f"Airflow refuses the login of connection {CONNECTION}: {reply.status_code}"
            )
        return str(reply.json()["access_token"])


def _run(dag_id: str, run_id: str) -> str:
    return f"/api/v2/dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"
