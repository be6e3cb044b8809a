"""``execution.production.<region>.window``: open here, now, with time enough; and nobody else.

It says what it waits for and until when. It looks again when that moment comes, when the release
or the published calendar moves, and holds no worker in between.
"""

from __future__ import annotations

from datetime import datetime

from windlass.decisions.runway import in_words, runway
from windlass.decisions.windows import (
    Purpose,
    WindowState,
    first_fitting,
    zone_named,
)
from windlass.errors import ClaimHeld
from windlass.plan.release_plan import PlannedTarget, PlannedTask
from windlass.tasks.calendars import calendar_heads, purpose_of, rules_at, window_of
from windlass.tasks.durations import target_p90
from windlass.tasks.execution.calming import calms_down
from windlass.tasks.exposing import claim
from windlass.tasks.follow_up.debt import review_debt
from windlass.tasks.gates.reopening import reopen
from windlass.tasks.moving import announce_pending
from windlass.tasks.release import Release
from windlass.tasks.results import Done, Result, Wait

#: How often a held lock is asked for again (seconds).
RECHECK = 60.0


async def window(release: Release, task: PlannedTask) -> Result:
    """Wait for gates, reviews, calm, Day 0, the window, the environment lock, in that order."""
    await announce_pending(release)
    shut = await reopen(release)
    if shut is not None:
        return shut
    target, now = _target(release, str(task.args["target"])), release.now()
    debt = await review_debt(release, task, target.environment)
    if isinstance(debt, Wait):
        return debt
    flapping = calms_down(release)
    if flapping is not None:
        return flapping
    seen = calendar_heads(release)
    if release.view.day_0 is not None and now < release.view.day_0:
        return _until_day_0(release, target, release.view.day_0, seen)
    state = window_of(release, target, now)
    waits, evidence = _time_enough(release, target, state, seen)
    if waits is not None:
        return waits
    try:
        await claim(release, target.name)
    except ClaimHeld as held:
        return Wait(f"{held}: asked again every minute until it is free", every=RECHECK)
    _write_down_emergency(release, task, state)
    return Done({"opened": state.why, "claim": target.name, **debt, **evidence})


def _until_day_0(
    release: Release, target: PlannedTarget, day_0: datetime, seen: dict[str, int]
) -> Wait:
    """Waits for Day 0; where the calendar is closed then, it is said as soon as that is known."""
    state, text = window_of(release, target, day_0), f"waits for Day 0, {_when(day_0, target)}"
    if not state.open:
        opens = f"; it opens {_when(state.next_open, target)}" if state.next_open else ""
        text = f"{text}; {target.name} is closed then: {state.why}{_ask(state)}{opens}"
    return Wait(text, until=day_0, also=seen)


def _ask(state: WindowState) -> str:
    return f"; ask {state.who}" if state.who else ""


def _time_enough(
    release: Release, target: PlannedTarget, state: WindowState, seen: dict[str, int]
) -> tuple[Wait | None, dict[str, object]]:
    """What is waited for while it is closed, or too short a time open; else what was found."""
    if purpose_of(release) is not Purpose.RELEASE:
        return None, {"closes": None, "needs_seconds": None}
    needed = target_p90(release, target)
    fits = runway(state, needed)
    if fits.passed:
        closes = state.next_close.isoformat() if state.next_close else None
        return None, {"closes": closes, "needs_seconds": needed.total_seconds()}
    fitting = first_fitting(rules_at(release, target, state.at), state.at, needed)
    what = f"{target.name} is closed: {state.why}"
    if state.open:
        closes = _when(state.next_close or state.at, target)
        what = f"{target.name} is open until {closes}, but {'; '.join(fits.reasons)}"
    if fitting is None:
        held = in_words(needed)
        hope = f"no opening that is known holds the {held} (P90) of the rollout: shorten it, or"
        return Wait(f"{what}{_ask(state)}; {hope} let somebody override it", also=seen), {}
    until = f"; waits until {_when(fitting.start, target)}"
    return Wait(f"{what}{_ask(state)}{until}", until=fitting.start, also=seen), {}


def _write_down_emergency(release: Release, task: PlannedTask, state: WindowState) -> None:
    """The reason that an emergency was started with is the override of what it steps over."""
    if purpose_of(release) is not Purpose.EMERGENCY:
        return
    inputs, begun = release.inputs, release.view.begun
    for blocker in state.blockers:
        release.record(
            "freeze.overridden",
            key=f"{task.id}#steps-over#{blocker.name}",
            by=str(begun["by"]) if begun else inputs.by,
            target=blocker.name,
            what=blocker.text,
            role="emergency",
            reason=f"{inputs.reason}. {inputs.note}".strip(),
            until=None,
        )


def _when(at: datetime, target: PlannedTarget) -> str:
    return f"{at.astimezone(zone_named(target.zone)):%a %F %H:%M %Z}"


def _target(release: Release, name: str) -> PlannedTarget:
    return next(target for target in release.plan.targets if target.name == name)
