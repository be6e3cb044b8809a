"""One release, as its events say it is.

A :class:`ReleaseView` is folded from the events of one stream by :mod:`.folding`. Reading it
touches nothing, and the same events always give the same view.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

JSON = Any


@dataclass(slots=True)
class Record:
    """How a task ended: ``outcome`` is done, skipped or failed."""

    task: str
    outcome: str
    evidence: Mapping[str, JSON]
    reasons: tuple[str, ...]
    at: datetime
    seq: int
    package: str | None


@dataclass(slots=True)
class Asked:
    """A question and, once given, its answer."""

    question: Mapping[str, JSON]
    at: datetime
    seq: int
    answer: Mapping[str, JSON] | None = None
    answered_at: datetime | None = None
    by: str | None = None


@dataclass(slots=True)
class ReleaseView:
    """Everything the events of one release amount to; see the fields' names."""

    id: str
    seq: int = 0
    opened: Mapping[str, JSON] | None = None
    opened_at: datetime | None = None
    day_0: datetime | None = None
    moved: Mapping[str, JSON] | None = None
    forecast: Mapping[str, JSON] | None = None
    forecast_met: Mapping[str, JSON] | None = None
    captain: str | None = None
    version: str | None = None
    scope: Mapping[str, JSON] | None = None
    candidate: Mapping[str, JSON] | None = None
    candidate_attempt: int = 1
    records: dict[str, Record] = field(default_factory=dict)
    cleared: dict[str, int] = field(default_factory=dict)
    set_by_hand: dict[str, int] = field(default_factory=dict)
    started: dict[str, datetime] = field(default_factory=dict)
    waiting: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    questions: dict[str, Asked] = field(default_factory=dict)
    signatures: list[Mapping[str, JSON]] = field(default_factory=list)
    attested: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    red: dict[str, int] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    waivers: list[Mapping[str, JSON]] = field(default_factory=list)
    exposed: dict[str, float] = field(default_factory=dict)
    audience: dict[str, str] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)
    before: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    looks: dict[str, list[Mapping[str, JSON]]] = field(default_factory=dict)
    verdicts: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    closed: Mapping[str, JSON] | None = None
    closed_at: datetime | None = None
    reverted: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    one_way: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    forward: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    promoted: dict[str, str] = field(default_factory=dict)
    hold: Mapping[str, JSON] | None = None
    overrides: list[Mapping[str, JSON]] = field(default_factory=list)
    preempted: dict[str, Mapping[str, JSON]] = field(default_factory=dict)
    ending: Mapping[str, JSON] | None = None
    outcome: str | None = None
    ended_at: datetime | None = None
    ended: Mapping[str, JSON] | None = None
    milestones: dict[str, datetime] = field(default_factory=dict)
    thread: Mapping[str, JSON] | None = None
    incidents: list[Mapping[str, JSON]] = field(default_factory=list)
    hotfix: Mapping[str, JSON] | None = None
    begun: Mapping[str, JSON] | None = None
    review_owed: Mapping[str, JSON] | None = None
    dropped: list[str] = field(default_factory=list)
    simulated: list[Mapping[str, JSON]] = field(default_factory=list)
    marks: dict[tuple[str, int, str], Mapping[str, JSON]] = field(default_factory=dict)

    @property
    def over(self) -> str | None:
        """Why nothing more may start, or None while the release goes on."""
        if self.outcome:
            return f"this release has ended: {self.outcome}"
        if self.ending:
            return f"this release was {self.ending['outcome']}: {self.ending['reason']}"
        if self.closed:
            how = "forward" if self.forward else "back"
            return f"this release is rolled {how}: {self.closed['reason']}"
        return None

    def record(self, task: str) -> Record | None:
        """How ``task`` ended, unless it was cleared since, or belongs to an older package."""
        record = self.records.get(task)
        if record is None or record.seq < self.cleared.get(task, 0):
            return None
        if record.package is not None and record.package != self.package:
            return None
        return record

    @property
    def settled(self) -> bool:
        """Whether production was finished or put back: no task of it is done again."""
        record = self.records.get("execution.settle")
        return record is not None and record.outcome == "done"

    @property
    def package(self) -> str | None:
        """Digest of the package that is being released, once it is built."""
        return str(self.candidate["digest"]) if self.candidate else None

    def open_questions(self) -> tuple[Asked, ...]:
        """Questions nobody has answered, oldest first."""
        if self.outcome:
            return ()
        return tuple(
            asked
            for asked in self.questions.values()
            if asked.answer is None and not self._withdrawn(asked)
        )

    def _withdrawn(self, asked: Asked) -> bool:
        task = str(asked.question["task"])
        record = self.record(task)
        newest = max(
            (a.seq for a in self.questions.values() if a.question["task"] == task), default=0
        )
        return (record is not None and record.seq > asked.seq) or newest > asked.seq
