"""What every ``status_page``, ``calendar``, ``dashboards`` and ``meetings`` adapter must do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from windlass.adapters.registry import choices
from windlass.errors import InputError
from windlass.ports.announcements import (
    Annotation,
    Calendar,
    CalendarEvent,
    Dashboards,
    Maintenance,
    Meeting,
    Meetings,
    StatusPage,
)

NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
MAINTENANCE = Maintenance(
    "storefront/1.1.0", "Release 1.1.0", "Checkout may\nbe slow", "scheduled",
    NOON, NOON + timedelta(hours=2), ("checkout", "cart"),
)  # fmt: skip
EVENT = CalendarEvent(
    "1.1.0@windlass", "Review: 1.1.0, and more; yes", NOON, NOON + timedelta(hours=1),
    "Line one\nLine two, with commas; and more", ("mia@example.com", "dev@example.com"),
    "https://example.com/r?a=1&b=2",
)  # fmt: skip


@pytest.fixture(params=choices("status_page"))
def status_page(request: pytest.FixtureRequest, make: Callable[..., Any]) -> StatusPage:
    return make("status_page", request.param, {"folder": {"path": "status"}}[request.param])


@pytest.fixture(params=choices("calendar"))
def calendar(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Calendar:
    return make("calendar", request.param, {"ics": {"path": "releases.ics"}}[request.param])


@pytest.fixture(params=choices("dashboards"))
def dashboards(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Dashboards:
    return make("dashboards", request.param, {"folder": {"path": "marks"}}[request.param])


@pytest.fixture(params=choices("meetings"))
def meetings(request: pytest.FixtureRequest, make: Callable[..., Any]) -> Meetings:
    return make("meetings", request.param, {"folder": {"path": "meetings"}}[request.param])


async def test_a_maintenance_is_shown_and_moves_through_its_states(
    status_page: StatusPage,
) -> None:
    assert await status_page.read(MAINTENANCE.key) is None
    for state in ("scheduled", "scheduled", "in_progress", "completed"):
        shown = replace(MAINTENANCE, state=state)
        await status_page.publish(shown)
        assert await status_page.read(MAINTENANCE.key) == shown


async def test_a_state_that_is_none_is_refused(status_page: StatusPage) -> None:
    with pytest.raises(InputError, match="'done'"):
        await status_page.publish(replace(MAINTENANCE, state="done"))


async def test_an_event_reads_back_as_it_was_put(calendar: Calendar) -> None:
    assert await calendar.read(EVENT.uid) is None
    await calendar.put(EVENT)
    assert await calendar.read(EVENT.uid) == EVENT


async def test_an_event_is_moved_and_cancelled_in_place(calendar: Calendar) -> None:
    await calendar.put(EVENT)
    moved = replace(EVENT, starts=NOON + timedelta(days=1), ends=NOON + timedelta(days=1, hours=1))
    await calendar.put(moved)
    assert await calendar.read(EVENT.uid) == moved
    await calendar.put(replace(moved, cancelled=True))
    assert await calendar.read(EVENT.uid) == replace(moved, cancelled=True)


async def test_an_event_in_another_zone_is_the_same_instant(calendar: Calendar) -> None:
    zurich = ZoneInfo("Europe/Zurich")
    await calendar.put(
        replace(EVENT, starts=NOON.astimezone(zurich), ends=EVENT.ends.astimezone(zurich))
    )
    assert await calendar.read(EVENT.uid) == EVENT


async def test_an_event_that_is_no_time_span_is_refused(calendar: Calendar) -> None:
    with pytest.raises(InputError, match="no time span"):
        await calendar.put(replace(EVENT, ends=NOON - timedelta(hours=1)))
    with pytest.raises(InputError, match="no time span"):
        await calendar.put(replace(EVENT, starts=NOON.replace(tzinfo=None)))


async def test_a_mark_is_set_and_replaced(dashboards: Dashboards) -> None:
    mark = Annotation("storefront/1.1.0/5", "1.1.0 at 5 %", NOON, ("release", "eu-west"))
    assert await dashboards.read(mark.key) is None
    for text in ("1.1.0 at 5 %", "1.1.0 at 5 %", "1.1.0 rolled back"):
        await dashboards.annotate(replace(mark, text=text))
        assert await dashboards.read(mark.key) == replace(mark, text=text)


async def test_a_meeting_is_one_per_key_and_keeps_its_link_when_it_moves(
    meetings: Meetings,
) -> None:
    assert await meetings.read("k") is None
    link = await meetings.schedule("k", "Review of 1.1.0", NOON, 45)
    assert "://" in link
    for starts in (NOON, NOON + timedelta(days=2)):
        assert await meetings.schedule("k", "Review of 1.1.0", starts, 45) == link
        assert await meetings.read("k") == Meeting(link, starts)
    assert await meetings.read("j") is None


async def test_a_meeting_that_is_cancelled_may_be_booked_again(meetings: Meetings) -> None:
    await meetings.cancel("k")
    assert await meetings.read("k") is None
    link = await meetings.schedule("k", "Review of 1.1.0", NOON, 45)
    for _ in range(2):
        await meetings.cancel("k")
        assert await meetings.read("k") == Meeting(link, NOON, cancelled=True)
    await meetings.schedule("k", "Review of 1.1.0", NOON, 45)
    assert await meetings.read("k") == Meeting(link, NOON)


async def test_a_meeting_that_lasts_no_time_is_refused(meetings: Meetings) -> None:
    with pytest.raises(InputError, match="cannot be scheduled"):
        await meetings.schedule("k", "Review", NOON, 0)
