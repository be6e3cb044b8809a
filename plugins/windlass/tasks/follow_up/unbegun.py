"""Hotfixes that were asked for and never began: their DAG may be paused, and the on-call waits."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from windlass.errors import LedgerError, WindlassError
from windlass.tasks.follow_up.hotfix import on_call_of
from windlass.tasks.opening import Connect, take_up
from windlass.tasks.release import Clock, Release
from windlass.tasks.telling import tell

if TYPE_CHECKING:
    from windlass.ledger import Event, Ledger

#: How long a run may need to begin, and for how long anybody asks for it.
BEGINS_WITHIN, ASKED_FOR = timedelta(minutes=5), timedelta(hours=24)
#: The task in whose name people are told.
END = "release.end"


async def chase_hotfixes(ledger: Ledger, *, connect: Connect, clock: Clock) -> dict[str, str]:
    """Tell the on-call once of each that has not begun; release → what was done about it.

    One that cannot be told does not keep the next one waiting.
    """
    done: dict[str, str] = {}
    for asked in ledger.select(("hotfix.requested",), after=clock() - ASKED_FOR):
        run = str(asked.data["run"])
        if clock() - asked.at < BEGINS_WITHIN or ledger.head(run) is not None:
            continue
        try:
            release = take_up(ledger, asked.stream, connect=connect, clock=clock)
            said = await _tell(release, asked)
        except LedgerError:
            raise
        except WindlassError as problem:
            said = f"nobody could be told: {problem}"
        if said:
            done[asked.stream] = said
    return done


async def _tell(release: Release, asked: Event) -> str:
    """Say it once; empty when it was said before, or nobody wants to hear it."""
    dag_id, _, run_id = str(asked.data["run"]).partition("/")
    before = release.ledger.head(release.id)
    await tell(
        release,
        release.plan.task(END),
        "problem",
        f"{release.name}: its hotfix has not begun",
        body=(
            f"It was asked for at {asked.at:%Y-%m-%d %H:%M} UTC: {asked.data['reason']}\n"
            f"See in Airflow whether {dag_id} is paused. Without a run {run_id}, start one"
        ),
        to=on_call_of(release),
        name="hotfix-not-begun",
        every_try=False,
    )
    told = release.ledger.head(release.id) != before
    return f"the on-call was told that {dag_id} has not begun" if told else ""
