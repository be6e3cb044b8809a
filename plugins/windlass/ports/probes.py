"""Asking a running system over HTTP whether it works: health, smoke and synthetic checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProbeAnswer:
    """What came back. ``status`` 0 means that nothing did, and ``problem`` says why."""

    status: int
    seconds: float
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""


class Probes(Protocol):
    """One request, one answer; a refused connection is an answer too, not an exception."""

    async def request(
        self, url: str, *, method: str = "GET", body: str | None = None, timeout: float = 5.0
    ) -> ProbeAnswer:
        """Ask ``url``; ``timeout`` in seconds."""
        ...
