"""``windlass simulate``: play a release many times on the real calendar before it starts."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from windlass.cli import FINDING, session
from windlass.cli.gantt import gantt
from windlass.decisions.forecast_calibration import calibration
from windlass.decisions.runway import in_words
from windlass.decisions.simulation import Busy, Forecast, Model, simulate
from windlass.decisions.verdict import Verdict
from windlass.decisions.windows import Span
from windlass.errors import InputError, LedgerError
from windlass.plan import compile_plan
from windlass.plan.dating import upcoming_day_0
from windlass.plan.durations import past_durations
from windlass.plan.forecasts import MET, past_forecasts
from windlass.plan.product_agenda import agenda_of, locks_of
from windlass.plan.simulating import HORIZON, model_of
from windlass.spec.loader import load_product
from windlass.spec.product import Product


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("simulate")(play)


def play(
    product: Annotated[str, typer.Argument(help="Name below include/products, or a file.")],
    release_type: Annotated[str, typer.Argument(help="major, minor, patch, flag, emergency.")],
    start: Annotated[
        str | None, typer.Option(help="When it starts: an instant with zone; none: now.")
    ] = None,
    day_0: Annotated[
        str | None, typer.Option("--day-0", help="Instant of production; none: the next one due.")
    ] = None,
    runs: Annotated[int, typer.Option(min=1, max=1_000_000, help="How often it is played.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answer.")] = 1,
    picture: Annotated[
        Path | None, typer.Option(help="Write the plan with its bands as an SVG file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Plain JSON.")] = False,
) -> None:
    """When a release is done, which windows it misses and why, and who is asked at night."""
    found = load_product(session.product_file(product))
    plan = compile_plan(found, release_type)
    begins = _instant(start, "--start") if start else session.now()
    zero = _instant(day_0, "--day-0") if day_0 else upcoming_day_0(found, release_type, begins)
    past, calibrated = _past(found), calibration_of(found)
    busy = _busy(found, [target.name for target in plan.live_targets], begins)
    model = model_of(found, plan, begins, zero, history=past, busy=busy)
    forecast = simulate(model, runs, seed)
    if picture is not None:
        picture.write_text(gantt(forecast, model, f"{product} {release_type}"), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_json(forecast, zero, len(past), calibrated), indent=2))
    else:
        _print(forecast, model, zero, len(past))
        typer.echo(f"earlier forecasts: {'; '.join(calibrated.reasons)}")
    if forecast.unmeetable or any(one.p90 is None for one in forecast.milestones):
        raise typer.Exit(FINDING)


def _instant(text: str, option: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise InputError(f"{option} {text!r} is no instant, such as 2026-12-01T10:00+01:00")
    return instant


def _past(product: Product) -> dict[str, tuple[float, ...]]:
    """Past durations; none where there is no ledger yet."""
    try:
        book = session.ledger()
    except LedgerError:
        return {}
    return past_durations(book.select(("task.started", "task.finished"), product=product.product))


def calibration_of(product: Product) -> Verdict:
    """How good earlier forecasts of this product were: predicted against actual."""
    try:
        book = session.ledger()
    except LedgerError:
        return calibration(())
    return calibration(past_forecasts(book.select((MET,), product=product.product)))


def _busy(product: Product, targets: list[str], start: datetime) -> dict[str, tuple[Busy, ...]]:
    """When other products hold an environment whose lock they share with this one."""
    found: list[Busy] = []
    own = Path(product.source)
    for file in sorted(own.parent.glob("*.yaml")):
        if file == own:
            continue
        other = load_product(file)
        if locks_of(other) & locks_of(product):
            for booking in agenda_of(other, start, start + HORIZON).bookings:
                holder = f"{booking.product} {booking.release_type}"
                found.append(Busy(Span(booking.day_zero, booking.until), holder))
    return {target: tuple(found) for target in targets} if found else {}


def _json(
    forecast: Forecast, zero: datetime | None, known: int, calibrated: Verdict
) -> dict[str, Any]:
    return {
        "day_0": zero.isoformat() if zero else None,
        "tasks_with_history": known,
        "calibration": {
            "outcome": calibrated.outcome.value,
            "reasons": list(calibrated.reasons),
            **calibrated.figures,
        },
        **json.loads(json.dumps(asdict(forecast), default=lambda value: value.isoformat())),
    }


def _print(forecast: Forecast, model: Model, zero: datetime | None, known: int) -> None:
    tasks = f"{len(model.steps)} tasks, {known} of them with a history"
    typer.echo(f"{forecast.runs} runs, seed {forecast.seed}: {tasks}")
    typer.echo(f"starts {_when(forecast.start)}" + (f", Day 0 {_when(zero)}" if zero else ""))
    for one in forecast.milestones:
        never = f"  never in {one.never:.0%} of the runs" if one.never else ""
        typer.echo(f"  {one.name:12} P50 {_when(one.p50):22} P90 {_when(one.p90)}{never}")
    for line in _findings(forecast):
        typer.echo(line)


def _findings(forecast: Forecast) -> list[str]:
    lines = [f"cannot be signed: {text}" for text in forecast.unmeetable]
    lines += [
        f"{one.share:4.0%} let {one.place} {_when(one.opens)} pass: {one.why}"
        for one in forecast.missed
    ]
    lines += [
        f"{one.share:4.0%} ask {one.role} ({one.step}) while none of them works"
        for one in forecast.asked_outside
    ]
    lines += [
        f"{share:4.0%} are not done in {place} when its window closes"
        for place, share in forecast.overrun.items()
    ]
    lines += [
        f"{share:4.0%} watch over days nobody works ({step}): follow_up.watcher does"
        for step, share in forecast.watch_off.items()
    ]
    for freeze in forecast.freezes:
        if freeze.p90_later is None:
            lines.append(f"freeze {freeze.name}: some runs never get past it, or never end at all")
        elif freeze.p90_later:
            later = in_words(_seconds(freeze.p90_later))
            lines.append(f"freeze {freeze.name}: makes production {later} later (P90)")
        else:
            lines.append(f"freeze {freeze.name}: changes nothing")
    return lines


def _seconds(value: float) -> timedelta:
    return timedelta(seconds=abs(round(value)))


def _when(instant: datetime | None) -> str:
    return f"{instant:%a %F %H:%M} UTC" if instant else "never"
