"""Postpone a release: Day 0 moves, and everything that was announced moves with it.

The ledger's Day 0 changes, never Airflow's. The release goes on: what is planned, built and signed
stays, the cut-off and the window are those of the new Day 0. Whoever had been told is told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from windlass.decisions.cadence import starts
from windlass.decisions.windows import open_spans
from windlass.decisions.windows.state import HORIZON
from windlass.errors import InputError
from windlass.plan.release_plan import Form, Nature, PlannedTask
from windlass.plan.schedules import schedule_of
from windlass.tasks.calendars import calendar_in_force, rules_at, window_of
from windlass.tasks.days import first_live
from windlass.tasks.forecasting import forecast
from windlass.tasks.planning.enablement import book_briefing
from windlass.tasks.planning.review import review
from windlass.tasks.planning.timeline import announce_milestones
from windlass.tasks.release import Release
from windlass.tasks.telling import tell

TIMELINE, REVIEW = "planning.timeline", "planning.review"
ENABLEMENT = "planning.enablement"
MOMENT = timedelta(seconds=1)
#: What is announced anew belongs to no task of the plan: anybody may do it.
MOVE = PlannedTask(
    id="release.move",
    row="release.move",
    phase="planning",
    title="Move Day 0",
    owners=("product_manager",),
    nature=Nature.WORK,
    form=Form.TASK,
)


async def move_day_0(release: Release, *, by: str, reason: str, to: datetime | None) -> datetime:
    """Move Day 0 to ``to`` (None: the next one that comes after it), and announce that.

    Raises:
        InputError: it is past, or nothing may be released then; says when it opens next.
        WindlassError: something could not be told now: the release's own tasks go on with it.
    """
    at = to or next_day_0(release)
    if at <= release.now():
        raise InputError(f"{at.isoformat()} is past: Day 0 moves to an instant that is to come")
    state = window_of(release, first_live(release), at)
    if not state.open:
        opens = f"; it opens {state.next_open.isoformat()}" if state.next_open else ""
        raise InputError(f"nothing is released at {at.isoformat()}: {state.why}{opens}")
    before = release.view.day_0
    release.record(
        "day_0.moved",
        key=f"day_0#{release.view.seq}",
        by=by,
        reason=reason,
        to=at.isoformat(),
        before=before.isoformat() if before else None,
    )
    _start_waiting_again(release)
    await announce_pending(release)
    return at


def next_day_0(release: Release) -> datetime:
    """The cadence's next Day 0 after the present one; without a cadence, the next opening.

    Raises:
        InputError: none is known, or production is never closed: then it must be named.
    """
    product, since = release.product, max(release.view.day_0 or release.now(), release.now())
    kind = release.plan.release_type
    if product.cadence is not None and product.cadence.drives == kind:
        schedule = schedule_of(product, kind, calendar_in_force(release, since))
        found = [s.day_zero.instant for s in starts(schedule, since + MOMENT, since + HORIZON)]
    else:
        rules = rules_at(release, first_live(release), since)
        spans = list(open_spans(rules, since, since + HORIZON))
        found = [span.start for span in spans if span.start > since]
        if spans and not found:
            raise InputError(f"production stays open from {since.isoformat()}: name the new Day 0")
    if not found:
        raise InputError(f"no opening after {since.isoformat()} is known: name the new Day 0")
    return found[0]


async def announce_pending(release: Release) -> None:
    """Tell everybody about a move that not everybody was told of yet; safe to repeat."""
    move = release.view.moved
    if move is None or move.get("announced"):
        return
    day_0 = datetime.fromisoformat(str(move["to"]))
    if release.view.record(TIMELINE) is not None:
        await announce_milestones(release, release.plan.task(TIMELINE), day_0)
        forecast(release)
    if release.view.record(REVIEW) is not None:
        await review(release, release.plan.task(REVIEW))
    if release.view.record(ENABLEMENT) is not None:
        await book_briefing(release, release.plan.task(ENABLEMENT))
    if release.ports.has("status_page"):
        await _maintenance(release, day_0)
    if release.ports.has("change_records"):
        await _change(release, f"Day 0 is now {day_0.isoformat()}: {move['reason']}")
    if release.view.thread:
        await tell(
            release,
            MOVE,
            "milestone",
            f"{release.name} is postponed to {day_0.isoformat()}",
            body=f"{move['by']}: {move['reason']}",
            name=f"moved-{move['seq']}",
        )
    release.record("day_0.announced", key=f"announced#{move['seq']}", to=move["to"])


def _start_waiting_again(release: Release) -> None:
    """A region that was about to begin waits for its window once more, without its lock."""
    view = release.view
    begun = [
        task.id
        for task in release.plan.tasks
        if task.row in ("execution.production.window", "execution.production.health")
        and view.record(task.id) is not None
    ]
    if begun:
        release.record(
            "task.cleared", key=f"moved#{view.seq}", tasks=begun, reason="Day 0 has moved"
        )
    live = {f"{release.plan.product}/{target.name}" for target in release.plan.live_targets}
    for claim in release.ledger.claims.all():
        if claim.stream == release.id and claim.target in live:
            release.ledger.claims.free(claim.target, release.id)


async def _maintenance(release: Release, day_0: datetime) -> None:
    page = release.ports.status_page
    shown = await page.read(release.id)
    if shown is None or shown.state in ("completed", "cancelled"):
        return
    ends = day_0 + (shown.ends - shown.starts)
    moved = replace(shown, state="scheduled", starts=day_0, ends=ends)

    async def read() -> Any:
        now = await page.read(release.id)
        return now.starts.isoformat() if now else None

    async def write(current: Any) -> None:
        await page.publish(moved)

    await release.converge(
        MOVE,
        "maintenance",
        kind="status_page.publish",
        read=read,
        write=write,
        want=day_0.isoformat(),
    )


async def _change(release: Release, note: str) -> None:
    records = release.ports.change_records
    change = await records.find(release.id)
    if change is None or change.state in ("closed", "cancelled", "rejected"):
        return

    async def read() -> Any:
        now = await records.find(release.id)
        return now.note if now else None

    async def write(current: Any) -> None:
        await records.remark(change.id, note)

    await release.converge(
        MOVE, "change", kind="change_records.remark", read=read, write=write, want=note
    )
