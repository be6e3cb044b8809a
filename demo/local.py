"""The demo without Airflow: the same tasks and ledger, run in this process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from demo.adoption import adopt_first_version
from demo.home import Home
from demo.reviewers import what_they_say, who_answers
from demo.screen import Screen
from windlass.adapters.environment_connections import connect
from windlass.ledger import Ledger, open_ledger
from windlass.ledger.views.release import Asked
from windlass.plan.compiling import compile_plan
from windlass.plan.inputs import ReleaseInputs, parse_inputs
from windlass.spec.loader import load_product
from windlass.spec.product import Product
from windlass.tasks.answering import answer
from windlass.tasks.assembling import ports_of
from windlass.tasks.opening import open_release, take_up
from windlass.tasks.ports import Ports
from windlass.tasks.release import Release
from windlass.tasks.runner import run_release


class RealTime:
    """The wall clock."""

    def now(self) -> datetime:
        """The instant it is, in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Come back after ``seconds``."""
        await asyncio.sleep(seconds)


class Local:
    """Runs releases of the storefront one after another in this process."""

    def __init__(self, home: Home, project: Path, screen: Screen) -> None:
        self.home, self.screen, self.time = home, screen, RealTime()
        self.product: Product = load_product(project / "include/products/storefront.yaml")
        self.ledger: Ledger = open_ledger(f"sqlite:///{home.root / 'ledger.db'}", migrate=True)

    def ports(self, product: Product) -> Ports:
        """The product's ports."""
        return ports_of(product, connect=connect)

    async def start(self) -> None:
        """Take up what is live."""
        ports = self.ports(self.product)
        await adopt_first_version(self.home, self.ledger, self.product, ports)

    async def release(self, run: str, *, release_type: str = "minor", **form: object) -> Release:
        """Run one release to its end, printing what happens."""
        inputs: ReleaseInputs = parse_inputs({"reason": "feature", **form}, by="dev")
        name = f"{self.product.product}.{release_type}/{run}"
        open_release(
            self.ledger,
            release_id=name,
            product=self.product,
            plan=compile_plan(self.product, release_type),
            inputs=inputs,
            day_0=None,
            now=self.time.now(),
        )
        release = take_up(self.ledger, name, connect=self.ports, clock=self.time.now)
        printing = asyncio.create_task(self._print(name))
        await run_release(release, time=self.time, people=_people, patience=120.0)
        await asyncio.sleep(0.5)
        printing.cancel()
        return release

    async def _print(self, name: str) -> None:
        seen = 0
        while True:
            for event in self.ledger.events(name, after=seen):
                seen = event.seq
                self.screen.event(event)
            await asyncio.sleep(0.2)


async def _people(release: Release, asked: Asked) -> None:
    person, words = who_answers(release, asked), what_they_say(asked)
    if person is not None and words is not None:
        option, fields = words
        at = datetime.now(UTC)
        answer(release, str(asked.question["id"]), option, by=person, at=at, fields=fields)
