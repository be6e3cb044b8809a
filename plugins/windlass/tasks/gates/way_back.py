"""Where a release would go back to, as signatures bind to it; what changed since they signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from windlass.decisions.binding import Bound, difference, unbound
from windlass.ledger.views.live import LIVE_TYPES, fold_live
from windlass.plan.release_plan import PlannedTask
from windlass.tasks.release import Release

#: What of a candidate people recognise it by.
NAMED = ("name", "version", "sha", "digest", "artifacts")
RETRACT = "retract"


def way_back(release: Release) -> str:
    """``production/eu: 1.3.0, production/us: 1.3.0``: the version of every live target.

    A target that this release touched goes back to what was there before.
    """
    view = release.view
    live = fold_live(release.ledger.select(LIVE_TYPES, product=release.plan.product))
    found = []
    for target in release.plan.live_targets:
        stable = (view.before.get(target.name) or {}).get("stable")
        running = live.on(target.name)
        now = running.version if running else RETRACT
        back_to = _version(stable) if stable and target.name in view.touched else now
        found.append(f"{target.name}: {back_to}")
    return ", ".join(found)


def changes_since(
    release: Release, task: PlannedTask, names: tuple[str, ...], now: Mapping[str, Bound]
) -> tuple[str, ...]:
    """What is not any more what the seat of ``task`` was last signed for, line by line."""
    signed = [s for s in release.view.signatures if s["task"] == task.id]
    if not signed:
        return ()
    then = {name: b for name, b in (signed[-1].get("binds") or {}).items() if isinstance(b, str)}
    lines: list[str] = []
    for name in names:
        before, after = then.get(name), now.get(name)
        if not isinstance(before, str) or not isinstance(after, str) or before == after:
            continue
        lines += _readable(release, name, before, after) or unbound([name], then, now)
    return tuple(lines)


def _readable(release: Release, name: str, before: str, after: str) -> tuple[str, ...]:
    if name == "rollback":
        return difference(_places(before), _places(after), of="rollback")
    if name == "package":
        then, now = _candidate(release, before), _candidate(release, after)
        return difference(then, now, of=name) if then and now else ()
    return ()


def _candidate(release: Release, digest: str) -> dict[str, Any]:
    """The candidate with this digest, by what people know it by; empty when there is none."""
    for event in release.ledger.events(release.id):
        if event.type == "candidate.built" and event.data.get("digest") == digest:
            return {name: event.data[name] for name in NAMED if name in event.data}
    return {}


def _places(text: str) -> dict[str, str]:
    return dict(part.split(": ", 1) for part in text.split(", ") if ": " in part)


def _version(stable: Any) -> str:
    return str(stable["version"]) if isinstance(stable, Mapping) else str(stable)
