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
)

METADATA = MetaData()

#: Alembic's own table: which migration the database has had.
VERSION_TABLE = "windlass_version"

_INSTANT = String(27)
_HASH = String(64)

META = Table(
    "windlass_meta",
    METADATA,
    Column("name", String(50), primary_key=True),
    Column("value", Text, nullable=False),
)

STREAMS = Table(
    "windlass_streams",
    METADATA,
    Column("stream", String(250), primary_key=True),
    Column("product", String(250)),
    Column("opened_at", _INSTANT),
    Column("closed_at", _INSTANT),
    Column("seq", Integer, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("token", Integer, nullable=False),
    Index("windlass_streams_opened", "opened_at"),
    Index("windlass_streams_product", "product", "opened_at"),
)

EVENTS = Table(
    "windlass_events",
    METADATA,
    Column("stream", String(250), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(100), nullable=False),
    Column("version", Integer, nullable=False),
    Column("at", _INSTANT, nullable=False),
    Column("by", String(250), nullable=False),
    Column("data", Text, nullable=False),
    Column("key", String(250)),
    Column("prev_hash", _HASH, nullable=False),
    Column("hash", _HASH, nullable=False),
    UniqueConstraint("stream", "key", name="windlass_events_key"),
    Index("windlass_events_type", "type", "at", "stream", "seq"),
    Index("windlass_events_stream_type", "stream", "type"),
)

EFFECTS = Table(
    "windlass_effects",
    METADATA,
    Column("stream", String(250), primary_key=True),
    Column("key", String(250), primary_key=True),
    Column("kind", String(100), nullable=False),
    Column("target", String(250)),
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
    Column("target", String(250), primary_key=True),
    Column("stream", String(250), nullable=False),
    Column("token", Integer, nullable=False),
    Column("taken_at", _INSTANT, nullable=False),
    Column("until", _INSTANT, nullable=False),
    Column("wanted_by", String(250)),
    Index("windlass_claims_stream", "stream"),
)

SIGNED_HEADS = Table(
    "windlass_signed_heads",
    METADATA,
    Column("stream", String(250), primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", _HASH, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("signature", String(128), nullable=False),
)
