"""Logs and grouped errors of what runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogCount:
    """How many lines at or above a level, and a few of them as examples."""

    lines: int
    matching: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors that are the same error. ``critical`` is the vendor's or the product's own mark."""

    id: str
    title: str
    count: int
    first_seen: datetime
    version: str
    critical: bool = False
    link: str | None = None


class Logs(Protocol):
    """Count log lines."""

    async def count(self, target: str, version: str, level: str, since: datetime) -> LogCount:
        """Lines of ``version`` on ``target`` since ``since``, those at or above ``level`` apart."""
        ...


class Errors(Protocol):
    """Grouped errors."""

    async def new_groups(self, version: str, since: datetime) -> tuple[ErrorGroup, ...]:
        """Groups first seen in ``version`` since ``since``, most frequent first."""
        ...
