"""Airflow's audit log beside what the witness wrote down: what did it miss?

============================================  ==========================================
Airflow's log has                             it was
============================================  ==========================================
an act the witness wrote within a minute      seen; each thing written down explains one
an act it did not write                       missed (it was off, or passed by)
the same act twice, written down once         missed once
an act on the command line                    missed, always: that goes past the API
an act of the last two minutes                not judged yet
============================================  ==========================================

Who did it is not compared: the log has a display name, the ledger the person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

#: Apart by more than this, two acts are two.
NEAR = timedelta(seconds=60)
#: What is younger may still be being written down.
SETTLED = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Logged:
    """What a row of Airflow's audit log says about one release; ``task`` is empty for wider acts.

    ``action`` is the witness's word for ``event``. It is empty for what was done on the command
    line, where ``command`` is what was typed.
    """

    id: int
    at: datetime
    event: str
    action: str
    task: str
    who: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the witness wrote down before it let an act through."""

    at: datetime
    action: str
    task: str


def missed(rows: Iterable[Logged], seen: Iterable[Seen], now: datetime) -> tuple[Logged, ...]:
    """The acts among ``rows`` that nothing in ``seen`` explains, oldest first."""
    left = sorted(seen, key=lambda each: each.at)
    found = []
    for row in sorted(rows, key=lambda each: (each.at, each.id)):
        if now - row.at < SETTLED:
            continue
        match = next((each for each in left if _explains(each, row)), None)
        if match is None:
            found.append(row)
        else:
            left.remove(match)
    return tuple(found)


def _explains(seen: Seen, row: Logged) -> bool:
    same = (seen.action, seen.task) == (row.action, row.task)
    return same and abs(row.at - seen.at) <= NEAR
