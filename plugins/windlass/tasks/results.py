"""The five things a task can answer: done, wait, ask, skip, fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from windlass.tasks.question import Question

JSON = Any


@dataclass(frozen=True, slots=True)
class Done:
    """The work is done. ``evidence`` holds the facts it leaves, by name; plain JSON."""

    evidence: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: run the task again when something has moved.

    Attributes:
        reason: what it waits for, for people.
        every: seconds between two looks at the outside world; 0 = only the ledger can end it.
        until: when to run the task again whatever happened (a reminder, a deadline).
        also: streams of the ledger beside the release's own that end the wait when they move, with
            the last event seen of each (the calendar as it is published).
    """

    reason: str
    every: float = 0.0
    until: datetime | None = None
    also: Mapping[str, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """What is waited for, and until when, as it stands on the task."""
        return self.reason + (f" (until {self.until:%F %H:%M} UTC)" if self.until else "")


@dataclass(frozen=True, slots=True)
class Ask:
    """A person must answer ``question`` first. ``until``: run again then (a reminder is due)."""

    question: Question
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """There is nothing to do here, and why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Fail:
    """The release cannot go on from here. Trying again does not help."""

    reasons: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.reasons:
            raise ValueError("a failure needs at least one reason")


Result = Done | Wait | Ask | Skip | Fail
