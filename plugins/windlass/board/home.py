"""The first page: what waits for me, what goes on, what is live where, what ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from windlass.board.live import ProductLive
from windlass.board.phases import Phase, current, phases_of
from windlass.board.snapshot import Snapshot
from windlass.board.waiting import Waiting, waits_of
from windlass.ledger.event import Event
from windlass.tasks.line import Stopped
from windlass.tasks.people import person_called

#: Ended releases that the page lists.
MOST_ENDED = 15


@dataclass(frozen=True, slots=True)
class OpenRelease:
    """A release that goes on. ``standing``: what keeps it from going on, when something does."""

    id: str
    name: str
    release_type: str
    captain: str
    opened: datetime
    day_0: datetime | None
    phase: str
    phases: tuple[Phase, ...]
    exposure: tuple[tuple[str, float], ...]
    standing: str
    dry_run: bool
    asks: tuple[Waiting, ...]
    waits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Ended:
    """A release that ended."""

    id: str
    outcome: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Home:
    """Everything the first page shows."""

    user: str
    mine: tuple[Waiting, ...]
    releases: tuple[OpenRelease, ...]
    products: tuple[ProductLive, ...]
    stopped: tuple[Stopped, ...]
    ended: tuple[Ended, ...]


def home_of(
    releases: Sequence[Snapshot],
    *,
    user: str,
    products: tuple[ProductLive, ...],
    stopped: tuple[Stopped, ...],
    ended: Iterable[Event],
) -> Home:
    """The first page as ``user`` (an Airflow id) sees it.

    Args:
        releases: the open ones, newest first.
        ended: ``release.ended`` events, oldest first.
    """
    rows = tuple(open_release(release, user) for release in releases)
    mine = [wait for row in rows for wait in row.asks if wait.mine]
    return Home(
        user=_name(releases, user),
        mine=tuple(sorted(mine, key=lambda wait: wait.since)),
        releases=rows,
        products=products,
        stopped=stopped,
        ended=tuple(_ended(event) for event in reversed(list(ended)))[:MOST_ENDED],
    )


def open_release(release: Snapshot, user: str) -> OpenRelease:
    """One line of the list of open releases."""
    view, phases = release.view, phases_of(release)
    now = current(phases)
    return OpenRelease(
        id=release.id,
        name=release.name,
        release_type=release.plan.release_type,
        captain=view.captain or "",
        opened=view.opened_at or release.now(),
        day_0=view.day_0,
        phase=now.title if now else "",
        phases=phases,
        exposure=tuple((t, p) for t, p in view.exposed.items() if t not in view.reverted),
        standing=standing(release),
        dry_run=release.dry_run,
        asks=waits_of(release, user),
        waits=waiting_tasks(release),
    )


def waiting_tasks(release: Snapshot) -> tuple[tuple[str, str], ...]:
    """Tasks that wait for something else than people: title and reason."""
    view = release.view
    asking = {str(asked.question["task"]) for asked in view.open_questions()}
    titles = {task.id: task.title for task in release.plan.tasks}
    return tuple(
        (titles.get(task, task), str(wait["reason"]))
        for task, wait in view.waiting.items()
        if task not in asking and view.record(task) is None
    )


def standing(release: Snapshot) -> str:
    """Why the release does not go on as planned: it is over, or held; empty when it does."""
    view = release.view
    if view.over:
        return view.over
    if view.hold:
        return f"held by {view.hold['by']}: {view.hold['reason']}"
    return ""


def _name(releases: Iterable[Snapshot], user: str) -> str:
    """What the teams call ``user``: the first product that knows them says so."""
    names = (person_called(release.product, user) for release in releases)
    return next((name for name in names if name != user), user)


def _ended(event: Event) -> Ended:
    evidence = event.data.get("evidence") or {}
    why = event.data.get("reason") or evidence.get("why") or ""
    return Ended(event.stream, str(event.data["outcome"]), str(why), event.at)
