"""Releases that are in production: the shortest way there, for tests of what follows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.tasks.world import World
from windlass.errors import RefusedByVendor, VendorUnavailable
from windlass.tasks.perform import perform
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Wait
from windlass.tasks.verbs import abort

#: What must be done before a version can be in production.
THERE = (
    "validation.cut",
    "validation.candidate",
    "execution.open",
    "execution.production.step",
    "execution.production.judge",
)
#: A watch of ten minutes, looking once a minute.
QUICK: Mapping[str, Any] = {
    "release_types": {
        "minor": {"follow_up": {"monitor": "10 min", "interval": "1 min"}},
        "major": True,
    },
    "vendors": {"errors": {"files": {"path": "logs"}}},
}
MONITOR = "follow_up.monitor"


async def go(world: World, release: Release, task: str, patience: float = 7200.0) -> Result:
    """Perform one task as long as it waits, answering as the world's people do.

    Gives the question when nobody answers it.
    """
    end = world.clock.at + timedelta(seconds=patience)
    while True:
        result = await perform(release, task)
        asked = len([a for a in release.view.questions.values() if a.answer])
        for each in release.view.open_questions():
            await world._people(release, each)
        answered = len([a for a in release.view.questions.values() if a.answer]) > asked
        if answered:
            continue
        if not isinstance(result, Wait):
            return result
        if world.clock.at >= end:
            raise TimeoutError(result.reason)
        left = ((result.until or end) - world.clock.at).total_seconds()
        world.clock.pass_(max(1.0, min(result.every or left, left)))


async def released(world: World, *rows: str, run: str = "run-1", **inputs: Any) -> Release:
    """A release of 1.4.0 to eu that is promoted there; its plan goes on with ``rows``."""
    given = {"day_0": None, "regions": ("eu",), **inputs}
    release = world.open("minor", rows=(*THERE, *rows), run=run, **given)
    for task in release.plan.tasks:
        if task.phase == "execution" and task.id != "execution.settle":
            await go(world, release, task.id)
    await go(world, release, "execution.settle")
    assert release.view.promoted["production/eu"] == release.version
    return release


async def rolled_back(world: World, *rows: str, **inputs: Any) -> Release:
    """A release of 1.4.0 that somebody aborted at 10 %."""
    release = world.open("minor", rows=(*THERE, *rows), day_0=None, regions=("eu",), **inputs)
    await go(world, release, "execution.production.eu.step_10")
    await abort(release, by="ops", reason="customers call")
    await go(world, release, "execution.settle")
    return release


def evidence(result: Result) -> Mapping[str, Any]:
    """What a task that is done left."""
    assert isinstance(result, Done), result
    return result.evidence


def messages(world: World) -> list[str]:
    """The subjects that were posted, in order."""
    path = world.root / "messages.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    return [str(json.loads(line)["subject"]) for line in lines]


class Airflow:
    """Starts DAGs; ``down`` refuses to answer."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], Mapping[str, Any]] = {}
        self.started, self.down = 0, False

    async def has(self, dag_id: str, run_id: str) -> bool:
        """See the protocol."""
        if self.down:
            raise VendorUnavailable("Airflow does not answer")
        return (dag_id, run_id) in self.runs

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """See the protocol."""
        if self.down:
            raise VendorUnavailable("Airflow does not answer")
        self.started += 1
        self.runs[dag_id, run_id] = conf


class DiesOnce(Airflow):
    """Its first caller dies in the middle of the call: before or after the run is there."""

    def __init__(self, *, after: bool = False) -> None:
        super().__init__()
        self.died, self.after = False, after

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """See the protocol."""
        dies, self.died = not self.died, True
        if self.after or not dies:
            await super().start(dag_id, run_id, conf)
        if dies:
            raise asyncio.CancelledError


class LosesReply(Airflow):
    """The first start arrives, its reply does not; ``forbidden`` refuses to say what runs."""

    def __init__(self) -> None:
        super().__init__()
        self.forbidden = False

    async def has(self, dag_id: str, run_id: str) -> bool:
        """See the protocol."""
        if self.forbidden:
            raise RefusedByVendor("403")
        return await super().has(dag_id, run_id)

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """See the protocol."""
        await super().start(dag_id, run_id, conf)
        if self.started == 1:
            raise VendorUnavailable("the line broke")


class Refuses(Airflow):
    """There is no such DAG."""

    async def start(self, dag_id: str, run_id: str, conf: Mapping[str, Any]) -> None:
        """See the protocol."""
        raise RefusedByVendor("404: no such DAG")
