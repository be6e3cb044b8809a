"""Can the ledger be reached, read, written, and by every process?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

from sqlalchemy.exc import SQLAlchemyError

from windlass.cli.doctor.finding import Finding, broken, fine, worse
from windlass.errors import LedgerError, LedgerSchemaError, WindlassError
from windlass.ledger import Ledger, open_ledger, this_host
from windlass.ledger.ledger import SIGNING_KEY_FILE
from windlass.ledger.signing import Signer
from windlass.ledger.tables import META

MIGRATE = "windlass ledger migrate"


class _UndoneError(Exception):
    """Ends a transaction that was only tried."""


def check_ledger(url: str, executor: str) -> Iterator[Finding]:
    """Everything about the ledger at ``url``, as processes of ``executor`` would use it."""
    yield _key()
    try:
        ledger = open_ledger(url)
    except WindlassError as problem:
        to_make = isinstance(problem, LedgerSchemaError) and MIGRATE in str(problem)
        yield broken("ledger", str(problem), MIGRATE if to_make else "correct WINDLASS_LEDGER_URL")
        return
    try:
        yield fine("ledger", ledger.store.url.render_as_string(hide_password=True))
        yield _writable(ledger)
        verdict = ledger.check_shared_use(executor, this_host())
        if verdict.passed:
            yield fine("ledger is shared", "; ".join(verdict.reasons))
        else:
            yield broken("ledger is shared", "; ".join(verdict.reasons), "use PostgreSQL")
    finally:
        ledger.store.close()


def _writable(ledger: Ledger) -> Finding:
    """Write a row and take it back: rights on tables show only when they are used."""
    try:
        _try_to_write(ledger)
    except _UndoneError:
        return fine("ledger is writable", "a row was written and taken back")
    except (LedgerError, SQLAlchemyError) as problem:
        why = str(problem).splitlines()[0]
        return broken("ledger is writable", why, "give its user the right to write")


def _try_to_write(ledger: Ledger) -> NoReturn:
    with ledger.store.writing() as connection:
        connection.execute(META.insert(), [{"name": "doctor", "value": "tried"}])
        raise _UndoneError


def _key() -> Finding:
    file = os.environ.get(SIGNING_KEY_FILE)
    if not file:
        return worse(
            "signing key",
            "none: heads are not signed, so a truncated ledger shows only against a kept export",
            f"set {SIGNING_KEY_FILE} to an Ed25519 key in PEM",
        )
    try:
        Signer.from_file(Path(file))
    except WindlassError as problem:
        return broken(
            "signing key", str(problem), f"correct the file that {SIGNING_KEY_FILE} names"
        )
    return fine("signing key", file)
