"""A ledger that kills the process at a chosen boundary, and the reaper that chooses.

Whatever a release does to the world goes through its ledger: an intent is written, the call is
made, the outcome is written; events and locks likewise. A boundary is a place between two of
those. Death there is SIGKILL (:mod:`tests.crash.process`), or, quicker, an exception that nothing
catches; whoever still runs in the same process then dies at its next boundary. What was done before
stays done, and the next process starts from the ledger and the world alone.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NoReturn

from windlass.ledger import Ledger
from windlass.ledger.canonical import JSON
from windlass.ledger.claims import Claims, Preemption
from windlass.ledger.effect_rules import AlreadyDone, Busy, Claimed, EffectRow, EffectState, Intent
from windlass.ledger.effect_store import SqlEffectStore
from windlass.ledger.effects import ReleaseEffects
from windlass.ledger.event import Entry, Event

#: Where a process can die around an effect, in the order they come.
EFFECT_STAGES = ("before intent", "after intent", "before call", "after call", "after outcome")
#: Where it can die around an event or a lock.
WRITE_STAGES = ("before", "after")
#: The place is the same, whatever folder the world is in (digests) and however often it was tried.
_VARIES = re.compile(r"[0-9a-f]{16,}|(?<=#)[0-9]+$")
LAST = ("after outcome", "after")


class Killed(BaseException):
    """The process is gone: nothing after this runs in it."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A place to die: at this stage of this effect, event or lock."""

    subject: str
    stage: str

    def __str__(self) -> str:
        return f"{self.stage} {self.subject}"


@dataclass(slots=True)
class Kill:
    """One death, and the seconds of the world's clock until a later process had caught up."""

    boundary: Boundary
    at: datetime
    recovery: float | None = None


#: Says whether the process dies at the nth visit of a boundary (from 1).
Chooser = Callable[[Boundary, int], bool]


def nowhere(_: Boundary, __: int) -> bool:
    """Nobody dies."""
    return False


def each_once(places: Collection[Boundary]) -> Chooser:
    """Die at the first visit of each of these."""
    return lambda boundary, nth: nth == 1 and boundary in places


def at_random(seed: int, share: float) -> Chooser:
    """Die at ``share`` of the visits; the same ones for the same seed, in whatever order."""

    def dies(boundary: Boundary, nth: int) -> bool:
        drawn = hashlib.sha256(f"{seed}/{boundary}/{nth}".encode()).digest()
        return int.from_bytes(drawn[:8], "big") < share * 2**64

    return dies


def unwind() -> NoReturn:
    """Die by an exception.

    Raises:
        Killed: always.
    """
    raise Killed("died here")


@dataclass(slots=True)
class Reaper:
    """Counts boundaries, and lets the process die where ``dies`` says so, by ``die``."""

    dies: Chooser
    clock: Callable[[], datetime]
    visits: Counter[Boundary] = field(default_factory=Counter)
    kills: list[Kill] = field(default_factory=list)
    dead: bool = False
    passed: int = 0
    die: Callable[[], NoReturn] = unwind

    @property
    def counted(self) -> tuple[Counter[Boundary], list[Kill], int]:
        """What outlives the process."""
        return self.visits, self.kills, self.passed

    @counted.setter
    def counted(self, counted: tuple[Counter[Boundary], list[Kill], int]) -> None:
        self.visits, self.kills, self.passed = counted

    def revive(self) -> None:
        """Another process takes over."""
        self.dead = False

    def only_alive(self) -> None:
        """Whoever runs in the process that is dead runs no further.

        Raises:
            Killed: it is.
        """
        if self.dead:
            raise Killed("died with the process")

    def at(self, subject: str, stage: str) -> None:
        """The process comes by here.

        Raises:
            Killed: and no further.
        """
        self.only_alive()
        here = Boundary(_VARIES.sub("…", subject), stage)
        self.passed += 1
        self._catch_up(here)
        self.visits[here] += 1
        if self.dies(here, self.visits[here]):
            self.dead = True
            self.kills.append(Kill(here, self.clock()))
            self.die()

    def _catch_up(self, here: Boundary) -> None:
        """A death is made good once what it interrupted has its outcome, or something new began."""
        if not self.kills or self.kills[-1].recovery is not None:
            return
        last = self.kills[-1]
        same = here.subject == last.boundary.subject and here.stage in LAST
        if same or here not in self.visits:
            last.recovery = (self.clock() - last.at).total_seconds()


class DyingStore(SqlEffectStore):
    """Effect rows, with a boundary around each transition."""

    def __init__(self, ledger: Ledger, reaper: Reaper) -> None:
        super().__init__(ledger.store, None)
        self._reaper = reaper

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        """See the store."""
        self._reaper.at(f"effect {intent.key}", "before intent")
        answer = super().claim(intent, now)
        if not isinstance(answer, AlreadyDone | Busy):
            self._reaper.at(f"effect {intent.key}", "after intent")
        return answer

    def recheck(self, row: EffectRow, intent: Intent, now: datetime) -> None:
        """See the store."""
        super().recheck(row, intent, now)
        self._reaper.at(f"effect {row.key}", "before call")

    def finish(
        self, row: EffectRow, state: EffectState, now: datetime, *, result: JSON, reason: str
    ) -> EffectRow:
        """See the store."""
        self._reaper.at(f"effect {row.key}", "after call")
        after = super().finish(row, state, now, result=result, reason=reason)
        self._reaper.at(f"effect {row.key}", "after outcome")
        return after


class DyingEffects(ReleaseEffects):
    """Transactions run in line, so that the same seed dies at the same places."""

    def __init__(self, store: DyingStore, stream: str, **settings: Any) -> None:
        super().__init__(store, stream, **settings)

        async def in_line(call: Callable[[], Any]) -> Any:
            return call()

        self._run: Callable[[Callable[[], Any]], Awaitable[Any]] = in_line


class DyingClaims(Claims):
    """Locks, with a boundary before and after each change."""

    def __init__(self, ledger: Ledger, reaper: Reaper) -> None:
        super().__init__(ledger.store, ledger._clock, None)
        self._reaper = reaper

    def take(self, target: str, stream: str, **settings: Any) -> int:
        """See the claims."""
        self._reaper.at(f"lock {target} taken", "before")
        token = super().take(target, stream, **settings)
        self._reaper.at(f"lock {target} taken", "after")
        return token

    def free(self, target: str, stream: str, **settings: Any) -> bool:
        """See the claims."""
        self._reaper.at(f"lock {target} freed", "before")
        freed = super().free(target, stream, **settings)
        self._reaper.at(f"lock {target} freed", "after")
        return freed

    def preempt(self, target: str, by_stream: str, *rest: Any, **settings: Any) -> Preemption:
        """See the claims."""
        self._reaper.at(f"lock {target} preempted", "before")
        preemption = super().preempt(target, by_stream, *rest, **settings)
        self._reaper.at(f"lock {target} preempted", "after")
        return preemption


class DyingLedger(Ledger):
    """The same database as ``ledger``, in the hands of a process that may die."""

    def __init__(self, ledger: Ledger, reaper: Reaper) -> None:
        self.__dict__.update(ledger.__dict__)
        self._reaper = reaper
        self.claims = DyingClaims(ledger, reaper)
        self._read: dict[str, tuple[int, int]] = {}

    def events(self, stream: str, *, after: int = 0) -> tuple[Event, ...]:
        """See the ledger. Nobody else writes, so what was read stays so until somebody comes by."""
        if after and self._read.get(stream) == (after, self._reaper.passed):
            return ()
        found = super().events(stream, after=after)
        self._read[stream] = (found[-1].seq if found else after, self._reaper.passed)
        return found

    def append_together(
        self, stream: str, entries: Sequence[Entry], **settings: Any
    ) -> tuple[Event, ...]:
        """See the ledger."""
        kind, _, key = entries[0]
        subject = f"event {key or kind}"
        self._reaper.at(subject, "before")
        events = super().append_together(stream, entries, **settings)
        self._reaper.at(subject, "after")
        return events

    def effects(self, stream: str, *, token: int, clock: Any = None) -> ReleaseEffects:
        """See the ledger."""
        store = DyingStore(self, self._reaper)
        return DyingEffects(store, stream, token=token, clock=clock or self._clock)
