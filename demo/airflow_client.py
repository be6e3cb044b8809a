"""Airflow's API as one of the demo's users sees it."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from demo.embedded_airflow import EmbeddedAirflow

#: Seconds a busy machine may take to answer.
PATIENCE = 120.0
CONFLICT = 409
#: Read once: to load the machine's certificates takes longer than a request.
TLS = ssl.create_default_context()


class Refused(RuntimeError):
    """Airflow said no; the message is its own."""

    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(f"{status}: {text}")


@dataclass(slots=True)
class AirflowClient:
    """Requests to one Airflow, each as a user by name."""

    airflow: EmbeddedAirflow
    _tokens: dict[str, str] = field(default_factory=dict)

    def call(self, user: str, method: str, path: str, body: Any = None) -> Any:
        """The reply's JSON.

        Raises:
            Refused: a status of 400 or more.
        """
        with httpx.Client(base_url=self.airflow.url, timeout=PATIENCE, verify=TLS) as http:
            if user not in self._tokens:
                words = {"username": user, "password": self.airflow.passwords[user]}
                self._tokens[user] = http.post("/auth/token", json=words).json()["access_token"]
            headers = {"Authorization": f"Bearer {self._tokens[user]}"}
            reply = http.request(method, path, json=body, headers=headers)
        if reply.is_error:
            raise Refused(reply.status_code, reply.text)
        return reply.json() if reply.content else None

    def trigger(self, user: str, dag: str, run: str, **conf: Any) -> None:
        """Start a run, as a person does with the form."""
        body = {"dag_run_id": run, "logical_date": None, "conf": conf}
        try:
            self.call(user, "POST", f"/api/v2/dags/{quote(dag)}/dagRuns", body)
        except Refused as problem:
            if problem.status != CONFLICT:  # an earlier try got through
                raise

    def run_state(self, dag: str, run: str) -> str:
        """queued, running, success or failed."""
        return str(self.call("admin", "GET", _run(dag, run))["state"])

    def task_states(self, dag: str, run: str) -> dict[str, str | None]:
        """State by task id."""
        reply = self.call("admin", "GET", f"{_run(dag, run)}/taskInstances?limit=500")
        return {ti["task_id"]: ti["state"] for ti in reply["task_instances"]}

    def task_instance(self, dag: str, run: str, task: str) -> dict[str, Any]:
        """One task instance, as Airflow tells it."""
        found: dict[str, Any] = self.call(
            "admin", "GET", f"{_run(dag, run)}/taskInstances/{quote(task)}"
        )
        return found

    def answer(
        self, user: str, dag: str, run: str, task: str, option: str, fields: dict[str, str]
    ) -> None:
        """Answer a required action."""
        path = f"{_run(dag, run)}/taskInstances/{quote(task)}/-1/hitlDetails"
        body = {"chosen_options": [option], "params_input": fields}
        self.call(user, "PATCH", path, body)

    def mark(self, user: str, dag: str, run: str, task: str, state: str, note: str = "") -> None:
        """Mark one task instance."""
        path = f"{_run(dag, run)}/taskInstances/{quote(task)}/-1"
        self.call(user, "PATCH", path, {"new_state": state, "note": note or None})

    def mark_run(self, user: str, dag: str, run: str, state: str) -> None:
        """Mark a whole run."""
        self.call(user, "PATCH", _run(dag, run), {"state": state})

    def clear(self, user: str, dag: str, run: str, task: str, *, downstream: bool) -> None:
        """Clear one task instance, and what comes after it if wanted, as the grid does."""
        body = {
            "dry_run": False,
            "dag_run_id": run,
            "task_ids": [task],
            "only_failed": False,
            "include_downstream": downstream,
            "reset_dag_runs": True,
        }
        self.call(user, "POST", f"/api/v2/dags/{quote(dag)}/clearTaskInstances", body)

    def clear_run(self, user: str, dag: str, run: str) -> None:
        """Clear every task instance of a run."""
        body = {"dry_run": False, "only_failed": False}
        self.call(user, "POST", f"{_run(dag, run)}/clear", body)

    def delete_dag(self, user: str, dag: str, *, force: bool = False) -> None:
        """Delete a DAG with all its runs, until its file is read again."""
        self.call(user, "DELETE", f"/api/v2/dags/{quote(dag)}" + ("?force=true" if force else ""))


def _run(dag: str, run: str) -> str:
    return f"/api/v2/dags/{quote(dag)}/dagRuns/{quote(run, safe='')}"
