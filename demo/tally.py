"""What became of a region's requests, failures told apart by whose they are."""

from __future__ import annotations

from collections import Counter
from typing import Any

from demo import wire

SLOW_SECONDS = 0.25


class Tally:
    """Counts of one region's traffic.

    `service` failures are 5xx answers of a version (the header `X-Storefront-Version` says which):
    the version's own. `router` and `transport` failures are the roll-out's: an answer the router
    made up, or none at all.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.held_back = 0
        self.answered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.slow: Counter[str] = Counter()
        self.service: Counter[str] = Counter()
        self.service_by_kind: Counter[str] = Counter()
        self.router: Counter[str] = Counter()
        self.transport: Counter[str] = Counter()

    def reply(self, kind: str, reply: wire.Message, seconds: float) -> None:
        """An answer came back."""
        blame = reply.header("X-Router-Error")
        if blame is not None:
            self.router[blame] += 1
            return
        version = reply.header("X-Storefront-Version")
        if version is None:
            self.transport["answer without a version"] += 1
            return
        self.answered[version] += 1
        self.slow[version] += seconds > SLOW_SECONDS
        if reply.status >= 500:
            self.service[version] += 1
            self.service_by_kind[kind] += 1
        elif reply.status >= 400:
            self.refused[version] += 1

    def lost(self, reason: str) -> None:
        """No answer came back."""
        self.transport[reason] += 1

    @property
    def failed_by_rollout(self) -> int:
        """Requests that failed though no version said so."""
        return self.router.total() + self.transport.total()

    def as_json(self) -> dict[str, Any]:
        """All counts."""
        return {
            "sent": self.sent,
            "held_back": self.held_back,
            "answered": dict(self.answered),
            "slow": dict(self.slow),
            "client_errors": dict(self.refused),
            "service_errors": dict(self.service),
            "service_errors_by_kind": dict(self.service_by_kind),
            "router_errors": dict(self.router),
            "transport_errors": dict(self.transport),
            "failed_by_rollout": self.failed_by_rollout,
        }
