"""Which schema a database has, and bringing it up to date (``windlass ledger migrate`` only).

Migrations expand and never contract while a release is open. Every other process compares and
refuses: an older database must be migrated, a newer one needs a newer Windlass.
"""

from __future__ import annotations

import uuid
from pathlib import Path

from sqlalchemy import Connection, column, func, inspect, select, table

from windlass.errors import LedgerSchemaError
from windlass.ledger.identity import this_host
from windlass.ledger.store import Store, sqlite_file
from windlass.ledger.tables import META, VERSION_TABLE

#: Every migration, oldest first; a test compares this with the files in ``migrations/versions``.
REVISIONS: tuple[str, ...] = ("0001",)

_ADVISORY_LOCK = 7493061


def check_schema(store: Store) -> None:
    """Refuse a database this code does not fit.

    Raises:
        LedgerSchemaError: no ledger there, an older or a newer schema; says what to run.
    """
    file = sqlite_file(store.url)
    if file is not None and not file.exists():
        raise LedgerSchemaError(f"no ledger at {file}; run: windlass ledger migrate")
    found = revision(store)
    if found == REVISIONS[-1]:
        return
    if found is None:
        problem = "has no ledger in it; run: windlass ledger migrate"
    elif found in REVISIONS:
        problem = (
            f"has the ledger schema {found}, older than {REVISIONS[-1]} which this Windlass needs; "
            "run: windlass ledger migrate"
        )
    else:
        problem = (
            f"has the ledger schema {found}, newer than {REVISIONS[-1]} which is the newest this "
            "Windlass knows; upgrade windlass in this environment: pip install --upgrade windlass"
        )
    raise LedgerSchemaError(f"{store.url.render_as_string(hide_password=True)} {problem}")


def revision(store: Store) -> str | None:
    """The migration the database has had last; None when it holds no ledger."""
    with store.reading() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(
        select(column("version_num")).select_from(table(VERSION_TABLE))
    ).scalar()
    return None if found is None else str(found)


def migrate(store: Store) -> tuple[str | None, str]:
    """Bring the database to the newest schema; gives the revision before and after.

    Safe to run from several processes at once, and again.

    Raises:
        LedgerSchemaError: the database is newer than this code.
    """
    file = sqlite_file(store.url)
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
    with store.writing() as connection:
        if store.dialect == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        before = _revision(connection)
        if before != REVISIONS[-1] and (before is None or before in REVISIONS):
            _upgrade(connection)
        _name_ledger(connection)
    check_schema(store)
    return before, REVISIONS[-1]


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _name_ledger(connection: Connection) -> None:
    if connection.execute(select(META.c.name).limit(1)).first() is None:
        rows = [
            {"name": "ledger_id", "value": str(uuid.uuid4())},
            {"name": "host", "value": this_host()},
        ]
        connection.execute(META.insert(), rows)
