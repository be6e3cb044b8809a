"""Effects on the outside world: nothing happens twice, and nothing is dropped.

Two verbs. :meth:`Effects.once` creates (a tag, a message, an incident): the record decides.
:meth:`Effects.converge` sets (an exposure, a flag, a page): the world is compared each time, so a
recorded "done" never stops a revert, or a second expose after one.

The promise rests on two figures that an adapter declares: ``deadline``, the seconds one call may
take, and ``visible_within``, the seconds after a call ended (answered, broken or cut off) until
what it did can surely be found, the vendor's own slowness included. And on clocks: those of two
hosts may differ by less than ``visible_within``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from windlass.errors import (
    EffectBusy,
    InputError,
    NotConfigured,
    RefusedByVendor,
    RetryableError,
    TerminalError,
    UnsupportedByVendor,
    WindlassError,
)
from windlass.ledger.canonical import JSON, canonical
from windlass.ledger.effect_rules import (
    AlreadyDone,
    Busy,
    EffectRow,
    EffectState,
    Go,
    Idempotency,
    Intent,
    Look,
    finished,
)
from windlass.ledger.effect_store import (
    EffectStore,
    ExposureClosed,
    SqlEffectStore,
    refuse_overtaken,
)
from windlass.ledger.event import to_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found:
    """The vendor has it: the effect happened, and ``result`` is what ``do`` would have given."""

    result: JSON


@dataclass(frozen=True, slots=True)
class Absent:
    """The vendor answered, completely, and does not have it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It cannot be told whether it happened; ``reason`` says why."""

    reason: str


Finding: TypeAlias = Found | Absent | Unknown
Clock: TypeAlias = Callable[[], datetime]


class EffectBusyUntil(EffectBusy):
    """Another try may be alive; from ``quiet_at`` on the effect can be taken over."""

    def __init__(self, intent: Intent, holder: EffectRow) -> None:
        self.quiet_at = holder.quiet_at
        super().__init__(
            f"{intent.stream}: {intent.key}: attempt {holder.attempt} of {holder.key} by "
            f"{holder.stream} may be in the middle of it until {to_text(holder.quiet_at)}"
        )


async def in_thread(call: Callable[[], T]) -> T:
    """Run a database transaction without holding up the event loop."""
    return await asyncio.to_thread(call)


async def within(seconds: float, work: Awaitable[T]) -> T:
    """Await ``work``, cancelling it with TimeoutError after ``seconds``."""
    async with asyncio.timeout(seconds):
        return await work


class Effects:
    """The effects of one release, written with one token.

    Args:
        store: where rows are kept.
        stream: the release.
        token: the token the caller holds; every write is refused once it is stale.
        clock: the present, aware.
        run: runs a transaction (in a thread, by default).
        bounded: awaits a vendor's call for at most so many seconds.
    """

    def __init__(
        self,
        store: EffectStore,
        stream: str,
        *,
        token: int,
        clock: Clock,
        run: Callable[[Callable[[], Any]], Awaitable[Any]] = in_thread,
        bounded: Callable[[float, Awaitable[Any]], Awaitable[Any]] = within,
    ) -> None:
        self.stream, self.token = stream, token
        self._store, self._clock, self._run, self._bounded = store, clock, run, bounded

    async def once(  # noqa: PLR0913  # what an adapter declares, by name
        self,
        key: str,
        *,
        kind: str,
        find: Callable[[], Awaitable[Finding]],
        do: Callable[[], Awaitable[JSON]],
        idempotency: Idempotency,
        visible_within: float,
        deadline: float,
        unless_closed: bool = False,
        target: str | None = None,
    ) -> JSON:
        """Make ``do`` happen exactly once for ``key``, and give what it answered.

        Args:
            key: names the effect within the release; carries the attempt.
            kind: the port's method, for people: ``source_control.tag``.
            find: looks whether it already happened; only called after an earlier try is over.
            do: the call. RefusedByVendor means it definitely did not happen; any other error
                means nobody knows.
            idempotency: how the vendor lets us find out.
            visible_within: seconds after ``do`` ended until ``find`` surely sees what it did.
            deadline: seconds ``do`` (and ``find``) may take.
            unless_closed: refuse when the release has an ``exposure.closed`` event.
            target: effects on one target, of any release, wait for each other.

        Raises:
            EffectBusy: another try may still be alive; an EffectBusyUntil says until when.
            RefusedByVendor: the vendor said no.
            RetryableError: it failed or timed out; the next try finds out.
            TerminalError: it cannot be found out (a person must decide), or exposure is closed.
            StaleToken, LedgerUnavailable: before anything was done, if ``do`` was not yet called.
        """
        intent = self._intent(
            key,
            kind=kind,
            target=target,
            idempotency=idempotency,
            deadline=deadline,
            visible_within=visible_within,
            unless_closed=unless_closed,
            repeatable=False,
        )
        return await self._perform(intent, find, do)

    async def _perform(
        self,
        intent: Intent,
        find: Callable[[], Awaitable[Finding]],
        do: Callable[[], Awaitable[JSON]],
    ) -> JSON:
        answer = await self._claim(intent)
        if isinstance(answer, AlreadyDone):
            return answer.result
        row = answer.row
        if isinstance(answer, Look):
            finding = await self._look(row, find)
            if isinstance(finding, Found):
                return await self._finish(row, EffectState.DONE, result=finding.result)
            row = await self._run(lambda: self._store.renew(row, intent, self._clock()))
        await self._recheck(row, intent)
        return await self._finish(row, EffectState.DONE, result=await self._call(row, do))

    async def converge(  # noqa: PLR0913  # what an adapter declares, by name
        self,
        key: str,
        *,
        read: Callable[[], Awaitable[JSON]],
        write: Callable[[JSON], Awaitable[None]],
        want: JSON,
        deadline: float,
        kind: str = "converge",
        visible_within: float = 0.0,
        unless_closed: bool = False,
        target: str | None = None,
    ) -> None:
        """Make the world read ``want``: compare with ``read()``, ``write(current)`` if it differs.

        Args:
            key: as in :meth:`once`, and so are the errors.
            read: what is there now, as JSON.
            write: sets it; gets what was read, for vendors that take a precondition.
            want: what must be there.
            deadline: seconds that reading and writing together may take.
            kind: the port's method, for people.
            visible_within: seconds that ``read`` may lag behind a write; 0 when it never does.
            unless_closed: refuse when the release has an ``exposure.closed`` event.
            target: effects on one target, of any release, wait for each other.
        """
        intent = self._intent(
            key,
            kind=kind,
            target=target,
            idempotency=Idempotency.NATURAL_KEY,
            deadline=deadline,
            visible_within=visible_within,
            unless_closed=unless_closed,
            repeatable=True,
        )
        answer = await self._claim(intent)
        if isinstance(answer, AlreadyDone):
            raise WindlassError(f"{key}: a converging effect is never already done")
        row = answer.row

        current = await self._call(row, read)
        changed = canonical(current) != canonical(want)
        if changed:
            await self._recheck(row, intent)
            await self._call(row, lambda: write(current))
        await self._finish(row, EffectState.DONE, result={"want": want, "changed": changed})

    async def _claim(self, intent: Intent) -> AlreadyDone | Go | Look:
        answer = await self._run(lambda: self._store.claim(intent, self._clock()))
        if isinstance(answer, Busy):
            raise EffectBusyUntil(intent, answer.holder)
        return answer  # type: ignore[no-any-return] # Busy is gone: narrowing an Any leaves Any

    async def _look(self, row: EffectRow, find: Callable[[], Awaitable[Finding]]) -> Finding:
        left = self._left(row)
        try:
            finding: Finding = await self._bounded(left, find())
        except Exception as error:  # whatever a vendor's find raises: we still do not know
            reason = f"could not find out whether it happened: {_said(error)}"
            await self._finish(row, EffectState.UNKNOWN, reason=reason)
            if isinstance(error, WindlassError):
                raise
            raise RetryableError(f"{row.stream}: {row.key}: {reason}") from error
        if isinstance(finding, Unknown):
            await self._ask_person(row, finding.reason)
        return finding

    async def _recheck(self, row: EffectRow, intent: Intent) -> None:
        try:
            await self._run(lambda: self._store.recheck(row, intent, self._clock()))
        except ExposureClosed as error:
            await self._finish(row, EffectState.REFUSED, reason=str(error))
            raise

    async def _call(self, row: EffectRow, call: Callable[[], Awaitable[JSON]]) -> JSON:
        """Await one call to the vendor; when it fails, write down what is known and raise."""
        left = self._left(row)
        try:
            result = await self._bounded(left, call())
            canonical(result)
        except (RefusedByVendor, UnsupportedByVendor, NotConfigured) as error:
            await self._finish(row, EffectState.REFUSED, reason=_said(error))
            raise
        except Exception as error:  # anything else a vendor raises: it may have happened
            reason = _said(error)
            await self._finish(row, EffectState.UNKNOWN, reason=reason)
            if isinstance(error, WindlassError):
                raise
            message = f"{row.stream}: {row.key}: it may or may not have happened: {reason}"
            raise RetryableError(message) from error
        return result

    async def _finish(
        self, row: EffectRow, state: EffectState, *, result: JSON = None, reason: str = ""
    ) -> JSON:
        def finish() -> EffectRow:
            return self._store.finish(row, state, self._clock(), result=result, reason=reason)

        after: EffectRow = await self._run(finish)
        return after.result

    async def _ask_person(self, row: EffectRow, reason: str) -> None:
        await self._finish(row, EffectState.UNKNOWN, reason=reason)
        raise TerminalError(
            f"{row.stream}: nobody can tell whether {row.key} ({row.kind}) happened: {reason}. "
            "A person must look at the other system and decide: windlass ledger decide"
        )

    def _left(self, row: EffectRow) -> float:
        """Seconds this try has left; raises EffectBusy when none, so that no call starts late."""
        now = self._clock()
        refuse_overtaken(row, row, now)
        return (row.until - now).total_seconds()

    def _intent(self, key: str, **settings: Any) -> Intent:  # Intent's own fields
        deadline, visible_within = settings["deadline"], settings["visible_within"]
        if deadline <= 0 or visible_within < 0:
            raise InputError(
                f"effect {key}: deadline must be above 0 and visible_within at least 0 seconds; "
                f"given: {deadline}, {visible_within}"
            )
        return Intent(stream=self.stream, key=key, token=self.token, **settings)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


class ReleaseEffects(Effects):
    """:class:`Effects` in the ledger's database, with what people and the watchdog ask of them."""

    def __init__(self, store: SqlEffectStore, stream: str, *, token: int, clock: Clock) -> None:
        super().__init__(store, stream, token=token, clock=clock)
        self._sql = store

    def list(self) -> tuple[EffectRow, ...]:
        """Every effect of the release, by key."""
        return self._sql.rows(self.stream)

    def quiet_at(self) -> datetime | None:
        """The instant after which no open effect can be alive; None when none is open now."""
        now = self._clock()
        open_states = (EffectState.INTENDED, EffectState.UNKNOWN)
        times = [row.quiet_at for row in self.list() if row.state in open_states]
        return max((time for time in times if time > now), default=None)

    def decide(
        self, key: str, *, happened: bool, by: str, reason: str, result: JSON = None
    ) -> EffectRow:
        """A person's answer about an unknown effect: it happened (with ``result``), or it did not.

        Raises:
            InputError: the effect is not unknown.
        """
        state = EffectState.DONE if happened else EffectState.ABSENT

        def decided(row: EffectRow) -> EffectRow:
            return finished(row, state, self._clock(), result=result, reason=reason)

        return self._sql.decide(self.stream, key, decided, by)
