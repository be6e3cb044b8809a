"""The ledger: the one record that releases, the board and the report are read from."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Row, Select, bindparam, select

from windlass.decisions.verdict import Verdict
from windlass.errors import InputError, WindlassError
from windlass.ledger.appending import append_in, event_of, lock_head
from windlass.ledger.canonical import JSON
from windlass.ledger.claims import Claims, raise_token
from windlass.ledger.documents import Documents
from windlass.ledger.effect_store import SqlEffectStore
from windlass.ledger.effects import Clock, ReleaseEffects
from windlass.ledger.event import Entry, Event, Head, StreamInfo, from_text, to_text
from windlass.ledger.identity import Identity, shared_use
from windlass.ledger.schema import check_schema
from windlass.ledger.schema import migrate as migrate_schema
from windlass.ledger.store import Store
from windlass.ledger.tables import EVENTS, META, SIGNED_HEADS, STREAMS

if TYPE_CHECKING:
    from windlass.ledger.chain import Verification
    from windlass.ledger.signing import SignedHead, Signer

#: Environment variable that names the PEM file of the key that signs heads.
SIGNING_KEY_FILE = "WINDLASS_LEDGER_SIGNING_KEY_FILE"

#: The events of a stream from one on; made once, since every look at a release asks it.
_NEWER = (
    select(EVENTS)
    .where(EVENTS.c.stream == bindparam("named"), EVENTS.c.seq > bindparam("after"))
    .order_by(EVENTS.c.seq)
)
_HEADS = select(STREAMS.c.stream, STREAMS.c.seq, STREAMS.c.hash, STREAMS.c.token).where(
    STREAMS.c.stream.in_(bindparam("named", expanding=True))
)


def now_utc() -> datetime:
    """The present, aware, in UTC."""
    return datetime.now(UTC)


def open_ledger(
    url: str, *, migrate: bool = False, signer: Signer | None = None, clock: Clock = now_utc
) -> Ledger:
    """Open the ledger at ``url``.

    Args:
        url: ``sqlite:////path/ledger.db`` or ``postgresql://user@host/database``.
        migrate: bring the schema up to date first. Only ``windlass ledger migrate``, ``init`` and
            the demo do that; every other process refuses a schema that is not its own.
        signer: signs heads; by default the key in the file that ``SIGNING_KEY_FILE`` names, if set.
        clock: the present, where a call does not say ``at``.

    Raises:
        LedgerSchemaError: an older or newer schema, or none; says what to run.
        LedgerUnavailable: it cannot be reached.
        InputError: the URL or the signing key is wrong.
    """
    store = Store(url)
    try:
        (migrate_schema if migrate else check_schema)(store)
    except WindlassError:
        store.close()
        raise
    file = os.environ.get(SIGNING_KEY_FILE)
    if signer is None and file:
        from windlass.ledger.signing import Signer

        signer = Signer.from_file(Path(file))
    return Ledger(store, signer=signer, clock=clock)


class Ledger:
    """Append-only streams of events, one per release, each chained by hashes."""

    def __init__(self, store: Store, *, signer: Signer | None, clock: Clock) -> None:
        self.store, self._signer, self._clock = store, signer, clock
        self.claims = Claims(store, clock, signer)
        self.documents = Documents(store, signer)
        self._identity: Identity | None = None

    def append(
        self,
        stream: str,
        type: str,  # noqa: A002  # the name of the field everywhere
        data: Mapping[str, JSON],
        *,
        key: str | None = None,
        at: datetime,
        by: str = "windlass",
        token: int | None = None,
    ) -> Event:
        """Write an event at the end of ``stream``.

        With a ``key`` that the stream has already, nothing is written and the first event is given.

        Raises:
            InputError: unknown type, missing data, a secret, a value JSON cannot hold.
            StaleToken: the stream's token is greater than ``token``.
            LedgerUnavailable: it cannot be written.
        """
        return self.append_together(stream, [(type, data, key)], at=at, by=by, token=token)[0]

    def append_together(
        self,
        stream: str,
        entries: Sequence[Entry],
        *,
        at: datetime,
        by: str = "windlass",
        token: int | None = None,
    ) -> tuple[Event, ...]:
        """As :meth:`append`, for events of which none may be there without the others."""
        written = []
        with self.store.writing() as connection:
            for name, data, key in entries:
                head = lock_head(connection, stream, token=token)
                event = (stream, name, data)
                written.append(
                    append_in(connection, head, event, at=at, by=by, key=key, signer=self._signer)
                )
        return tuple(written)

    def events(self, stream: str, *, after: int = 0) -> tuple[Event, ...]:
        """The events of ``stream`` whose ``seq`` is above ``after``, in order."""
        with self.store.reading() as connection:
            rows = connection.execute(_NEWER, {"named": stream, "after": after})
            return tuple(event_of(row) for row in rows)

    def select(
        self,
        types: Collection[str],
        *,
        product: str | None = None,
        after: datetime | None = None,
    ) -> tuple[Event, ...]:
        """Events of these types over all releases, in order of (at, stream, seq).

        Args:
            types: the names of the types.
            product: only those of this product's releases.
            after: only those later than this instant.
        """
        found = _of_types(of_product=product is not None, later=after is not None)
        asked: dict[str, Any] = {"types": sorted(types), "product": product}
        asked["after"] = to_text(after) if after is not None else None
        with self.store.reading() as connection:
            return tuple(event_of(row) for row in connection.execute(found, asked))

    def head(self, stream: str) -> Head | None:
        """Where ``stream`` stands; None when nothing was ever written to it."""
        return self.heads((stream,)).get(stream)

    def heads(self, streams: Collection[str]) -> dict[str, Head]:
        """Where each of ``streams`` stands, in one query; those that do not exist are left out."""
        with self.store.reading() as connection:
            rows = connection.execute(_HEADS, {"named": sorted(set(streams))}).all()
        return {row.stream: Head(row.seq, row.hash, row.token) for row in rows}

    def streams(self, prefix: str = "", *, open_only: bool = False) -> tuple[StreamInfo, ...]:
        """The releases whose name starts with ``prefix``, newest first."""
        found = select(STREAMS).where(STREAMS.c.opened_at.is_not(None))
        if prefix:
            found = found.where(STREAMS.c.stream.startswith(prefix, autoescape=True))
        if open_only:
            found = found.where(STREAMS.c.closed_at.is_(None))
        found = found.order_by(STREAMS.c.opened_at.desc(), STREAMS.c.stream.desc())
        with self.store.reading() as connection:
            return tuple(_stream_info(row) for row in connection.execute(found))

    def bump_token(self, stream: str) -> int:
        """Take the stream over: token + 1. Writes with an earlier token are refused from now on."""
        with self.store.writing() as connection:
            lock_head(connection, stream)
            return raise_token(connection, stream)

    def effects(self, stream: str, *, token: int, clock: Clock | None = None) -> ReleaseEffects:
        """The effects of a release, for a caller that holds ``token``."""
        sql = SqlEffectStore(self.store, self._signer)
        return ReleaseEffects(sql, stream, token=token, clock=clock or self._clock)

    def signed_head(self, stream: str) -> SignedHead | None:
        """The head of ``stream``, signed now with this process's key, or as it was signed last.

        Keep it outside the ledger (a report, a message): only that shows a whole rewrite later.
        """
        from windlass.ledger.signing import SignedHead, sign_head

        head = self.head(stream)
        if head is not None and head.seq > 0 and self._signer is not None:
            return sign_head(self._signer, stream, head.seq, head.hash)
        with self.store.reading() as connection:
            found = select(SIGNED_HEADS).where(SIGNED_HEADS.c.stream == stream)
            row = connection.execute(found).first()
        if row is None:
            return None
        return SignedHead(row.stream, row.seq, row.hash, row.key_id, row.signature)

    def verify(
        self,
        stream: str | None = None,
        *,
        head: SignedHead | None = None,
        public_key: str | None = None,
    ) -> Verification:
        """Look for events edited, deleted, reordered or cut off, in one stream or in all.

        Args:
            stream: the one to check; None checks all, and that none is missing.
            head: a signed head kept outside the ledger.
            public_key: PEM; by default that of this process's signing key.

        Raises:
            InputError: there is no such stream.
        """
        from windlass.ledger.verify import verify_database

        key = public_key or (self._signer.public_pem() if self._signer else None)
        heads = () if head is None else (head,)
        return verify_database(self.store, stream, heads=heads, public_key=key)

    def export(self, stream: str) -> str:
        """The release's events as one file that :func:`windlass.ledger.verify_export` checks.

        Raises:
            InputError: there is no such stream.
        """
        from windlass.ledger.export import written_export

        events = self.events(stream)
        if not events:
            raise InputError(f"no stream {stream} in this ledger; see: windlass status")
        signed = self.signed_head(stream)
        return written_export(self.identity.ledger_id, stream, events, signed)

    @property
    def identity(self) -> Identity:
        """Which ledger this is."""
        if self._identity is None:
            with self.store.reading() as connection:
                rows = connection.execute(select(META.c.name, META.c.value)).all()
            values = {row.name: row.value for row in rows}
            self._identity = Identity(values["ledger_id"], values["host"], self.store.dialect)
        return self._identity

    def check_shared_use(self, executor: str, host: str) -> Verdict:
        """Whether processes of Airflow's ``executor`` on ``host`` may share this ledger."""
        return shared_use(self.identity, executor, host)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database connections."""
        self.store.close()


@cache
def _of_types(*, of_product: bool, later: bool) -> Select[Any]:
    """Events of types over all releases; made once, as the statements above."""
    found = select(EVENTS).where(EVENTS.c.type.in_(bindparam("types", expanding=True)))
    if of_product:
        mine = select(STREAMS.c.stream).where(STREAMS.c.product == bindparam("product"))
        found = found.where(EVENTS.c.stream.in_(mine))
    if later:
        found = found.where(EVENTS.c.at > bindparam("after"))
    return found.order_by(EVENTS.c.at, EVENTS.c.stream, EVENTS.c.seq)


def _stream_info(row: Row[Any]) -> StreamInfo:
    closed = None if row.closed_at is None else from_text(row.closed_at)
    return StreamInfo(row.stream, row.product, from_text(row.opened_at), closed, row.seq)
