"""Stop the line: one person stops a product, an environment or everything; a quorum resumes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from windlass.errors import InputError

if TYPE_CHECKING:
    from windlass.ledger import Ledger

TYPES = ("line.stopped", "line.resumed")
#: People who must agree before a stopped line moves again.
QUORUM = 2
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Stopped:
    """A line that is stopped: where, by whom, why, and who has agreed to resume so far."""

    product: str
    environment: str
    by: str
    reason: str
    resumed_by: tuple[str, ...] = ()

    def covers(self, product: str, environment: str) -> bool:
        """Whether a release of ``product`` to ``environment`` must stand still."""
        return self.product in (EVERYTHING, product) and self.environment in (
            EVERYTHING,
            environment,
        )


def stopped_lines(ledger: Ledger) -> tuple[Stopped, ...]:
    """Every line that is stopped now."""
    found: dict[tuple[str, str], Stopped] = {}
    for event in ledger.select(TYPES):
        place = (str(event.data["product"]), str(event.data["environment"]))
        if event.type == "line.stopped":
            found[place] = Stopped(*place, event.by, str(event.data["reason"]))
        elif place in found:
            line = found[place]
            agreed = tuple(dict.fromkeys((*line.resumed_by, event.by)))
            found[place] = Stopped(*place, line.by, line.reason, agreed)
            if len(agreed) >= QUORUM:
                del found[place]
    return tuple(found.values())


def stop(
    ledger: Ledger, *, product: str, environment: str, by: str, reason: str, at: datetime
) -> None:
    """Stop; anybody may.

    Raises:
        InputError: no reason.
    """
    if not reason.strip():
        raise InputError("stopping the line needs a reason")
    data = {"product": product, "environment": environment, "reason": reason}
    ledger.append("line", "line.stopped", data, at=at, by=by)


def agree_to_resume(
    ledger: Ledger, *, product: str, environment: str, by: str, at: datetime
) -> tuple[str, ...]:
    """One person agrees; returns who has so far. The line moves when :data:`QUORUM` have.

    Raises:
        InputError: that line is not stopped.
    """
    for line in stopped_lines(ledger):
        if (line.product, line.environment) == (product, environment):
            data = {"product": product, "environment": environment}
            ledger.append("line", "line.resumed", data, at=at, by=by)
            return tuple(dict.fromkeys((*line.resumed_by, by)))
    raise InputError(f"the line of {product} in {environment} is not stopped")


def why_stopped(lines: Collection[Stopped], product: str, environment: str) -> str | None:
    """Why a release must stand still, or None."""
    for line in lines:
        if line.covers(product, environment):
            agreed = f"; agreed to resume: {', '.join(line.resumed_by)}" if line.resumed_by else ""
            return f"the line is stopped by {line.by}: {line.reason}{agreed}"
    return None
