"""The first schema: streams, events, effects, claims, signed heads."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _plain(length: int) -> sa.String:
    """Text that is compared byte by byte, whatever the database's locale."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


INSTANT = _plain(27)
HASH = _plain(64)
NAME = _plain(250)


def upgrade() -> None:
    """Create every table, and forbid changing or deleting an event."""
    _meta()
    _streams()
    _events()
    _effects()
    _claims()
    _signed_heads()
    _append_only()


def _meta() -> None:
    op.create_table(
        "windlass_meta",
        sa.Column("name", sa.String(50), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )


def _streams() -> None:
    op.create_table(
        "windlass_streams",
        sa.Column("stream", NAME, primary_key=True),
        sa.Column("product", NAME),
        sa.Column("opened_at", INSTANT),
        sa.Column("closed_at", INSTANT),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
    )
    op.create_index("windlass_streams_opened", "windlass_streams", ["opened_at"])
    still_open = sa.text("closed_at IS NULL")
    op.create_index(
        "windlass_streams_open",
        "windlass_streams",
        ["opened_at"],
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("windlass_streams_product", "windlass_streams", ["product", "opened_at"])


def _events() -> None:
    op.create_table(
        "windlass_events",
        sa.Column("stream", NAME, primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("type", _plain(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("by", NAME, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("key", NAME),
        sa.Column("prev_hash", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.UniqueConstraint("stream", "key", name="windlass_events_key"),
    )
    op.create_index("windlass_events_type", "windlass_events", ["type", "at", "stream", "seq"])
    op.create_index("windlass_events_stream_type", "windlass_events", ["stream", "type"])


def _effects() -> None:
    op.create_table(
        "windlass_effects",
        sa.Column("stream", NAME, primary_key=True),
        sa.Column("key", NAME, primary_key=True),
        sa.Column("kind", sa.String(100), nullable=False),
        sa.Column("target", NAME),
        sa.Column("idempotency", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("visible_within", sa.Float, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at", INSTANT, nullable=False),
    )
    op.create_index("windlass_effects_target", "windlass_effects", ["target", "until"])


def _claims() -> None:
    op.create_table(
        "windlass_claims",
        sa.Column("target", NAME, primary_key=True),
        sa.Column("stream", NAME, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("taken_at", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("wanted_by", NAME),
    )
    op.create_index("windlass_claims_stream", "windlass_claims", ["stream"])


def _signed_heads() -> None:
    op.create_table(
        "windlass_signed_heads",
        sa.Column("stream", NAME, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
    )


def _append_only() -> None:
    """Guard against accidents; the chain of hashes is what finds intent."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER windlass_events_no_{verb.lower()} BEFORE {verb} "
                "ON windlass_events BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION windlass_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$"
    )
    op.execute(
        "CREATE TRIGGER windlass_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON windlass_events FOR EACH STATEMENT EXECUTE FUNCTION windlass_append_only()"
    )
