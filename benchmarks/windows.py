"""How long calendar arithmetic takes: ``python benchmarks/windows.py``.

Prints a table; exits 1 when a figure is over its goal. CPU seconds of this process, best of three.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from windlass.decisions.cadence import Schedule, next_start, starts
from windlass.decisions.windows import Calendar, Rules, Scope, open_spans, state_at
from windlass.plan.calendars import expand, years_around
from windlass.plan.schedules import Place, schedule_at
from windlass.spec.cadence import Cadence as DeclaredCadence
from windlass.spec.calendar import Calendar as DeclaredCalendar
from windlass.spec.scalars import parse_period

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
PRODUCTS = 1000
ZONES = ("Europe/Zurich", "America/New_York", "Asia/Kolkata", "Australia/Sydney")


def company() -> DeclaredCalendar:
    """A calendar with a country's holidays, 40 one-off freezes and 4 recurring ones."""
    one_off: list[dict[str, Any]] = [
        {
            "name": f"event {index}",
            "from": f"2026-{index % 12 + 1:02d}-{index % 27 + 1:02d}T18:00:00",
            "lasts": "30 h",
            "reason": "event",
            "owner": "devops",
            "scope": {"products": [f"p{index}*"]} if index % 2 else {},
        }
        for index in range(40)
    ]
    recurring = [
        {"name": "year end", "from": "2020-12-19", "until": "2021-01-04", "repeat": "FREQ=YEARLY"},
        {
            "name": "closing",
            "from": "2024-01-31",
            "until": "2024-01-31",
            "repeat": "FREQ=MONTHLY;BYMONTHDAY=-1",
        },
        {"name": "fridays", "from": "2024-01-05", "until": "2024-01-05", "repeat": "FREQ=WEEKLY"},
        {
            "name": "patch day",
            "from": "2024-01-09",
            "until": "2024-01-09",
            "repeat": "FREQ=MONTHLY;BYDAY=2TU",
        },
    ]
    return DeclaredCalendar.model_validate(
        {
            "calendar": "company",
            "zone": "Europe/Zurich",
            "holidays": {"country": "CH"},
            "freezes": one_off + [{"reason": "r", "owner": "o", **item} for item in recurring],
        }
    )


def schedules(declared: DeclaredCalendar, calendar: Calendar) -> list[Schedule]:
    """One schedule for each of many products: different zones, hours and cadences."""
    found = []
    for index in range(PRODUCTS):
        zone = ZONES[index % len(ZONES)]
        place = Place(f"p{index}", "production", "r", zone, "mon-thu 10:00-16:00", ("production",))
        cadence = DeclaredCadence.model_validate(
            {
                "every": f"{index % 4 + 1} weeks",
                "on": [("mon", "tue", "wed", "thu")[index % 4]],
                "at": "10:00",
                "zone": zone,
                "anchor": "2026-01-05",
            }
        )
        found.append(schedule_at(place, cadence, declared, parse_period("10 days"), calendar))
    return found


def timetables(declared: DeclaredCalendar) -> Callable[[], object]:
    """Asks the timetables of many DAGs, as the scheduler reads them back, for their next run."""
    from airflow.timetables.base import TimeRestriction

    from windlass.timetables import SprintTimetable

    calendar = declared.model_dump(mode="json")
    read_back = []
    for index in range(PRODUCTS):
        zone = ZONES[index % len(ZONES)]
        made = SprintTimetable(
            place={
                "product": f"p{index}",
                "environment": "production",
                "region": "r",
                "zone": zone,
                "window": "mon-thu 10:00-16:00",
                "live": ["production"],
            },
            cadence={
                "every": f"{index % 4 + 1} weeks",
                "on": [("mon", "tue", "wed", "thu")[index % 4]],
                "at": "10:00",
                "zone": zone,
                "anchor": "2026-01-05",
            },
            calendar=calendar,
            lead="10 days",
        )
        read_back.append(SprintTimetable.deserialize(made.serialize()))
    restriction = TimeRestriction(None, None, catchup=False)
    return lambda: [
        table.next_dagrun_info_v2(last_dagrun_info=None, restriction=restriction)
        for table in read_back
    ]


def simulation() -> Callable[[], object]:
    """A thousand runs of the demo product's minor release."""
    from windlass.decisions.simulation import simulate
    from windlass.plan import compile_plan
    from windlass.plan.dating import upcoming_day_0
    from windlass.plan.simulating import model_of
    from windlass.spec.loader import load_product

    file = Path(__file__).resolve().parents[1] / "include/products/storefront.yaml"
    product = load_product(file)
    plan, zero = compile_plan(product, "minor"), upcoming_day_0(product, "minor", NOW)
    return lambda: simulate(model_of(product, plan, NOW, zero), 1000, seed=1)


def best(work: Callable[[], object], times: int = 3) -> float:
    """CPU seconds of the quickest of ``times`` runs."""
    taken = []
    for _ in range(times):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> int:
    """Measure, print, compare."""
    declared = company()
    calendar = years_around(declared, NOW)
    plans = schedules(declared, calendar)
    one = plans[0]
    rules = Rules(calendar, Scope("p1", "production", "r", "Europe/Zurich"), one.rules.windows)
    rows = [
        (
            "expand the calendar, 5 years (once a process and year)",
            best(lambda: years_around(declared, NOW)),
            None,
        ),
        ("expand the calendar, 1 year", best(lambda: expand(declared, NOW, NOW + YEAR)), None),
        (
            f"next start of {PRODUCTS} products",
            best(lambda: [next_start(plan, NOW, grace=timedelta(days=1)) for plan in plans]),
            1.0,
        ),
        (f"next run of {PRODUCTS} DAGs by their timetables", best(timetables(declared)), 1.0),
        (
            "a year of windows for one product",
            best(lambda: list(open_spans(rules, NOW, NOW + YEAR))),
            0.010,
        ),
        (
            "a year of Day 0s for one product",
            best(lambda: starts(one, NOW, NOW + YEAR)),
            0.010,
        ),
        ("1,000 simulated runs of a minor release", best(simulation()), 5.0),
        (
            "state_at, 1,000 instants",
            best(
                lambda: [
                    state_at(NOW + hour * timedelta(hours=1), calendar, rules.scope, rules.windows)
                    for hour in range(1000)
                ]
            ),
            None,
        ),
    ]
    late = False
    print(f"{'what':58} {'CPU ms':>9} {'goal ms':>9}")
    for name, seconds, goal in rows:
        over = goal is not None and seconds > goal
        late = late or over
        shown = "" if goal is None else f"{goal * 1000:.0f}"
        print(f"{name:58} {seconds * 1000:9.2f} {shown:>9}{'  over' if over else ''}")
    return int(late)


if __name__ == "__main__":
    sys.exit(main())
