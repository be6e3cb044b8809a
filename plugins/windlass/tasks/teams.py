"""Who holds which role, and when: as the teams are published, not as a release was planned.

The calendar, the hours of the live places and what the product needs are published beside them.

Whoever sees the files publishes them to the ledger when they changed. Its history answers "did
they hold the role when they signed"; its newest version answers "do they hold it now".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from windlass.decisions.holders import Holders, Tenure
from windlass.decisions.windows.spans import Span
from windlass.decisions.windows.wallclock import ONE_DAY, at_minute, zone_named
from windlass.ledger.canonical import canonical, sha256
from windlass.spec.calendar import Calendar
from windlass.spec.people import ON_CALL, Person
from windlass.spec.product import Product

if TYPE_CHECKING:
    from windlass.ledger import Ledger
    from windlass.tasks.release import Release

TEAMS, CALENDAR, HOURS, NEEDS = "teams", "calendar", "hours", "needs"
LOOKED_UP = {"people", "roles", "rota", "on_call"}
#: What was published first is all that is known of the time before.
EVER = datetime.min.replace(tzinfo=UTC)


def publish(ledger: Ledger, product: Product, *, at: datetime, by: str = "windlass") -> None:
    """Publish the product's people, calendar, hours and needs, unless nothing is new."""
    calendar = product.calendar.model_dump(mode="json", by_alias=True)
    found = (
        (TEAMS, _teams(product)),
        (CALENDAR, calendar),
        (HOURS, _hours(product)),
        (NEEDS, {"depends_on": {name: str(wanted) for name, wanted in product.depends_on.items()}}),
    )
    for kind, data in found:
        digest = "sha256:" + sha256(canonical(data))
        newest = ledger.documents.latest(kind, product.product)
        if newest is None or newest.digest != digest:
            ledger.documents.publish(kind, product.product, digest, data, at, by)


def with_people_of_today(ledger: Ledger, product: Product) -> Product:
    """``product`` with the people and roles that were published last; else as it is."""
    newest = ledger.documents.latest(TEAMS, product.product)
    if newest is None:
        return product
    data = newest.data
    return product.model_copy(
        update={
            "people": {n: Person.model_validate(p) for n, p in data["people"].items()},
            "roles": {role: tuple(names) for role, names in data["roles"].items()},
            "rota": tuple(data["rota"]),
            "on_call": tuple(data["on_call"]),
        }
    )


def calendar_of_today(ledger: Ledger, product: Product) -> Calendar:
    """The calendar that was published last; else the one ``product`` carries."""
    newest = ledger.documents.latest(CALENDAR, product.product)
    return product.calendar if newest is None else Calendar.model_validate(newest.data)


def holders(release: Release) -> Holders:
    """Who holds which role of the release's product, since when, with stand-ins."""
    return holders_of(release.ledger, release.plan.product, release.product)


def holders_of(ledger: Ledger, product: str, opened_with: Product | None = None) -> Holders:
    """Who holds which role of ``product``, since when, with stand-ins for people away.

    Args:
        opened_with: says who holds what where nothing was ever published.
    """
    tenures: dict[str, list[Tenure]] = {}
    for span, teams in _versions(ledger, product, opened_with):
        for role, people in _roles(teams).items():
            for person in people:
                held = tenures.setdefault(role, [])
                held += _tenures(person, teams["people"].get(person), span)
    return Holders(tenures)


def who_holds(release: Release, role: str) -> tuple[str, ...]:
    """The people who hold ``role`` at this moment, stand-ins last."""
    return who_holds_at(holders(release), role, release.now())


def who_holds_at(known: Holders, role: str, instant: datetime) -> tuple[str, ...]:
    """The people who hold ``role`` at ``instant``, in the order written, stand-ins last."""
    there = [t for t in known.tenures.get(role, ()) if t.covers(instant)]
    there.sort(key=lambda tenure: bool(tenure.stands_in_for))
    return tuple(dict.fromkeys(tenure.person for tenure in there))


def _teams(product: Product) -> dict[str, Any]:
    return product.model_dump(mode="json", by_alias=True, include=LOOKED_UP)


def _hours(product: Product) -> dict[str, Any]:
    """Live place → its own hours on its own clock; no hours: the calendar's."""
    found: dict[str, Any] = {}
    for environment in product.environments:
        if not environment.live:
            continue
        if not environment.regions:
            found[environment.name] = {"window": environment.window, "zone": environment.zone}
        for region in environment.regions:
            name = f"{environment.name}/{region.name}"
            found[name] = {"window": region.window, "zone": region.zone}
    return found


def _versions(
    ledger: Ledger, product: str, opened_with: Product | None
) -> Iterator[tuple[tuple[datetime, datetime | None], Mapping[str, Any]]]:
    """Each version of the teams with the time it was in force; the last one is without end."""
    published = ledger.events(f"documents/{TEAMS}/{product}")
    if not published:
        if opened_with is not None:
            yield (EVER, None), _teams(opened_with)
        return
    starts = [EVER, *(event.at for event in published[1:])]
    ends: list[datetime | None] = [*starts[1:], None]
    for event, since, until in zip(published, starts, ends, strict=True):
        yield (since, until), event.data["document"]


def _roles(teams: Mapping[str, Any]) -> dict[str, list[str]]:
    roles = {role: list(people) for role, people in teams["roles"].items()}
    return {ON_CALL: list(teams["on_call"]) or roles.get("devops", []), **roles}


def _tenures(
    person: str, known: Mapping[str, Any] | None, span: tuple[datetime, datetime | None]
) -> Iterator[Tenure]:
    """The person's own tenure, and those of whoever stands in for them meanwhile."""
    since, until = span
    yield Tenure(person, since, until)
    for absence in Person.model_validate(known).away if known else ():
        away = _away(absence.first, absence.last, str((known or {}).get("zone") or "UTC"))
        start = max(since, away.start)
        end = away.end if until is None else min(until, away.end)
        if absence.stand_in and start < end:
            yield Tenure(absence.stand_in, start, end, stands_in_for=person)


def _away(first: Any, last: Any, zone: str) -> Span:
    where = zone_named(zone)
    return Span(at_minute(first, 0, where), at_minute(last + ONE_DAY, 0, where))
