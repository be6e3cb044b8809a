"""Claims: at most one release at a time changes a target (product × environment × region).

A claim ends by being freed, never by time: other systems don't check our tokens, so handing over
a half-exposed region after a timeout would be an outage. A lease that is over only makes the
claim *suspect*: the watchdog settles that release, then frees.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from windlass.errors import ClaimHeld, InputError, LedgerError
from windlass.ledger.appending import append_in, checked_name, insert_or_skip, lock_head
from windlass.ledger.event import from_text, to_text
from windlass.ledger.store import Store
from windlass.ledger.tables import CLAIMS, STREAMS

if TYPE_CHECKING:
    from windlass.ledger.signing import Signer


@dataclass(frozen=True, slots=True)
class Claim:
    """``stream`` holds ``target``; ``wanted_by`` is the release that preempts it, if one does."""

    target: str
    stream: str
    token: int
    taken_at: datetime
    until: datetime
    wanted_by: str | None


@dataclass(frozen=True, slots=True)
class Preemption:
    """``victim`` must be reverted with ``token`` before the target is free; None: it was free."""

    victim: str | None
    token: int


class Claims:
    """The claims of a ledger. Every change is one transaction with its event."""

    def __init__(self, store: Store, clock: Callable[[], datetime], signer: Signer | None) -> None:
        self._store, self._clock, self._signer = store, clock, signer

    def take(
        self, target: str, stream: str, *, at: datetime, lease: float, token: int | None = None
    ) -> int:
        """Hold ``target`` for ``stream``, ``lease`` seconds unsuspected; gives the stream's token.

        Taking again what the stream holds renews the lease. A process that has a token already
        gives it, so that it notices when it was taken over.

        Raises:
            ClaimHeld: another release holds it, or is about to (it preempts the holder).
            StaleToken: ``token`` is given and the release was taken over since.
        """
        until = at + timedelta(seconds=_positive(lease))
        with self._store.writing() as connection:
            held, made = _lock_claim(connection, target, stream, at, until)
            if held.stream != stream:
                next_up = held.wanted_by not in (None, stream)
                raise ClaimHeld(target, str(held.wanted_by) if next_up else held.stream)
            head = lock_head(connection, stream, token=token)
            if made:
                event = (stream, "claim.taken", {"target": target, "until": to_text(until)})
                append_in(connection, head, event, at=at, signer=self._signer)
            _set(connection, target, until=to_text(until), token=head.token)
            return head.token

    def free(
        self, target: str, stream: str, *, at: datetime | None = None, token: int | None = None
    ) -> bool:
        """Give ``target`` back; goes to the release that preempted, if one waits for it.

        Gives False when ``stream`` does not hold it (any more): freeing twice is harmless.

        Raises:
            StaleToken: ``token`` is given and the release was taken over since.
        """
        at = at or self._clock()
        with self._store.writing() as connection:
            held = _claim(connection, target)
            if held is None or held.stream != stream:
                return False
            head = lock_head(connection, stream, token=token)
            event = (stream, "claim.freed", {"target": target, "to": held.wanted_by})
            append_in(connection, head, event, at=at, signer=self._signer)
            connection.execute(delete(CLAIMS).where(CLAIMS.c.target == target))
            if held.wanted_by is not None and not _is_closed(connection, held.wanted_by):
                self._hand_over(connection, held, at)
            return True

    def preempt(
        self, target: str, by_stream: str, at: datetime, reason: str, *, lease: float = 3600.0
    ) -> Preemption:
        """Claim ``target`` over its holder: token + 1 for the holder, and the target after it.

        The holder's late writes are refused from now on. The caller waits until the holder's open
        effects are quiet, reverts them with the token given, and frees the target for the holder;
        it is then the caller's. Asking again gives the same answer and changes nothing.

        Raises:
            ClaimHeld: a third release preempts it already.
        """
        checked_name("reason", reason)
        until = at + timedelta(seconds=_positive(lease))
        with self._store.writing() as connection:
            held, made = _lock_claim(connection, target, by_stream, at, until)
            if held.stream == by_stream:
                head = lock_head(connection, by_stream)
                if made:
                    event = (by_stream, "claim.taken", {"target": target, "until": to_text(until)})
                    append_in(connection, head, event, at=at, signer=self._signer)
                    _set(connection, target, token=head.token)
                return Preemption(None, head.token)
            return self._take_over(connection, held, by_stream, at, reason)

    def _take_over(
        self, connection: Connection, held: Claim, by_stream: str, at: datetime, reason: str
    ) -> Preemption:
        head = lock_head(connection, held.stream)
        if held.wanted_by == by_stream:
            return Preemption(held.stream, head.token)
        if held.wanted_by is not None and not _is_closed(connection, held.wanted_by):
            raise ClaimHeld(held.target, held.wanted_by)
        token = raise_token(connection, held.stream)
        data = {"target": held.target, "by": by_stream, "reason": reason, "token": token}
        event = (held.stream, "release.preempted", data)
        append_in(connection, head, event, at=at, signer=self._signer)
        _set(connection, held.target, wanted_by=by_stream)
        return Preemption(held.stream, token)

    def _hand_over(self, connection: Connection, held: Claim, at: datetime) -> None:
        """Give a freed target to the release that preempted, for as long as the lease was."""
        heir = str(held.wanted_by)
        until = at + (held.until - held.taken_at)
        _lock_claim(connection, held.target, heir, at, until)
        head = lock_head(connection, heir)
        _set(connection, held.target, token=head.token)
        data = {"target": held.target, "until": to_text(until), "from": held.stream}
        append_in(connection, head, (heir, "claim.taken", data), at=at, signer=self._signer)

    def suspect(self, at: datetime) -> tuple[Claim, ...]:
        """Claims whose lease was over at ``at``, oldest first. They are still held."""
        return self._select(CLAIMS.c.until <= to_text(at))

    def holder(self, target: str) -> Claim | None:
        """Who holds ``target``."""
        with self._store.reading() as connection:
            return _claim(connection, target, lock=False)

    def all(self) -> tuple[Claim, ...]:
        """Every claim, the one whose lease ends first at the front."""
        return self._select()

    def of(self, stream: str) -> tuple[Claim, ...]:
        """What ``stream`` holds."""
        return self._select(CLAIMS.c.stream == stream)

    def _select(self, *where: ColumnElement[bool]) -> tuple[Claim, ...]:
        found = select(CLAIMS).where(*where).order_by(CLAIMS.c.until, CLAIMS.c.target)
        with self._store.reading() as connection:
            return tuple(_claim_of(row) for row in connection.execute(found))


def raise_token(connection: Connection, stream: str) -> int:
    """Token + 1 for a stream whose head is locked: earlier holders' writes are refused."""
    this = STREAMS.c.stream == stream
    connection.execute(update(STREAMS).where(this).values(token=STREAMS.c.token + 1))
    return int(connection.execute(select(STREAMS.c.token).where(this)).scalar_one())


def _lock_claim(
    connection: Connection, target: str, stream: str, at: datetime, until: datetime
) -> tuple[Claim, bool]:
    """The claim on ``target``, locked; made for ``stream`` when there is none (then True)."""
    checked_name("target", target)
    checked_name("stream", stream)
    row = {
        "target": target,
        "stream": stream,
        "token": 0,
        "taken_at": to_text(at),
        "until": to_text(until),
        "wanted_by": None,
    }
    put = insert_or_skip(connection, CLAIMS).values(row).on_conflict_do_nothing()
    made = connection.execute(put.returning(CLAIMS.c.target)).first() is not None
    held = _claim(connection, target)
    if held is None:
        raise LedgerError(f"the claim on {target} vanished while it was being taken; try again")
    return held, made


def _claim(connection: Connection, target: str, *, lock: bool = True) -> Claim | None:
    found = select(CLAIMS).where(CLAIMS.c.target == target)
    row = connection.execute(found.with_for_update() if lock else found).first()
    return None if row is None else _claim_of(row)


def _claim_of(row: Row[Any]) -> Claim:
    return Claim(
        row.target,
        row.stream,
        row.token,
        from_text(row.taken_at),
        from_text(row.until),
        row.wanted_by,
    )


def _set(connection: Connection, target: str, **values: str | int) -> None:
    connection.execute(update(CLAIMS).where(CLAIMS.c.target == target).values(values))


def _is_closed(connection: Connection, stream: str) -> bool:
    closed = select(STREAMS.c.closed_at).where(STREAMS.c.stream == stream)
    return connection.execute(closed).scalar() is not None


def _positive(lease: float) -> float:
    if lease <= 0:
        raise InputError(f"lease must be above 0 seconds; given: {lease}")
    return lease
