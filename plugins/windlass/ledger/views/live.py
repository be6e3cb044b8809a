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
    "way_back.ended",
    "flag.killed",
)


@dataclass(frozen=True, slots=True)
class Running:
    """A version on a target. ``artifact`` is how it can be had again, when that is known.

    A feature flag's target is ``on`` or ``off``; ``code`` is the version that it was turned on for.
    """

    version: str
    since: datetime
    artifact: Mapping[str, Any] | None = None
    sha: str | None = None
    release: str | None = None
    code: str | None = None


@dataclass(slots=True)
class LiveView:
    """What is live, by target, newest last; and the blocked versions with the reason.

    ``lifted``: how often a version was; it runs as so many attempts more.
    ``one_way``: by target, the versions that migrated its data for good.
    """

    history: dict[str, list[Running]] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    lifted: dict[str, int] = field(default_factory=dict)
    one_way: dict[str, set[str]] = field(default_factory=dict)

    def on(self, target: str) -> Running | None:
        """What was promoted to (or adopted on) ``target`` last."""
        history = self.history.get(target)
        return history[-1] if history else None

    def was_on(self, target: str, version: str) -> bool:
        """Whether ``version`` ever was live on ``target``, or is."""
        return any(running.version == version for running in self.history.get(target, ()))

    def earlier(self, target: str, version: str | None = None) -> Running | None:
        """The last good version before the present one; or ``version``, if it ever was live."""
        for running in reversed(self.history.get(target, [])[:-1]):
            good = running.version not in self.blocked
            if (version is None and good) or running.version == version:
                return running
        return None

    def behind(self, target: str, wanted: str) -> str | None:
        """The version that migrated ``target`` for good since ``wanted`` was live there last."""
        for running in reversed(self.history.get(target, [])):
            if running.version == wanted:
                return None
            if running.version in self.one_way.get(target, ()):
                return running.version
        return None

    def flags_on(self, place: str) -> dict[str, str | None]:
        """The flags that releases turned on at ``place``, and for which version, newest last."""
        return {
            target: history[-1].code
            for target, history in self.history.items()
            if target.startswith(f"{place}+") and history[-1].version == "on"
        }

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
                code=data.get("code"),
            )
            view.history.setdefault(data["target"], []).append(running)
        case "flag.killed":
            _killed(view, event)
        case "version.blocked":
            view.blocked[data["version"]] = data["reason"]
        case "way_back.ended":
            view.one_way.setdefault(data["target"], set()).add(data["version"])
        case "version.lifted":
            view.blocked.pop(data["version"], None)
            view.lifted[data["version"]] = view.lifted.get(data["version"], 0) + 1


def _killed(view: LiveView, event: EventLike) -> None:
    """A person turned a flag off; what no release turned on is not in this view."""
    place = event.data.get("target") or event.data["environment"]
    target = f"{place}+{event.data['flag']}"
    if target in view.history:
        view.history[target].append(Running("off", event.at))
