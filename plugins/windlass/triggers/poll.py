"""``PollTrigger``: sleeps until a release's task may go on, then wakes it.

One trigger serves every wait. It looks at the ledger once a second for all the waits of its
process together, and wakes the task when the release has moved, when the next look at the outside
world is due, or at a fixed instant (a reminder, a window that opens). Waits whose look is light (a
judge, a pipeline's state, a seat, a gate) are looked at here, and wake the task only with a result;
a task that asks is woken only by what happens to its question. Most of what moves a release is the
work of other tasks, and each waking is a process of a second.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from windlass.tasks.results import Ask, Result, Wait
from windlass.triggers.heads import HEADS

#: Airflow may fail a task that is woken within moments of deferring (apache/airflow#72716).
QUIET_SECONDS = 5.0
#: Seconds between two looks at the shared table of heads.
TICK = 1.0


class PollTrigger(BaseTrigger):
    """Wakes one task of one release.

    Args:
        release: the ledger's stream.
        task_name: the task's id (``task`` is taken by Airflow).
        seq: the last event the task had seen when it deferred.
        every: seconds between two looks at the outside world; 0 = the ledger alone.
        until: ISO instant at which it wakes in any case.
        look_here: whether the look itself is made here, in the triggerer: each ``every`` seconds,
            or with 0 whenever the release has moved.
        asks: the question that people see already, as :func:`.showing.shown_as` has it.
        also: further streams of the ledger → the last event seen; it wakes when one moves.
    """

    def __init__(
        self,
        *,
        release: str,
        task_name: str,
        seq: int,
        every: float = 0.0,
        until: str | None = None,
        look_here: bool = False,
        asks: str | None = None,
        also: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call] # Airflow's has no hints
        self.release, self.task_name, self.seq = release, task_name, seq
        self.every, self.until, self.look_here, self.asks = every, until, look_here, asks
        self.also = dict(also or {})

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Everything that a restarted triggerer needs."""
        return (
            "windlass.triggers.poll.PollTrigger",
            {
                "release": self.release,
                "task_name": self.task_name,
                "seq": self.seq,
                "every": self.every,
                "until": self.until,
                "look_here": self.look_here,
                "asks": self.asks,
                "also": self.also,
            },
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Yield one event, once, not before :data:`QUIET_SECONDS`."""
        started = asyncio.get_running_loop().time()
        why = await self._wait(started)
        yield TriggerEvent({"woken_by": why})  # type: ignore[no-untyped-call] # as above

    async def _wait(self, started: float) -> str:
        loop = asyncio.get_running_loop()
        next_look = started + QUIET_SECONDS + random.uniform(0, min(1.0, self.every / 10))  # noqa: S311 - jitter
        while True:
            await asyncio.sleep(TICK)
            if loop.time() - started < QUIET_SECONDS:
                continue
            if await self._moved():
                return "ledger"
            for stream, seq in self.also.items():
                if await HEADS.seq(stream) > seq:
                    return stream
            if self.until and datetime.now(UTC) >= datetime.fromisoformat(self.until):
                return "time"
            if self.every and loop.time() >= next_look:
                if not self.look_here or await self._look():
                    return "look"
                next_look = loop.time() + self.every

    async def _moved(self) -> bool:
        """Whether the release has moved in a way that concerns the task."""
        seq = await HEADS.seq(self.release)
        if seq <= self.seq or (self.look_here and self.every):
            return False
        if self.look_here:
            concerned = await self._look()
        elif self.asks is not None:
            concerned = not await asyncio.to_thread(_asked, self.release, self.task_name, self.asks)
        else:
            concerned = True
        self.seq = seq
        return concerned

    async def _look(self) -> bool:
        """Make the task's look here; whether the task must take over."""
        result = await asyncio.to_thread(_perform, self.release, self.task_name, self.asks)
        if must_take_over(result):
            return True
        if isinstance(result, Wait | Ask):
            self.until = result.until.astimezone(UTC).isoformat() if result.until else None
        if isinstance(result, Wait):
            self.also = dict(result.also)
        return False


def must_take_over(result: Result | None) -> bool:
    """Only a wait goes on in the triggerer, and a question that people see already."""
    return not isinstance(result, Wait | Ask)


def _asked(release: str, task: str, question: str) -> bool:
    from windlass.triggers.looking import release_of, still_asked

    return still_asked(release_of(release), task, question)


def _perform(release: str, task: str, asks: str | None) -> Result | None:
    from windlass.triggers.looking import look, release_of

    return asyncio.run(look(release_of(release), task, asks))
