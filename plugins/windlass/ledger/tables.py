"""The ledger's tables, as the code uses them; the migrations create them.

Instants are text (:func:`windlass.ledger.event.to_text`) and JSON is canonical text in both
dialects: what was hashed is what is stored, byte for byte, and text sorts by time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

#: Alembic's own table: which migration the database has had.
VERSION_TABLE = "windlass_version"


def _plain(length: int) -> String:
    """Text that is compared byte by byte: the same order in both dialects, and prefixes indexed."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


_NAME = _plain(250)
_INSTANT = _plain(27)
_HASH = _plain(64)

META = Table(
    "windlass_meta",
    METADATA,
    Column("name", String(50), primary_key=True),
    Column("value", Text, nullable=False),
)

STREAMS = Table(
    "windlass_streams",
    METADATA,
    Column("stream", _NAME, primary_key=True),
    Column("product", _NAME),
    Column("opened_at", _INSTANT),
    Column("closed_at", _INSTANT),
    Column("seq", Integer, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("token", Integer, nullable=False),
    Index("windlass_streams_opened", "opened_at"),
    Index(
        "windlass_streams_open",
        "opened_at",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
    Index("windlass_streams_product", "product", "opened_at"),
)

EVENTS = Table(
    "windlass_events",
    METADATA,
    Column("stream", _NAME, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", _plain(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("by", _NAME, nullable=False),
    Column("data", Text, nullable=False),
    Column("key", _NAME),
    Column("prev_hash", _HASH, nullable=False),
    Column("hash", _HASH, nullable=False),
    UniqueConstraint("stream", "key", name="windlass_events_key"),
    Index("windlass_events_type", "type", "at", "stream", "seq"),
    Index("windlass_events_stream_type", "stream", "type"),
)

EFFECTS = Table(
    "windlass_effects",
    METADATA,
    Column("stream", _NAME, primary_key=True),
    Column("key", _NAME, primary_key=True),
    Column("kind", String(100), nullable=False),
    Column("target", _NAME),
    Column("idempotency", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("token", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("until", _INSTANT, nullable=False),
    Column("visible_within", Float, nullable=False),
    Column("result", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Index("windlass_effects_target", "target", "until"),
)

CLAIMS = Table(
    "windlass_claims",
    METADATA,
    Column("target", _NAME, primary_key=True),
    Column("stream", _NAME, nullable=False),
    Column("token", Integer, nullable=False),
    Column("taken_at", _INSTANT, nullable=False),
    Column("until", _INSTANT, nullable=False),
    Column("wanted_by", _NAME),
    Index("windlass_claims_stream", "stream"),
)

SIGNED_HEADS = Table(
    "windlass_signed_heads",
    METADATA,
    Column("stream", _NAME, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(128), nullable=False),
)
