"""Which ledger this is, and whether the processes of an Airflow may share it.

A SQLite file works only where every process sees the same file on the same local disk. One file
per container would mean that a signature written by the API server never reaches the worker, so
the file remembers the host that made it and every process compares.
"""

from __future__ import annotations

import hashlib
import socket
from dataclasses import dataclass
from pathlib import Path

from windlass.decisions.verdict import Outcome, Verdict

#: Executors that run every task on the host of the scheduler ("in-process": no Airflow at all).
ONE_HOST_EXECUTORS: frozenset[str] = frozenset({"LocalExecutor", "in-process"})


@dataclass(frozen=True, slots=True)
class Identity:
    """``ledger_id`` is made at the first migration and never changes; ``host`` is where."""

    ledger_id: str
    host: str
    dialect: str


def this_host() -> str:
    """A name for this machine: its host name and, where it has one, a digest of its machine id."""
    name = socket.gethostname()
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        try:
            machine = path.read_text().strip()
        except OSError:
            continue
        if machine:
            return f"{name}/{hashlib.sha256(machine.encode()).hexdigest()[:12]}"
    return name


def shared_use(identity: Identity, executor: str, host: str) -> Verdict:
    """Whether processes of ``executor`` on ``host`` may use this ledger.

    ===========  ==============  =========  =======
    dialect      executor        host       outcome
    ===========  ==============  =========  =======
    postgresql   any             any        PASS
    sqlite       LocalExecutor   the same   PASS
    sqlite       LocalExecutor   another    FAIL
    sqlite       any other       any        FAIL
    ===========  ==============  =========  =======
    """
    figures = {"ledger_id": identity.ledger_id, "dialect": identity.dialect, "host": host}
    if identity.dialect == "postgresql":
        return Verdict(Outcome.PASS, ("PostgreSQL can be shared by every process",), figures)
    advice = "set WINDLASS_LEDGER_URL to a PostgreSQL database in every process"
    name = executor.rsplit(".", 1)[-1]
    if name not in ONE_HOST_EXECUTORS:
        reason = f"a SQLite ledger cannot be shared by the workers of {name}; {advice}"
        return Verdict(Outcome.FAIL, (reason,), figures)
    if host != identity.host:
        reason = (
            f"this SQLite ledger was made on host {identity.host} and this process runs on {host}: "
            f"each host would write a ledger of its own; {advice}"
        )
        return Verdict(Outcome.FAIL, (reason,), figures)
    return Verdict(Outcome.PASS, (f"one host ({host}) and {name}: SQLite will do",), figures)
