"""Windows in a real Airflow: what starts a release, and what its calendar does to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.airflow.conftest import SPRINTS
from tests.airflow.sprints import DAY, HOUR, STOCKTAKING, Sprints
from tests.airflow.stage import Show, Stage
from tests.board.browsing import browser, logged_in  # noqa: F401 - a fixture

pytestmark = [pytest.mark.airflow, pytest.mark.browser, pytest.mark.timeout(900)]

KIND = "sprint"
DAG = f"{SPRINTS}.{KIND}"
WINDOW = "execution.production.eu.window"
#: No second run came of one event, as far as anybody waits for it.
QUIET = 6.0


def until(what: Callable[[], Any], *, seconds: float = 300.0) -> Any:
    """Wait until ``what`` gives something."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = what()
        if found:
            return found
        time.sleep(0.5)
    raise AssertionError("it never came about")


def runs(stage: Stage, kind: str) -> list[str]:
    """Ids of the runs that were started so: scheduled, asset_triggered or manual."""
    found = stage.client.call("admin", "GET", f"/api/v2/dags/{DAG}/dagRuns?run_type={kind}")
    return [run["dag_run_id"] for run in found["dag_runs"]]


def next_interval(stage: Stage) -> tuple[datetime, datetime]:
    """Start and Day 0 of the next run, as the REST API tells them."""
    shown = stage.client.call("admin", "GET", f"/api/v2/dags/{DAG}")
    names = ("next_dagrun_run_after", "next_dagrun_data_interval_end")
    start, day_0 = (datetime.fromisoformat(shown[name]) for name in names)
    return start, day_0


def planned(stage: Stage, year: int) -> list[datetime]:
    """The runs that Airflow's calendar page shows as planned; it is of one year, and ends with it.

    Without a year it fails where a run has no logical date, as those that an asset starts have
    none (Airflow 3.3); the page always asks for one.
    """
    dates = f"logical_date_gte={year}-01-01T00:00:00Z&logical_date_lte={year}-12-31T23:59:59Z"
    page = stage.client.call("admin", "GET", f"/ui/calendar/{DAG}?granularity=hourly&{dates}")
    found = [row["date"] for row in page["dag_runs"] if row["state"] == "planned"]
    return [datetime.fromisoformat(date) for date in found]


@pytest.mark.product(SPRINTS)
def test_cadence_or_end_of_development_start_it_and_a_changed_calendar_moves_what_waits(
    stage: Stage,
    browser: Browser,  # noqa: F811
) -> None:
    small = stage.products[SPRINTS]
    assert isinstance(small, Sprints)
    missed_within_the_grace_the_first_run_is_made_all_the_same(stage, small)
    five_sprints_ahead_are_shown(stage, small)
    a_backfill_would_make_the_starts_between_two_dates(stage, small)
    the_end_of_development_starts_one_run_and_it_is_the_same_release(stage, small)
    with logged_in(stage.airflow, browser) as page:
        airflows_calendar_page_shows_them(small, page, stage)
    a_changed_calendar_moves_the_next_run_and_wakes_the_window(stage, small)
    with logged_in(stage.airflow, browser) as page:
        a_person_steps_over_it_on_the_board(stage, page)


def missed_within_the_grace_the_first_run_is_made_all_the_same(
    stage: Stage, small: Sprints
) -> None:
    """Its start was due an hour before Airflow knew the DAG."""
    (made,) = until(lambda: runs(stage, "scheduled"))
    assert made == f"release__{small.day_0:%F}"
    show = Show(stage, DAG, made, small)
    release = show.until(lambda r: r.view.day_0, people=False)
    assert release.view.day_0 == small.day_0
    assert release.inputs.reason == "cadence"


def five_sprints_ahead_are_shown(stage: Stage, small: Sprints) -> None:
    first, *ahead = islice(small.day_0s(), 6)
    assert next_interval(stage) == (ahead[0] - DAY, ahead[0])
    starts = [(day_0 - DAY).replace(minute=0) for day_0 in ahead]
    this_year = (first - DAY).year
    shown = [at for at in starts if at.year == this_year]
    assert planned(stage, this_year)[: len(shown)] == shown


def a_backfill_would_make_the_starts_between_two_dates(stage: Stage, small: Sprints) -> None:
    """Asked for without making it: nobody wants last week's releases now."""
    first = next(small.day_0s()) - DAY
    begin, end = first - 8 * DAY, first - HOUR
    body = {
        "dag_id": DAG,
        "from_date": begin.isoformat(),
        "to_date": end.isoformat(),
        "reprocess_behavior": "none",
        "max_active_runs": 1,
    }
    found = stage.client.call("admin", "POST", "/api/v2/backfills/dry_run", body)
    starts = [datetime.fromisoformat(each["logical_date"]) for each in found["backfills"]]
    assert starts == [first - days * DAY for days in (7, 5, 3)]


def the_end_of_development_starts_one_run_and_it_is_the_same_release(
    stage: Stage, small: Sprints
) -> None:
    assert not runs(stage, "asset_triggered")
    small.git("branch", "ready", "main")
    (made,) = until(lambda: runs(stage, "asset_triggered"))
    release = Show(stage, DAG, made, small).until(lambda r: r.view.ending, people=False)
    assert release.inputs.reason == "ready"
    assert release.inputs.note == f"ready is {small.git('rev-parse', 'main')[:12]}"
    assert release.view.day_0 == small.day_0
    assert (release.view.ending or {})["superseded_by"] == f"{DAG}/release__{small.day_0:%F}"
    time.sleep(QUIET)
    assert runs(stage, "asset_triggered") == [made]
    assert len(runs(stage, "scheduled")) == 1


def a_changed_calendar_moves_the_next_run_and_wakes_the_window(
    stage: Stage, small: Sprints
) -> None:
    _, following = islice(small.day_0s(), 2)
    show = stage.run(SPRINTS)
    show.until(lambda r: waits_until(r) == small.counted_until, people=False)
    until(lambda: show.state(WINDOW) == "deferred")
    longer = small.counted_until + HOUR
    midnight = following.replace(hour=0, minute=0)
    audit = ("audit", midnight, midnight + DAY)
    small.freeze((STOCKTAKING, small.began - HOUR, longer), audit)
    release = show.until(lambda r: waits_until(r) == longer, people=False)
    assert "freeze stocktaking (everything is counted)" in release.view.waiting[WINDOW]["reason"]
    until(lambda: next_interval(stage) == (following, following + DAY))


def airflows_calendar_page_shows_them(small: Sprints, page: Page, stage: Stage) -> None:
    """The page has a column for each week of the year, from Sunday to Saturday."""
    page.goto(f"{stage.airflow.url}/dags/{DAG}/calendar")
    with page.expect_response(lambda r: "/ui/calendar/" in r.url and "granularity=daily" in r.url):
        page.get_by_text("Daily", exact=True).click()
    first, *ahead = islice(small.day_0s(), 6)
    this_year = (first - DAY).year
    blank = first.replace(year=this_year, month=1, day=1).isoweekday() % 7
    for start in (day_0 - DAY for day_0 in ahead if (day_0 - DAY).year == this_year):
        cell = blank + start.timetuple().tm_yday - 1
        page.get_by_test_id("calendar-cell").nth(cell).hover()
        shown = page.get_by_test_id("calendar-tooltip").filter(has_text=f"{start:%F}")
        expect(shown).to_contain_text("1 Planned")


def a_person_steps_over_it_on_the_board(stage: Stage, page: Page) -> None:
    show = stage.run(SPRINTS)
    page.goto(f"{stage.airflow.url}/releases/release?id={quote(show.name, safe='')}")
    page.get_by_label("Reason").fill("they are done in eu")
    page.get_by_label("What is stepped over").select_option(STOCKTAKING)
    page.get_by_role("button", name="Override").click()
    expect(page.get_by_role("status")).to_contain_text("is let through")
    release = show.until(lambda r: r.view.record(WINDOW), people=False)
    assert release.view.record(WINDOW).outcome == "done"
    (stepped,) = release.view.overrides
    assert (stepped["by"], stepped["role"]) == ("mia", "product_manager")


def waits_until(release: Any) -> datetime | None:
    """What the eu window says it waits for."""
    waiting = release.view.waiting.get(WINDOW)
    return datetime.fromisoformat(waiting["until"]) if waiting and waiting["until"] else None
