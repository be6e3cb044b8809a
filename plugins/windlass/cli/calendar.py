"""``windlass calendar``: windows, freezes and Day 0s, and which products meet in them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from windlass.cli import FINDING, screen, session
from windlass.cli.validate import product_files
from windlass.decisions.cadence import DayZero
from windlass.decisions.conflicts import Conflict, conflicts
from windlass.decisions.windows import instant_of, zone_named
from windlass.errors import InputError
from windlass.plan.product_agenda import PlaceAgenda, ProductAgenda, agenda_of
from windlass.spec.loader import load_product

#: What is shown when nobody says until when.
AHEAD = timedelta(days=60)


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("calendar")(show_calendar)


def show_calendar(
    products: Annotated[list[str] | None, typer.Argument(help="Products, by name or file.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every product.")] = False,
    since: Annotated[
        str | None, typer.Option("--from", help="Date, or instant with zone; none: now.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Date or instant, outside; none: 60 days later.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="iCalendar, for any calendar.")] = False,
) -> None:
    """Open and closed windows with their reasons, Day 0s, and conflicts between products."""
    if as_json and as_ics:
        raise InputError("--json and --ics: choose one")
    files = product_files([Path()]) if every else [session.product_file(n) for n in products or ()]
    if not files:
        raise InputError("name a product, or --all")
    start = _instant(since, "--from") if since else session.now()
    end = _instant(until, "--to") if until else start + AHEAD
    if end <= start:
        raise InputError(f"--to {end.isoformat()} is not after --from {start.isoformat()}")
    found = [agenda_of(load_product(file), start, end) for file in files]
    meeting = conflicts(booking for one in found for booking in one.bookings)
    if as_json:
        typer.echo(json.dumps(_json(found, meeting), indent=2))
    elif as_ics:
        typer.echo(_ics(found, session.now()), nl=False)
    else:
        _print(found, meeting)
    if meeting:
        raise typer.Exit(FINDING)


def _instant(text: str, option: str) -> datetime:
    try:
        if len(text) == len("2026-01-01"):
            midnight = datetime.combine(date.fromisoformat(text), datetime.min.time())
            return instant_of(midnight, zone_named("UTC"))
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            f"{option} {text!r} is neither a date such as 2026-12-01 nor an instant"
        ) from None
    if instant.tzinfo is None:
        raise InputError(f"{option} {text!r} has no time zone; write {text}+00:00 for UTC")
    return instant


def _json(found: Iterable[ProductAgenda], meeting: Iterable[Conflict]) -> dict[str, Any]:
    return {
        "products": [
            {
                "product": one.product,
                "release_type": one.release_type,
                "windows": list(_windows(one)),
                "day_0": [_zero(zero) for zero in one.day_zeros],
            }
            for one in found
        ],
        "conflicts": [
            {
                "at": conflict.other.day_zero.isoformat(),
                "products": [conflict.one.product, conflict.other.product],
                "kind": conflict.kind,
                "shared": list(conflict.shared),
            }
            for conflict in meeting
        ],
    }


def _windows(one: ProductAgenda) -> Iterator[dict[str, Any]]:
    for place in one.places:
        for entry in place.entries:
            yield {
                "place": place.name,
                "zone": place.zone,
                "start": entry.span.start.isoformat(),
                "end": entry.span.end.isoformat(),
                "open": entry.open,
                "why": entry.why,
                "who": entry.who,
            }


def _zero(zero: DayZero) -> dict[str, Any]:
    return {
        "instant": zero.instant.isoformat(),
        "skipped": zero.skipped,
        "reason": zero.reason,
        "moved_from": zero.moved_from.isoformat() if zero.moved_from else None,
    }


def _print(found: list[ProductAgenda], meeting: list[Conflict]) -> None:
    console = screen.console()
    for one in found:
        table = Table("from", "until", "what", "state", "why", title=one.product)
        for row in sorted(_rows(one), key=lambda row: row[0]):
            table.add_row(*row[1:])
        console.print(table)
    for conflict in meeting:
        console.print(f"{conflict.other.day_zero:%F %H:%M} UTC: {conflict.text}", markup=False)


def _rows(one: ProductAgenda) -> Iterator[tuple[datetime, str, str, str, str, str]]:
    for place in one.places:
        zone = ZoneInfo(place.zone)
        for entry in place.entries:
            why = f"{entry.why} · ask {entry.who}" if entry.who else entry.why
            start, end = (_local(instant, zone) for instant in entry.span)
            state = "open" if entry.open else "closed"
            yield entry.span.start, start, end, place.name, state, why
    for zero in one.day_zeros:
        state = "skipped" if zero.skipped else "moved" if zero.moved_from else "due"
        zone = ZoneInfo(one.places[0].zone)
        what = f"Day 0 · {one.release_type}"
        yield zero.instant, _local(zero.instant, zone), "", what, state, zero.reason


def _local(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %F %H:%M %Z}"


def _ics(found: Iterable[ProductAgenda], stamp: datetime) -> str:
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Windlass//release calendar//EN")
    calendar.add("version", "2.0")
    for one in found:
        for place in one.places:
            _add_closures(calendar, one, place, stamp)
        for zero in one.day_zeros:
            if not zero.skipped:
                _add(calendar, f"{one.product} {one.release_type}: Day 0", zero.reason, stamp, zero)
    return str(calendar.to_ical().decode())


def _add_closures(calendar: Any, one: ProductAgenda, place: PlaceAgenda, stamp: datetime) -> None:
    for entry in place.entries:
        if not entry.open:
            title = f"{one.product} {place.name}: no releases"
            _add(calendar, title, entry.why, stamp, entry.span)


def _add(calendar: Any, title: str, why: str, stamp: datetime, when: Any) -> None:
    from icalendar import Event

    zero = isinstance(when, DayZero)
    start = when.instant if zero else when.start
    event = Event()
    event.add("summary", title)
    event.add("description", why)
    event.add("dtstamp", stamp)
    event.add("dtstart", start)
    event.add("dtend", start + timedelta(hours=1) if zero else when.end)
    event.add("uid", f"{title.replace(' ', '-').replace(':', '')}-{start:%Y%m%dT%H%M%SZ}@windlass")
    calendar.add_component(event)
