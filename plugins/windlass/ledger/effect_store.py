"""Effect rows in the database: each method is one transaction, and each checks the token.

A transition is written only where the row is still the one this try claimed (compare-and-set on
``attempt``), and the event that tells of it is appended in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, Row, bindparam, select, update

from windlass.errors import EffectBusy, InputError, TerminalError
from windlass.ledger.appending import (
    append_in,
    insert_or_skip,
    lock_head,
    lock_name,
    refuse_stale,
)
from windlass.ledger.canonical import JSON, canonical, loads
from windlass.ledger.effect_rules import (
    AlreadyDone,
    Busy,
    Claimed,
    EffectRow,
    EffectState,
    Idempotency,
    Intent,
    claim,
    finished,
    renewed,
)
from windlass.ledger.event import from_text, to_text
from windlass.ledger.redaction import scrub, without_secrets
from windlass.ledger.store import Store
from windlass.ledger.tables import EFFECTS, EVENTS, STREAMS

if TYPE_CHECKING:
    from windlass.ledger.signing import Signer

#: The event that makes every effect of a step refuse; reverts go on.
CLOSED = "exposure.closed"

# Made once: to build a statement takes longer than to run it, and every effect asks all of these.
_ROW = select(EFFECTS).where(
    EFFECTS.c.stream == bindparam("named"), EFFECTS.c.key == bindparam("keyed")
)
_ON_TARGET = select(EFFECTS).where(EFFECTS.c.target == bindparam("on"))
_TOKEN = select(STREAMS.c.token).where(STREAMS.c.stream == bindparam("named"))
_CLOSING = (
    select(EVENTS.c.seq)
    .where(EVENTS.c.stream == bindparam("named"), EVENTS.c.type == CLOSED)
    .limit(1)
)


class ExposureClosed(TerminalError):
    """A step's effect was refused because the release is being reverted."""


class EffectStore(Protocol):
    """The atomic operations that ``once`` and ``converge`` are made of."""

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        """Take the row, or say why not. Raises StaleToken, or TerminalError when closed."""

    def renew(self, row: EffectRow, intent: Intent, now: datetime) -> EffectRow:
        """Give a try that looked and found nothing its time to act."""

    def recheck(self, row: EffectRow, intent: Intent, now: datetime) -> None:
        """Just before the call: the token is current, the row ours, its time not over."""

    def finish(
        self, row: EffectRow, state: EffectState, now: datetime, *, result: JSON, reason: str
    ) -> EffectRow:
        """Write how the try ended, and the event."""


class SqlEffectStore:
    """:class:`EffectStore` on the ledger's database."""

    def __init__(self, store: Store, signer: Signer | None) -> None:
        self._store, self._signer = store, signer

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        """See :meth:`EffectStore.claim`."""
        with self._store.writing() as connection:
            head = lock_head(connection, intent.stream, token=intent.token)
            refuse_closed(connection, intent)
            before = _row(connection, intent.stream, intent.key)
            answer = claim(before, intent, now, _neighbours(connection, intent))
            if isinstance(answer, AlreadyDone | Busy):
                return answer
            _put(connection, before, answer.row)
            data = {
                "key": intent.key,
                "kind": intent.kind,
                "token": intent.token,
                "attempt": answer.row.attempt,
                "until": to_text(answer.row.until),
            }
            event = (intent.stream, "effect.intended", data)
            append_in(connection, head, event, at=now, signer=self._signer)
            return answer

    def renew(self, row: EffectRow, intent: Intent, now: datetime) -> EffectRow:
        """See :meth:`EffectStore.renew`."""
        with self._store.writing() as connection:
            lock_head(connection, row.stream, token=row.token)
            refuse_closed(connection, intent)
            after = renewed(row, intent.deadline, now)
            _put(connection, row, after)
            return after

    def recheck(self, row: EffectRow, intent: Intent, now: datetime) -> None:
        """See :meth:`EffectStore.recheck`."""
        with self._store.reading() as connection:
            current = connection.execute(_TOKEN, {"named": row.stream}).scalar_one()
            refuse_stale(row.stream, row.token, int(current))
            refuse_closed(connection, intent)
            found = _row(connection, row.stream, row.key)
        refuse_overtaken(row, found, now)

    def finish(
        self, row: EffectRow, state: EffectState, now: datetime, *, result: JSON, reason: str
    ) -> EffectRow:
        """See :meth:`EffectStore.finish`."""
        after = finished(
            row,
            state,
            now,
            result=without_secrets(result, "result", refuse=False),
            reason=scrub(reason),
        )
        with self._store.writing() as connection:
            head = lock_head(connection, row.stream, token=row.token)
            _put(connection, row, after)
            data = {"key": row.key, "kind": row.kind, "attempt": row.attempt}
            data |= {"result": after.result} if state is EffectState.DONE else {}
            data |= {"reason": after.reason} if state is not EffectState.DONE else {}
            event = (row.stream, f"effect.{state}", data)
            append_in(connection, head, event, at=now, signer=self._signer)
        return after

    def decide(
        self, stream: str, key: str, decide: Callable[[EffectRow], EffectRow], by: str
    ) -> EffectRow:
        """A person's answer about an unknown effect; InputError when nobody asked."""
        with self._store.writing() as connection:
            head = lock_head(connection, stream)
            row = _row(connection, stream, key)
            if row is None or row.state is not EffectState.UNKNOWN:
                state = "not known" if row is None else str(row.state)
                raise InputError(
                    f"effect {key} of {stream} is {state}; only an unknown one can be decided"
                )
            after = decide(row)
            _put(connection, row, replace(after, attempt=row.attempt + 1))
            data = {
                "key": key,
                "happened": after.state is EffectState.DONE,
                "reason": after.reason,
                "result": after.result,
            }
            event = (stream, "effect.decided", data)
            append_in(connection, head, event, at=after.at, by=by, signer=self._signer)
        return after

    def rows(self, stream: str) -> tuple[EffectRow, ...]:
        """Every effect of ``stream``, by key."""
        found = select(EFFECTS).where(EFFECTS.c.stream == stream).order_by(EFFECTS.c.key)
        with self._store.reading() as connection:
            return tuple(_effect(row) for row in connection.execute(found))


def refuse_closed(connection: Connection, intent: Intent) -> None:
    """Raise ExposureClosed when the release's exposure is closed and the intent minds."""
    if not intent.unless_closed:
        return
    if connection.execute(_CLOSING, {"named": intent.stream}).first() is not None:
        raise ExposureClosed(closed_message(intent))


def closed_message(intent: Intent) -> str:
    """Why an effect of a step is refused after ``exposure.closed``."""
    return (
        f"{intent.stream}: {intent.key} is refused: the release's exposure is closed (it is being "
        "reverted); only reverts act now"
    )


def refuse_overtaken(row: EffectRow, found: EffectRow | None, now: datetime) -> None:
    """Raise EffectBusy when ``row`` is not this try's any more, or its time is over."""
    if found is None or (found.attempt, found.state) != (row.attempt, EffectState.INTENDED):
        raise EffectBusy(f"{row.stream}: {row.key} was taken over by another try")
    if now >= row.until:
        raise EffectBusy(
            f"{row.stream}: {row.key}: this try's time ended at {to_text(row.until)} before it "
            "could act; nothing was done"
        )


def _neighbours(connection: Connection, intent: Intent) -> Sequence[EffectRow]:
    """Effects of other keys, of any release, on the same target."""
    if intent.target is None:
        return ()
    lock_name(connection, f"target:{intent.target}")
    rows = [_effect(row) for row in connection.execute(_ON_TARGET, {"on": intent.target})]
    return [row for row in rows if (row.stream, row.key) != (intent.stream, intent.key)]


def _row(connection: Connection, stream: str, key: str) -> EffectRow | None:
    row = connection.execute(_ROW, {"named": stream, "keyed": key}).first()
    return None if row is None else _effect(row)


def _put(connection: Connection, before: EffectRow | None, after: EffectRow) -> None:
    values: dict[str, Any] = {name: getattr(after, name) for name in EffectRow.__slots__}
    values |= {"until": to_text(after.until), "at": to_text(after.at)}
    values |= {"result": canonical(after.result)}
    values |= {"state": str(after.state), "idempotency": str(after.idempotency)}
    if before is None:
        put = insert_or_skip(connection, EFFECTS).values(values).on_conflict_do_nothing()
    else:
        put = (
            update(EFFECTS)
            .where(EFFECTS.c.stream == before.stream, EFFECTS.c.key == before.key)
            .where(EFFECTS.c.attempt == before.attempt, EFFECTS.c.state == str(before.state))
            .values(values)
        )
    if connection.execute(put.returning(EFFECTS.c.key)).first() is None:
        raise EffectBusy(f"{after.stream}: {after.key} was taken over by another try")


def _effect(row: Row[Any]) -> EffectRow:
    return EffectRow(
        row.stream,
        row.key,
        row.kind,
        row.target,
        Idempotency(row.idempotency),
        EffectState(row.state),
        row.token,
        row.attempt,
        from_text(row.until),
        row.visible_within,
        loads(row.result),
        row.reason,
        from_text(row.at),
    )
