"""The effect store in memory, on the same rules as the database's.

Exhaustive search needs thousands of runs a second. That this store and the real one answer alike
is a test of its own (test_model.py): the same schedules run on both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from windlass.errors import EffectBusy
from windlass.ledger.appending import refuse_stale
from windlass.ledger.effect_rules import (
    AlreadyDone,
    Busy,
    Claimed,
    EffectRow,
    EffectState,
    Intent,
    claim,
    finished,
    renewed,
)
from windlass.ledger.effect_store import ExposureClosed, closed_message, refuse_overtaken


@dataclass
class MemoryStore:
    """Rows by (stream, key), tokens by stream, and which streams are closed."""

    rows: dict[tuple[str, str], EffectRow] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)

    def claim(self, intent: Intent, now: datetime) -> Claimed:
        refuse_stale(intent.stream, intent.token, self.tokens.get(intent.stream, 1))
        self._refuse_closed(intent)
        where = (intent.stream, intent.key)
        neighbours = [
            row
            for at, row in self.rows.items()
            if at != where and intent.target is not None and row.target == intent.target
        ]
        answer = claim(self.rows.get(where), intent, now, neighbours)
        if not isinstance(answer, AlreadyDone | Busy):
            self.rows[where] = answer.row
        return answer

    def renew(self, row: EffectRow, intent: Intent, now: datetime) -> EffectRow:
        refuse_stale(row.stream, row.token, self.tokens.get(row.stream, 1))
        self._refuse_closed(intent)
        return self._put(row, renewed(row, intent.deadline, now))

    def recheck(self, row: EffectRow, intent: Intent, now: datetime) -> None:
        refuse_stale(row.stream, row.token, self.tokens.get(row.stream, 1))
        self._refuse_closed(intent)
        refuse_overtaken(row, self.rows.get((row.stream, row.key)), now)

    def finish(
        self, row: EffectRow, state: EffectState, now: datetime, *, result: Any, reason: str
    ) -> EffectRow:
        refuse_stale(row.stream, row.token, self.tokens.get(row.stream, 1))
        return self._put(row, finished(row, state, now, result=result, reason=reason))

    def bump_token(self, stream: str) -> int:
        self.tokens[stream] = self.tokens.get(stream, 1) + 1
        return self.tokens[stream]

    def close(self, stream: str, _at: datetime) -> None:
        self.closed.add(stream)

    def all_rows(self) -> list[EffectRow]:
        return [self.rows[where] for where in sorted(self.rows)]

    def _refuse_closed(self, intent: Intent) -> None:
        if intent.unless_closed and intent.stream in self.closed:
            raise ExposureClosed(closed_message(intent))

    def _put(self, before: EffectRow, after: EffectRow) -> EffectRow:
        found = self.rows[before.stream, before.key]
        if (found.attempt, found.state) != (before.attempt, before.state):
            raise EffectBusy("taken over")
        self.rows[before.stream, before.key] = after
        return after
