"""The watchdog: one task that looks after every open release, whatever became of its DAG."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import BaseOperator, Context

from windlass.airflow_api import CONNECTION, AirflowApi
from windlass.connections import airflow_ports, configured_ledger, connect
from windlass.errors import LedgerError, WindlassError
from windlass.ledger import Ledger
from windlass.tasks.follow_up.debt import chase_reviews
from windlass.tasks.follow_up.unbegun import chase_hotfixes
from windlass.tasks.guarding import ALIVE, FINISHED, GONE, PAUSED
from windlass.tasks.looking_after import look_after
from windlass.tasks.opening import take_up
from windlass.tasks.publishing import publish_for
from windlass.tasks.release import Release
from windlass.tasks.showing import show_what_is_asked
from windlass.witness.reconciling import reconcile, say_what_was_cut_off


class WatchdogOperator(BaseOperator):
    """Settles and ends releases that Airflow has left alone; needs no product file and no DAG.

    Args:
        patience_seconds: how long a release's own tasks are given before the watchdog acts.
    """

    ui_color = "#f7e0e0"

    def __init__(self, *, patience_seconds: float = 60.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.patience = timedelta(seconds=patience_seconds)

    def execute(self, context: Context) -> dict[str, str]:  # noqa: ARG002 - Airflow's signature
        """Look at every open release once. One that cannot be helped does not stop the next."""
        ledger = configured_ledger()
        done: dict[str, str] = {}
        for name in _concerned(ledger):
            try:
                acted = asyncio.run(self._look_after(ledger, name))
            except WindlassError as problem:
                self.log.exception("the watchdog could not help %s", name)
                acted = f"could not help: {problem}"
            if acted:
                done[name] = acted
        self._say_what_is_paused()
        return {**done, **self._chase(ledger)}

    def _say_what_is_paused(self) -> None:
        """Nobody else notices: a run of a paused DAG is queued without a word."""
        try:
            for name in asyncio.run(AirflowApi(connect(CONNECTION)).paused_ways_back()):
                self.log.warning("%s is paused: a run of it would stay queued", name)
        except WindlassError as problem:
            self.log.warning("Airflow does not say what is paused: %s", problem)

    def _chase(self, ledger: Ledger) -> dict[str, str]:
        """Tell people what they owe and what stands still; one round that cannot, the next can."""
        done: dict[str, str] = {}
        for chase in (chase_reviews, chase_hotfixes):
            try:
                done |= asyncio.run(chase(ledger, connect=airflow_ports, clock=_now))
            except WindlassError:
                self.log.exception("people could not be told: %s", chase.__name__)
        return done

    async def _look_after(self, ledger: Ledger, name: str) -> str | None:
        release = take_up(ledger, name, connect=airflow_ports, clock=_now)
        for problem in publish_for(release):
            self.log.warning("teams and calendar stay as they were: %s", problem)
        await self._reconcile(release)
        run = await _run(name)
        if run == ALIVE:
            await self._show(release)
        return await look_after(release, run=run, patience=self.patience)

    async def _show(self, release: Release) -> None:
        """Questions whose task was ended under them; who waits for them asks again, too."""
        try:
            shown = await show_what_is_asked(release, AirflowApi(connect(CONNECTION)))
        except LedgerError:
            raise
        except WindlassError as problem:
            self.log.warning("what is asked may not be among the required actions: %s", problem)
        else:
            for task in shown:
                self.log.info("%s asks again", task)

    async def _reconcile(self, release: Release) -> None:
        """What the witness missed; a log that may not be read keeps nobody from being helped."""
        say_what_was_cut_off(release)
        try:
            for row in await reconcile(release, AirflowApi(connect(CONNECTION))):
                self.log.warning("only Airflow's log has it: %s by %s", row.event, row.who)
        except LedgerError:
            raise
        except WindlassError as problem:
            self.log.warning("Airflow's audit log was not compared: %s", problem)


async def _run(name: str) -> str:
    """What Airflow says about the release's run."""
    dag_id, _, run_id = name.partition("/")
    api = AirflowApi(connect(CONNECTION))
    state = await api.run_state(dag_id, run_id)
    if state is None:
        return GONE
    if state in ("success", "failed"):
        return FINISHED
    return ALIVE if await api.is_paused(dag_id) is False else PAUSED


def _concerned(ledger: Ledger) -> list[str]:
    """Open releases, and those that hold a lock although they have ended."""
    open_ones = [info.stream for info in ledger.streams(open_only=True)]
    holders = [claim.stream for claim in ledger.claims.all()]
    return list(dict.fromkeys([*open_ones, *holders]))


def _now() -> datetime:
    return datetime.now(UTC)
