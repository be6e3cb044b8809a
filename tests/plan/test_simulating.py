"""A plan as a model: whose time each task takes, and what the calendar does to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from windlass.decisions.simulation import Busy, Kind, Model, simulate
from windlass.decisions.windows import Span
from windlass.plan import compile_plan
from windlass.plan.durations import past_durations
from windlass.plan.product_agenda import agenda_of
from windlass.plan.simulating import model_of
from windlass.spec.loader import load_product
from windlass.spec.product import Product

CALENDAR = """\
calendar: company
zone: Europe/Zurich
windows: mon-thu 09:00-16:00
freezes:
  - {name: audit, reason: yearly, owner: mia, from: 2026-05-19, until: 2026-05-19}
holidays: {dates: {2026-05-14: Ascension}}
"""
TEAMS = """\
people:
  mia: {zone: Europe/Zurich}
  dev: {zone: Europe/Zurich, away: [{from: 2026-05-01, until: 2026-05-06}]}
  ops: {zone: America/New_York}
  quinn: {zone: Europe/Zurich}
roles:
  {product_manager: mia, developer: dev, devops: ops, qa_engineer: quinn, stakeholder: quinn}
"""
PRODUCT = """\
product: NAME
cadence: {every: 2 weeks, on: [tue], at: "10:00", zone: Europe/Zurich, anchor: 2026-01-13}
vendors:
  source_control: {git: {repository: r.git}}
  deployments: {processes: {fleet: f.json}}
  metrics: {prometheus_text: {fleet: f.json}}
environments:
  - staging
  - production: {live: yes, zone: Europe/Zurich, claim: shop}
judge: {errors: {count: e, of: r, direction: increase}}
quality: {regression: {manual: qa_engineer, checklist: [it works]}}
rollout: {bake: {time: 30 min}}
"""
START = datetime(2026, 5, 4, 8, tzinfo=UTC)
TUESDAY = datetime(2026, 5, 19, 8, tzinfo=UTC)


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return load_product(project(tmp_path) / "shop.yaml")


def project(folder: Path, *names: str) -> Path:
    (folder / "calendars").mkdir()
    (folder / "products").mkdir()
    (folder / "calendars/company.yaml").write_text(CALENDAR, encoding="utf-8")
    (folder / "teams.yaml").write_text(TEAMS, encoding="utf-8")
    for name in ("shop", *names):
        text = PRODUCT.replace("NAME", name)
        (folder / f"products/{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "products"


def modelled(product: Product, day_zero: datetime | None = None, **rest: Any) -> Model:
    return model_of(product, compile_plan(product, "minor"), START, day_zero, **rest)


def test_each_task_takes_the_time_of_whoever_does_it(product: Product) -> None:
    model = modelled(product)
    kinds = {step.id: step.kind for step in model.steps}
    assert kinds["validation.quality.regression"] is Kind.PEOPLE
    assert kinds["validation.readiness.approval.devops"] is Kind.SEAT
    assert kinds["execution.production.window"] is Kind.WINDOW
    assert kinds["follow_up.monitor"] is Kind.WATCH
    assert [step.id for step in model.steps] == [
        task.id for task in compile_plan(product, "minor").tasks
    ]


def test_a_window_has_to_hold_the_whole_rollout_of_its_place(product: Product) -> None:
    model = modelled(product)
    (window,) = (step for step in model.steps if step.kind is Kind.WINDOW)
    assert window.covers == tuple(
        f"execution.production.{kind}_{percent}"
        for percent in (5, 25, 50, 100)
        for kind in ("step", "judge")
    )
    bakes = [step.effort.typical for step in model.steps if ".judge_" in step.id]
    assert bakes == [1800.0] * 4


def test_day_zero_and_cut_off_hold_the_release_back(product: Product) -> None:
    forecast = simulate(modelled(product, TUESDAY + timedelta(days=1)), 200, seed=1)
    starts = {step.id: step.start for step in forecast.steps}
    assert starts["validation.cut"] == datetime(2026, 5, 15, 8, tzinfo=UTC)
    production = {one.name: one for one in forecast.milestones}["production"]
    assert production.p50 == TUESDAY + timedelta(days=1)


def test_a_freeze_on_day_zero_is_told_with_what_it_costs(product: Product) -> None:
    forecast = simulate(modelled(product, TUESDAY), 200, seed=1)
    assert [missed.why for missed in forecast.missed if missed.share > 0.9] == [
        "freeze audit (yearly) until 2026-05-19 22:00 UTC"
    ]
    (effect,) = forecast.freezes
    assert effect.p50_later == pytest.approx(23 * 3600, abs=1)


def test_people_asked_outside_their_hours_are_told(product: Product) -> None:
    forecast = simulate(modelled(product), 200, seed=1)
    assert {asked.role for asked in forecast.asked_outside if asked.share > 0.2} >= {"devops"}


def test_the_past_replaces_the_defaults(product: Product) -> None:
    past = {"validation.candidate": (7200.0,) * 6}
    model = modelled(product, history=past)
    (step,) = (step for step in model.steps if step.id == "validation.candidate")
    assert step.effort.samples == (7200.0,) * 6


def test_another_holder_of_the_place_is_waited_for(product: Product) -> None:
    held = Busy(Span(TUESDAY + timedelta(days=1), TUESDAY + timedelta(days=1, hours=2)), "cart")
    model = modelled(product, TUESDAY + timedelta(days=1), busy={"production": (held,)})
    forecast = simulate(model, 50, seed=1)
    assert any(missed.why == "held by cart" for missed in forecast.missed)


@dataclass(frozen=True)
class Happened:
    stream: str
    type: str
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


def test_past_durations_run_from_the_first_start_to_the_end_of_what_was_done() -> None:
    def event(stream: str, kind: str, minute: int, outcome: str = "done") -> Happened:
        at = START + timedelta(minutes=minute)
        return Happened(stream, f"task.{kind}", at, {"task": "build", "outcome": outcome})

    events = [
        event("one", "started", 0),
        event("one", "started", 5),
        event("two", "started", 6),
        event("one", "finished", 10),
        event("two", "finished", 7, "failed"),
        event("three", "finished", 8),
    ]
    assert past_durations(events) == {"build": (600.0,)}


def test_an_agenda_books_the_shared_lock_from_day_zero_to_the_close(product: Product) -> None:
    found = agenda_of(product, TUESDAY - timedelta(days=4), TUESDAY + timedelta(days=20))
    assert [zero.instant for zero in found.day_zeros] == [
        TUESDAY + timedelta(days=1),
        TUESDAY + timedelta(days=14),
    ]
    booking = found.bookings[0]
    assert booking.locks == {"shop"}
    assert booking.until == datetime(2026, 5, 20, 14, tzinfo=UTC)
    assert {entry.open for entry in found.places[0].entries} == {True, False}
