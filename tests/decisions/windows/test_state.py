"""Open or closed at an instant. Each thread of other people's bugs is named in a docstring."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from windlass.decisions.windows import (
    Calendar,
    Freeze,
    Holiday,
    LocalWindow,
    Override,
    Purpose,
    Scope,
    ScopePattern,
    decide_override,
    in_force,
    parse_windows,
    state_at,
)
from windlass.errors import InputError

SHOP = Scope("storefront", "production", "eu-west", "Europe/Dublin")
DUBLIN = parse_windows("mon-thu 10:00-16:00", "Europe/Dublin")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def freeze(name: str, start: str, end: str, **rest: object) -> Freeze:
    return Freeze(name, utc(start), utc(end), **rest)  # type: ignore[arg-type] # values come from a table


YEAR_END = freeze(
    "year end",
    "2026-12-19T00:00",
    "2027-01-05T00:00",
    reason="sales",
    owner="mia",
    override_roles=("product_manager",),
)


def test_inside_business_hours_is_open_until_their_end() -> None:
    state = state_at(utc("2026-01-06T11:00"), Calendar(), SHOP, DUBLIN)
    assert state.open
    assert state.next_close == utc("2026-01-06T16:00")
    assert state.next_open == utc("2026-01-07T10:00")
    assert state.why == "inside mon-thu 10:00-16:00 Europe/Dublin"
    assert state.closes_for == "outside mon-thu 10:00-16:00 Europe/Dublin"


def test_outside_business_hours_says_when_it_opens_and_closes() -> None:
    state = state_at(utc("2026-01-08T16:00"), Calendar(), SHOP, DUBLIN)
    assert not state.open
    assert state.next_open == utc("2026-01-12T10:00")
    assert state.next_close == utc("2026-01-12T16:00")


def test_without_hours_and_freezes_it_is_always_open() -> None:
    state = state_at(utc("2026-01-08T03:00"), Calendar(), SHOP)
    assert state.open
    assert (state.next_open, state.next_close) == (None, None)


def test_a_freeze_closes_and_names_reason_and_owner() -> None:
    state = state_at(utc("2026-12-22T11:00"), Calendar((YEAR_END,)), SHOP, DUBLIN)
    assert not state.open
    assert state.why == "freeze year end (sales) until 2027-01-05 00:00 UTC"
    assert state.who == "mia"
    assert state.next_open == utc("2027-01-05T10:00")


def test_freezes_that_overlap_themselves_and_each_other_are_one_closed_stretch() -> None:
    """GitLab !97474: a period that began again before it ended let a release out in between."""
    nightly = [
        freeze("nightly", f"2026-03-0{day}T20:00", f"2026-03-0{day + 1}T21:00")
        for day in range(1, 6)
    ]
    state = state_at(utc("2026-03-02T20:30"), Calendar(tuple(nightly)), SHOP, ())
    assert not state.open
    assert state.next_open == utc("2026-03-06T21:00")


def test_a_future_one_off_freeze_does_not_block_now() -> None:
    """Octopus #9621: a freeze next month stopped today's deployment."""
    state = state_at(utc("2026-11-24T10:00"), Calendar((YEAR_END,)), SHOP, ())
    assert state.open
    assert state.next_close == YEAR_END.start


def test_a_recurring_freeze_is_asked_about_the_scheduled_instant() -> None:
    """Octopus #9599: the recurrence was evaluated when queued, not when it would run."""
    fridays = tuple(
        freeze("fridays", f"2026-05-{day:02d}T00:00", f"2026-05-{day + 1:02d}T00:00")
        for day in (1, 8, 15, 22, 29)
    )
    calendar = Calendar(fridays)
    asked_on_thursday_for_friday = state_at(utc("2026-05-15T09:00"), calendar, SHOP, ())
    asked_on_friday_for_monday = state_at(utc("2026-05-18T09:00"), calendar, SHOP, ())
    assert not asked_on_thursday_for_friday.open
    assert asked_on_friday_for_monday.open


@pytest.mark.parametrize(
    "instant,is_open",
    [
        ("2026-01-09T21:59", False),
        ("2026-01-09T22:00", True),
        ("2026-01-09T23:59", True),
        ("2026-01-10T00:00", True),
        ("2026-01-10T01:59:59.999999", True),
        ("2026-01-10T02:00", False),
        ("2026-01-10T22:30", False),
    ],
)
def test_a_window_across_midnight_holds_to_its_last_minute(instant: str, is_open: bool) -> None:
    """Spinnaker: a window over midnight lost 23:59 and its last minute."""
    windows = parse_windows("fri 22:00-02:00", "UTC")
    assert state_at(utc(instant), Calendar(), SHOP, windows).open is is_open


def test_days_without_hours_are_whole_days_that_meet_at_midnight() -> None:
    """Spinnaker #1648: choosing only days gave no window at all."""
    windows = parse_windows("mon-wed", "Europe/Zurich")
    state = state_at(utc("2026-01-05T12:00"), Calendar(), SHOP, windows)
    assert state.open
    assert state.next_close == utc("2026-01-07T23:00")


@pytest.mark.parametrize(
    "zone,day,opens,closes",
    [
        ("Europe/Dublin", "2026-03-29", "09:00", "15:00"),
        ("Europe/Dublin", "2026-03-28", "10:00", "16:00"),
        ("Europe/Dublin", "2026-10-25", "10:00", "16:00"),
        ("Europe/Dublin", "2026-10-24", "09:00", "15:00"),
        ("America/New_York", "2026-03-08", "14:00", "20:00"),
        ("America/New_York", "2026-03-07", "15:00", "21:00"),
        ("America/New_York", "2026-11-01", "15:00", "21:00"),
    ],
)
def test_hours_follow_each_zone_through_spring_and_fall(
    zone: str, day: str, opens: str, closes: str
) -> None:
    """Argo CD #3204: windows slipped by an hour after daylight saving in one of two zones."""
    windows = parse_windows("10:00-16:00", zone)
    before = state_at(utc(f"{day}T{opens}") - timedelta(seconds=1), Calendar(), SHOP, windows)
    assert before.next_open == utc(f"{day}T{opens}")
    assert before.next_close == utc(f"{day}T{closes}")


def test_a_freeze_edited_while_in_force_counts_as_it_now_reads() -> None:
    """Harness: a freeze made longer while active went on ending at its old time."""
    longer = freeze("year end", "2026-12-19T00:00", "2027-01-12T00:00")
    at = utc("2027-01-06T11:00")
    opened_with = Calendar((YEAR_END,))
    assert state_at(at, opened_with, SHOP, DUBLIN).open
    state = state_at(at, in_force(opened_with, Calendar((longer,))), SHOP, DUBLIN)
    assert not state.open
    assert state.next_open == utc("2027-01-12T10:00")


def test_a_deleted_freeze_frees_a_running_release_only_when_somebody_lifted_it() -> None:
    """Digital.ai: a task postponed by a blackout stayed postponed after the blackout was deleted.

    Here the next opening is worked out from the calendar every time, so a lifted freeze is gone at
    once; an edit that merely loses it does not loosen the rules of a release already open.
    """
    opened_with, live = Calendar((YEAR_END,)), Calendar()
    at = utc("2026-12-22T11:00")
    assert not state_at(at, in_force(opened_with, live), SHOP, DUBLIN).open
    freed = in_force(opened_with, live, lifted={"year end"})
    assert state_at(at, freed, SHOP, DUBLIN).open


def test_tighter_hours_hold_at_once_and_looser_ones_do_not() -> None:
    opened_with = parse_windows("mon-thu 10:00-16:00", "UTC")
    tighter = parse_windows("mon-thu 10:00-12:00", "UTC")
    looser = parse_windows("mon-sun 08:00-20:00", "UTC")
    at = utc("2026-01-06T13:00")
    evening = utc("2026-01-06T17:00")
    calendar = Calendar()
    assert not state_at(at, calendar, SHOP, tighter, also_within=opened_with).open
    assert state_at(at, calendar, SHOP, looser, also_within=opened_with).open
    assert not state_at(evening, calendar, SHOP, looser, also_within=opened_with).open


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.RELEASE])
def test_undoing_and_emergencies_are_never_frozen(purpose: Purpose) -> None:
    """Kargo: a freeze also stopped the rollback out of it."""
    state = state_at(utc("2026-12-22T03:00"), Calendar((YEAR_END,)), SHOP, DUBLIN, purpose)
    assert state.open
    assert "year end" in state.why


@pytest.mark.parametrize(
    "pattern,touched",
    [
        (ScopePattern(), True),
        (ScopePattern(products=("payments",)), False),
        (ScopePattern(products=("store*",)), True),
        (ScopePattern(regions=("us-*", "eu-*")), True),
        (ScopePattern(environments=("staging",)), False),
        (ScopePattern(products=("storefront",), regions=("us-*",)), False),
    ],
)
def test_a_freeze_touches_only_its_scope(pattern: ScopePattern, touched: bool) -> None:
    calendar = Calendar((freeze("f", "2026-01-01T00:00", "2026-02-01T00:00", scope=pattern),))
    assert state_at(utc("2026-01-06T11:00"), calendar, SHOP, DUBLIN).open is not touched


def test_a_scope_that_leaves_the_region_out_is_closed_by_a_freeze_on_any_region() -> None:
    pattern = ScopePattern(regions=("eu-*",))
    calendar = Calendar((freeze("f", "2026-01-01T00:00", "2026-02-01T00:00", scope=pattern),))
    anywhere = Scope("storefront", "production")
    assert not state_at(utc("2026-01-06T11:00"), calendar, anywhere, ()).open


def test_a_holiday_is_the_regions_own_day() -> None:
    calendar = Calendar(holidays=(Holiday("Waitangi Day", date(2026, 2, 6)),))
    auckland = Scope("storefront", "production", "nz", "Pacific/Auckland")
    assert not state_at(utc("2026-02-05T11:00"), calendar, auckland, ()).open
    assert state_at(utc("2026-02-06T11:00"), calendar, auckland, ()).open
    state = state_at(utc("2026-02-05T11:00"), calendar, auckland, ())
    assert state.why == "holiday: Waitangi Day"
    assert state.next_open == utc("2026-02-06T11:00")


def test_past_the_worked_out_horizon_it_is_closed_because_nobody_looked() -> None:
    calendar = Calendar(known_until=utc("2027-01-01T00:00"))
    state = state_at(utc("2027-01-01T00:00"), calendar, SHOP, ())
    assert not state.open
    assert state.why == "the calendar is known until 2027-01-01 only"
    assert state_at(utc("2026-12-31T00:00"), calendar, SHOP, ()).next_close == utc(
        "2027-01-01T00:00"
    )


def test_a_calendar_that_never_opens_says_so() -> None:
    always = freeze("for ever", "2026-01-01T00:00", "2030-01-01T00:00")
    state = state_at(utc("2026-01-06T11:00"), Calendar((always,)), SHOP, DUBLIN)
    assert state.next_open is None
    assert state.why.endswith("nothing opens within 400 days")


def override(target: str = "year end", **rest: object) -> Override:
    values: dict[str, object] = {
        "target": target,
        "who": "mia",
        "role": "product_manager",
        "reason": "contract",
        "start": utc("2026-12-22T10:00"),
        "until": utc("2026-12-22T12:00"),
    }
    return Override(**(values | rest))  # type: ignore[arg-type] # values come from a table


def test_an_override_opens_its_freeze_for_its_time_only() -> None:
    calendar = Calendar((YEAR_END,))
    state = state_at(utc("2026-12-22T11:00"), calendar, SHOP, DUBLIN, overrides=(override(),))
    assert state.open
    assert state.next_close == utc("2026-12-22T12:00")
    assert state.closes_for.startswith("freeze year end")


def test_an_override_of_one_freeze_leaves_the_others() -> None:
    other = freeze("audit", "2026-12-22T00:00", "2026-12-23T00:00")
    calendar = Calendar((YEAR_END, other))
    state = state_at(utc("2026-12-22T11:00"), calendar, SHOP, DUBLIN, overrides=(override(),))
    assert [blocker.name for blocker in state.blockers] == ["audit"]


def test_an_override_of_the_window_opens_outside_business_hours() -> None:
    step = override("window", start=utc("2026-01-10T20:00"), until=utc("2026-01-10T21:00"))
    state = state_at(utc("2026-01-10T20:30"), Calendar(), SHOP, DUBLIN, overrides=(step,))
    assert state.open
    assert state.next_close == utc("2026-01-10T21:00")


@pytest.mark.parametrize(
    "change,roles,at,reason",
    [
        ({}, {"product_manager"}, "2026-12-22T10:00", None),
        ({}, {"developer"}, "2026-12-22T10:00", "mia does not hold the role product_manager"),
        (
            {"role": "developer"},
            {"developer"},
            "2026-12-22T10:00",
            "year end is overridden by product_manager only",
        ),
        ({}, {"product_manager"}, "2026-12-22T12:00", "ended at"),
        ({"target": "easter"}, {"product_manager"}, "2026-12-22T10:00", "called 'easter'"),
    ],
)
def test_an_override_needs_a_role_a_reason_and_a_target(
    change: dict[str, object], roles: set[str], at: str, reason: str | None
) -> None:
    verdict = decide_override(override(**change), Calendar((YEAR_END,)), roles, utc(at))
    assert verdict.passed is (reason is None)
    assert reason is None or reason in verdict.reasons[0]


def test_hours_and_holidays_are_overridden_by_the_roles_of_the_policy() -> None:
    calendar = Calendar(holidays=(Holiday("Easter", date(2026, 12, 22)),))
    at = utc("2026-12-22T10:00")
    for target in ("window", "Easter"):
        verdict = decide_override(override(target), calendar, {"product_manager"}, at)
        assert verdict.passed
        denied = decide_override(
            override(target), calendar, {"product_manager"}, at, window_roles=("devops",)
        )
        assert denied.reasons == (f"{target} is overridden by devops only",)
    step = override("Easter")
    assert state_at(utc("2026-12-22T11:00"), calendar, SHOP, (), overrides=(step,)).open


def test_two_freezes_of_one_name_need_a_role_that_both_accept() -> None:
    stricter = freeze(
        "year end", "2026-12-21T00:00", "2026-12-23T00:00", override_roles=("devops",)
    )
    verdict = decide_override(
        override(), Calendar((YEAR_END, stricter)), {"product_manager"}, utc("2026-12-22T10:00")
    )
    assert verdict.reasons == ("year end is overridden by nobody only",)


@pytest.mark.parametrize("missing", ["who", "role", "reason", "target"])
def test_an_override_without_who_role_reason_or_target_cannot_exist(missing: str) -> None:
    with pytest.raises(InputError, match=f"needs a {missing}"):
        override(**{missing: " "})


def test_an_override_that_ends_before_it_starts_cannot_exist() -> None:
    with pytest.raises(InputError, match="ends before it starts"):
        override(until=utc("2026-12-22T09:00"))


def test_a_freeze_that_ends_before_it_starts_cannot_exist() -> None:
    with pytest.raises(InputError, match="'f' ends at 2026-01-01T00:00:00"):
        freeze("f", "2026-02-01T00:00", "2026-01-01T00:00")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="needs a time zone"):
        state_at(datetime(2026, 1, 1), Calendar(), SHOP, ())  # noqa: DTZ001


def test_a_window_of_no_days_or_no_length_cannot_exist() -> None:
    for weekdays, start, end in [((), 0, 60), ((0,), 60, 60), ((7,), 0, 60), ((0,), 1440, 1500)]:
        with pytest.raises(InputError):
            LocalWindow(weekdays, start, end, "UTC")
