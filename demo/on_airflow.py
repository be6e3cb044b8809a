"""The demo on Airflow: releases are DAG runs, people answer through Airflow's own API."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

from demo.adoption import adopt_first_version
from demo.airflow_client import AirflowClient, Refused
from demo.embedded_airflow import EmbeddedAirflow
from demo.home import Home
from demo.reviewers import what_they_say, who_answers
from demo.screen import Screen
from windlass.adapters.environment_connections import connect
from windlass.ledger import Ledger, open_ledger
from windlass.ledger.views.release import Asked
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.tasks.assembling import ports_of
from windlass.tasks.opening import take_up
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release

#: A person needs a moment; and Airflow may fail a task that is answered as it parks.
THINKING = 5.0


class OnAirflow:
    """Runs releases of the storefront as DAG runs."""

    def __init__(self, home: Home, project: Path, airflow: EmbeddedAirflow, screen: Screen) -> None:
        self.home, self.airflow, self.screen = home, airflow, screen
        self.product: Product = load_product(project / "include/products/storefront.yaml")
        self.ledger: Ledger = open_ledger(airflow.ledger_url)
        self.client = AirflowClient(airflow)
        self._asked: dict[str, float] = {}

    def ports(self, product: Product) -> Ports:
        """The product's ports, for reading what the release says."""
        return ports_of(product, connect=connect)

    async def start(self) -> None:
        """Take up what is live, and wait until Airflow knows the DAGs."""
        ports = self.ports(self.product)
        await adopt_first_version(self.home, self.ledger, self.product, ports)
        until = time.monotonic() + 90
        wanted = f"{self.product.product}.minor"
        while time.monotonic() < until:
            try:
                self.client.call("admin", "GET", f"/api/v2/dags/{wanted}")
            except Refused:
                await asyncio.sleep(1)
            else:
                return
        raise TimeoutError(f"Airflow does not know {wanted}: {self._import_errors()}")

    def _import_errors(self) -> object:
        return self.client.call("admin", "GET", "/api/v2/importErrors")["import_errors"]

    async def release(
        self, run: str, *, release_type: str = "minor", seconds: float = 600.0, **form: object
    ) -> Release:
        """Trigger one release and see it to its end, printing what happens.

        Raises:
            TimeoutError: it did not end; says which tasks stand where.
        """
        dag = f"{self.product.product}.{release_type}"
        self.client.trigger("dev", dag, run, **{"reason": "feature", **form})
        until = time.monotonic() + seconds
        seen = 0
        release: Release | None = None  # taken up once: its view keeps up with the ledger
        while time.monotonic() < until:
            seen = self._print(f"{dag}/{run}", seen)
            release = release or self._release(f"{dag}/{run}")
            if release is not None and release.view.outcome is not None:
                return release
            if release is not None:
                self._people(release, dag, run)
            await asyncio.sleep(0.5)
        raise TimeoutError(f"{dag}/{run}: {self.client.task_states(dag, run)}")

    def _print(self, name: str, seen: int) -> int:
        for event in self.ledger.events(name, after=seen):
            seen = event.seq
            self.screen.event(event)
        return seen

    def _release(self, name: str) -> Release | None:
        if self.ledger.head(name) is None:
            return None
        return take_up(self.ledger, name, connect=self.ports, clock=lambda: datetime.now(UTC))

    def _people(self, release: Release, dag: str, run: str) -> None:
        for asked in release.view.open_questions():
            since = self._asked.setdefault(str(asked.question["id"]), time.monotonic())
            if time.monotonic() - since >= THINKING:
                self._answer(release, asked, dag, run)

    def _answer(self, release: Release, asked: Asked, dag: str, run: str) -> None:
        person, words = who_answers(release, asked), what_they_say(asked)
        if person is None or words is None:
            return
        option, fields = words
        try:
            self.client.answer(person, dag, run, str(asked.question["task"]), option, fields)
        except Refused as problem:
            if problem.status not in (404, 409):
                raise
