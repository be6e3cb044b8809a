"""What is live where, which versions are blocked: folded over every release of a product."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from windlass.ledger.views.event_like import EventLike

#: The event types a :class:`LiveView` is made of; hand them to ``ledger.select``.
LIVE_TYPES: tuple[str, ...] = (
    "version.promoted",
    "version.adopted",
    "version.blocked",
    "version.lifted",
    "revert.done",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A version on a target. ``artifact`` is how it can be had again, when that is known."""

    version: str
    since: datetime
    artifact: Mapping[str, Any] | None = None
    sha: str | None = None
    release: str | None = None


@dataclass(slots=True)
class LiveView:
    """What is live, by target, newest last; and the blocked versions with the reason."""

    history: dict[str, list[Running]] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    lifted: set[str] = field(default_factory=set)

    def on(self, target: str) -> Running | None:
        """What was promoted to (or adopted on) ``target`` last."""
        history = self.history.get(target)
        return history[-1] if history else None

    def earlier(self, target: str, version: str | None = None) -> Running | None:
        """The last good version before the present one; or ``version``, if it ever was live."""
        for running in reversed(self.history.get(target, [])[:-1]):
            good = running.version not in self.blocked
            if (version is None and good) or running.version == version:
                return running
        return None

    def artifact(self, version: str) -> Mapping[str, Any] | None:
        """How ``version`` can be had, from wherever it was live last."""
        for history in self.history.values():
            for running in reversed(history):
                if running.version == version and running.artifact:
                    return running.artifact
        return None


def fold_live(events: Iterable[EventLike]) -> LiveView:
    """What ``events`` (of types :data:`LIVE_TYPES`, in order) amount to."""
    view = LiveView()
    for event in events:
        _apply(view, event)
    return view


def _apply(view: LiveView, event: EventLike) -> None:
    data = event.data
    match event.type:
        case "version.promoted" | "version.adopted":
            running = Running(
                version=data["version"],
                since=event.at,
                artifact=data.get("artifact"),
                sha=data.get("sha"),
                release=getattr(event, "stream", None),
            )
            view.history.setdefault(data["target"], []).append(running)
        case "version.blocked":
            view.blocked[data["version"]] = data["reason"]
        case "version.lifted":
            view.blocked.pop(data["version"], None)
            view.lifted.add(data["version"])
