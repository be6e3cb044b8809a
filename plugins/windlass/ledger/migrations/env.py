"""Runs the migrations on the connection that ``windlass.ledger.schema`` hands over."""

from __future__ import annotations

from alembic import context

from windlass.ledger.tables import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    transactional_ddl=False,  # the caller's transaction holds all of it
)
context.run_migrations()
