"""Asking users how it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from windlass.ports.effect import Idempotency, changes_the_world


@dataclass(frozen=True, slots=True)
class Response:
    """One answer: a score from 1 (bad) to 5 (good) and what the user wrote."""

    score: int
    text: str = ""


class Surveys(Protocol):
    """Surveys by key."""

    async def find(self, key: str) -> str | None:
        """Link of the survey opened for ``key``."""
        ...

    @changes_the_world(Idempotency.MARKER)
    async def open(self, key: str, title: str, questions: tuple[str, ...]) -> str:
        """Open a survey and return its link."""
        ...

    async def responses(self, key: str) -> tuple[Response, ...]:
        """What has come in so far."""
        ...
