"""The rules of "happens once", as pure functions over one row: no database, no clock.

A row goes ``intended → done | refused | unknown`` (and ``absent``, when a person decided that an
unknown one did not happen). Who may act on it follows from the row and the time alone:

=========================  ==========================================  =====================
state                      time                                        a try gets
=========================  ==========================================  =====================
no row, refused, absent    any                                         Go: do it
done                       any                                         AlreadyDone (``once``)
intended, unknown          now < until + visible_within                Busy
intended, unknown          now ≥ until + visible_within                Look: find out first
=========================  ==========================================  =====================

``until`` bounds the life of a try: its call to the vendor never outlives it. ``visible_within``
bounds the vendor: what a call did can be found that many seconds later. A try that starts looking
after both therefore sees everything that any earlier try did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from windlass.ledger.canonical import JSON
from windlass.ports.effect import Idempotency

__all__ = [
    "AlreadyDone",
    "Busy",
    "Claimed",
    "EffectRow",
    "EffectState",
    "Go",
    "Idempotency",
    "Intent",
    "Look",
    "claim",
    "finished",
    "renewed",
]


class EffectState(StrEnum):
    """Where an effect stands. ``UNKNOWN``: nobody can tell whether it happened."""

    INTENDED = "intended"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ABSENT = "absent"


_NOTHING_HAPPENED = frozenset({EffectState.REFUSED, EffectState.ABSENT})


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One effect of one release. Times are aware and in UTC, ``visible_within`` is in seconds."""

    stream: str
    key: str
    kind: str
    target: str | None
    idempotency: Idempotency
    state: EffectState
    token: int
    attempt: int
    until: datetime
    visible_within: float
    result: JSON
    reason: str
    at: datetime

    @property
    def quiet_at(self) -> datetime:
        """From then on no call of this try can be alive or still coming into sight."""
        return self.until + timedelta(seconds=self.visible_within)


@dataclass(frozen=True, slots=True)
class Intent:
    """What a try is about to do; ``repeatable`` marks ``converge``, which acts on done rows too."""

    stream: str
    key: str
    kind: str
    target: str | None
    idempotency: Idempotency
    token: int
    deadline: float
    visible_within: float
    unless_closed: bool
    repeatable: bool


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """It happened; ``result`` is what the vendor answered then."""

    result: JSON


@dataclass(frozen=True, slots=True)
class Busy:
    """Another try may be alive until ``quiet_at``; nothing was written."""

    holder: EffectRow


@dataclass(frozen=True, slots=True)
class Go:
    """The row is ours and nothing can have happened yet: do it."""

    row: EffectRow


@dataclass(frozen=True, slots=True)
class Look:
    """The row is ours, but an earlier try may have done it: find out first."""

    row: EffectRow


Claimed: TypeAlias = AlreadyDone | Busy | Go | Look


def claim(
    row: EffectRow | None, intent: Intent, now: datetime, neighbours: Iterable[EffectRow]
) -> Claimed:
    """What a try may do, given the row of its key and those of other keys on the same target."""
    if row is not None and row.state is EffectState.DONE and not intent.repeatable:
        return AlreadyDone(row.result)
    open_row = row is not None and row.state in (EffectState.INTENDED, EffectState.UNKNOWN)
    if row is not None and open_row and now < row.quiet_at:
        return Busy(row)
    acted = [other for other in neighbours if other.state not in _NOTHING_HAPPENED]
    busy = [other for other in acted if now < other.quiet_at]
    if busy:
        return Busy(max(busy, key=lambda other: other.quiet_at))
    taken = EffectRow(
        stream=intent.stream,
        key=intent.key,
        kind=intent.kind,
        target=intent.target,
        idempotency=intent.idempotency,
        state=EffectState.INTENDED,
        token=intent.token,
        attempt=1 if row is None else row.attempt + 1,
        until=now + timedelta(seconds=intent.deadline),
        visible_within=intent.visible_within,
        result=None if row is None else row.result,
        reason="",
        at=now,
    )
    return Look(taken) if open_row else Go(taken)


def renewed(row: EffectRow, deadline: float, now: datetime) -> EffectRow:
    """The row of a try that found nothing and now has ``deadline`` seconds to do it."""
    return replace(row, until=now + timedelta(seconds=deadline), at=now)


def finished(
    row: EffectRow, state: EffectState, now: datetime, *, result: JSON = None, reason: str = ""
) -> EffectRow:
    """The row of a try that is over: its call is not alive any more, so ``until`` ends now."""
    until = min(row.until, max(row.at, now))
    return replace(row, state=state, until=until, result=result, reason=reason, at=now)
