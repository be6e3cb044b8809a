"""A release played many times: windows, freezes, people, claims, watches."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.decisions.simulation import (
    Busy,
    Effort,
    Kind,
    Model,
    Place,
    Step,
    simulate,
    unmeetable,
)
from windlass.decisions.simulation.clocks import Stretches
from windlass.decisions.windows import Calendar, Freeze, Rules, Scope, Span, parse_windows
from windlass.decisions.working_days import WorkingDays
from windlass.decisions.working_hours import WorkingHours, after_working, is_working
from windlass.errors import InputError

MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)
HOUR = 3600.0
ZURICH = "Europe/Zurich"


def office(zone: str = "UTC") -> WorkingHours:
    return WorkingHours(parse_windows("mon-fri 09:00-17:00", zone))


def place(
    *freezes: Freeze, hours: str = "mon-thu 10:00-16:00", busy: tuple[Busy, ...] = ()
) -> Place:
    return Place(Rules(Calendar(freezes), Scope("p", "e", "r"), parse_windows(hours, "UTC")), busy)


def model(*steps: Step, **rest: object) -> Model:
    values: dict[str, object] = {
        "start": MONDAY,
        "people": {"mia": office(), "dev": office(), "ops": office("America/New_York")},
        "roles": {"pm": ("mia",), "developer": ("dev", "mia"), "devops": ("ops",)},
        "places": {"eu": place()},
        "milestones": {"end": (steps[-1].id,)},
    }
    return Model(steps=steps, **(values | rest))  # type: ignore[arg-type] # values come from a table


def end_of(played: Model, runs: int = 1) -> datetime | None:
    return simulate(played, runs, seed=1).milestones[0].p50


def test_work_goes_on_at_night_and_people_do_not() -> None:
    work = Step("build", effort=Effort(20 * HOUR))
    assert end_of(model(work)) == MONDAY + timedelta(hours=20)
    people = Step("review", Kind.PEOPLE, Effort(9 * HOUR), role="pm")
    assert end_of(model(people)) == MONDAY + timedelta(days=1, hours=1)


def test_of_a_role_whoever_is_done_first_counts() -> None:
    step = Step("review", Kind.PEOPLE, Effort(HOUR), role="developer")
    away = Span(MONDAY, MONDAY + timedelta(days=9))
    people = {"mia": office(), "dev": WorkingHours(office().windows, away=(away,))}
    assert end_of(model(step, people=people)) == MONDAY + timedelta(hours=1)


def test_one_person_fills_one_seat_of_a_gate() -> None:
    """Mia holds both roles: the developer's seat has to wait for Dev, who is away today."""
    away = Span(MONDAY, MONDAY + timedelta(days=1))
    people = {"mia": office(), "dev": WorkingHours(office().windows, away=(away,))}
    seats = (
        Step("pm", Kind.SEAT, Effort(HOUR), role="pm", gate="go"),
        Step("developer", Kind.SEAT, Effort(HOUR), role="developer", gate="go"),
        Step("gate", after=("pm", "developer")),
    )
    assert end_of(model(*seats, people=people)) == MONDAY + timedelta(days=1, hours=1)


def test_a_gate_with_too_few_people_is_named_and_never_reached() -> None:
    seat = Step("pm", Kind.SEAT, Effort(HOUR), role="pm", count=2, gate="acceptance")
    forecast = simulate(model(seat), 10, seed=1)
    assert forecast.milestones[0].p50 is None
    assert forecast.milestones[0].never == 1.0
    assert forecast.unmeetable == ("acceptance: 1 more pm needed; mia may sign, each once a gate",)


def test_excluded_people_do_not_count_for_a_quorum() -> None:
    seat = Step("pm", Kind.SEAT, Effort(HOUR), role="pm", gate="go")
    assert unmeetable(model(seat)) == ()
    assert unmeetable(model(seat, excluded=frozenset({"mia"})))[0].startswith("go: 1 more pm")


def test_a_seat_asked_while_nobody_of_the_role_works_is_reported() -> None:
    seat = Step("go", Kind.SEAT, Effort(60.0), role="devops", gate="go")
    forecast = simulate(model(seat), 10, seed=1)
    assert [(asked.role, asked.share) for asked in forecast.asked_outside] == [("devops", 1.0)]
    assert forecast.milestones[0].p50 == MONDAY + timedelta(hours=5, seconds=60)


def rollout(place_name: str = "eu", hours: float = 2.0, **rest: object) -> tuple[Step, Step]:
    values: dict[str, object] = {"place": place_name, "covers": ("deploy",)}
    window = Step("window", Kind.WINDOW, **(values | rest))  # type: ignore[arg-type] # values come from a table
    return window, Step("deploy", effort=Effort(hours * HOUR), after=("window",))


def released(model_: Model) -> datetime | None:
    return simulate(model_, 1, seed=1).steps[-2].p50


def with_rollout(after: Step, **rest: object) -> Model:
    window, deploy = rollout()
    return model(after, replace(window, after=(after.id,)), deploy, **rest)


def test_a_rollout_waits_for_its_window() -> None:
    assert released(model(*rollout())) == MONDAY + timedelta(hours=1)


def test_a_rollout_that_does_not_fit_waits_for_the_next_window_and_says_so() -> None:
    build = Step("build", effort=Effort(5.5 * HOUR))
    forecast = simulate(with_rollout(build), 10, seed=1)
    assert forecast.steps[1].p50 == MONDAY + timedelta(days=1, hours=1)
    assert [(missed.why, missed.share) for missed in forecast.missed] == [
        ("too little of it was left for the work (2 h at P90)", 1.0)
    ]


def test_a_freeze_is_named_for_every_window_it_costs_and_what_it_costs_in_time() -> None:
    audit = Freeze("audit", MONDAY - timedelta(days=1), MONDAY + timedelta(days=2), reason="a")
    forecast = simulate(model(*rollout(), places={"eu": place(audit)}), 10, seed=1)
    assert [missed.opens for missed in forecast.missed] == [
        MONDAY + timedelta(hours=1),
        MONDAY + timedelta(days=1, hours=1),
    ]
    assert forecast.missed[0].why.startswith("freeze audit (a)")
    (effect,) = forecast.freezes
    assert (effect.name, effect.p90_later) == ("audit", 2 * 24 * HOUR)


def test_a_place_that_somebody_else_holds_is_waited_for() -> None:
    busy = Busy(Span(MONDAY, MONDAY + timedelta(hours=4)), "payments 2.3")
    forecast = simulate(model(*rollout(), places={"eu": place(busy=(busy,))}), 10, seed=1)
    assert forecast.steps[0].p50 == MONDAY + timedelta(hours=4)
    assert forecast.missed[0].why == "held by payments 2.3"


def test_nothing_goes_to_production_before_day_zero() -> None:
    day_zero = MONDAY + timedelta(days=2, hours=2)
    window, deploy = rollout(not_before=day_zero)
    assert released(model(window, deploy)) == day_zero


def test_a_rollout_that_takes_longer_than_its_window_overruns() -> None:
    window, deploy = rollout()
    scattered = replace(deploy, effort=Effort(3 * HOUR, 2.0))
    forecast = simulate(model(window, scattered), 2000, seed=3)
    assert 0.05 < forecast.overrun["eu"] < 0.15


def test_a_watch_over_a_weekend_is_reported() -> None:
    watch = Step("monitor", Kind.WATCH, days=5)
    forecast = simulate(model(watch, zone=ZURICH, working=WorkingDays()), 10, seed=1)
    assert forecast.watch_off == {"monitor": 1.0}
    assert forecast.milestones[0].p50 == MONDAY + timedelta(days=5)
    moved = simulate(model(replace(watch, only_worked=True), zone=ZURICH), 1, seed=1)
    assert moved.milestones[0].p50 == MONDAY + timedelta(days=7)


def test_history_is_drawn_from_when_there_is_enough_of_it() -> None:
    few = Step("build", effort=Effort(HOUR, samples=(1.0, 2.0)))
    many = Step("build", effort=Effort(HOUR, samples=(60.0,) * 5))
    assert end_of(model(few)) == MONDAY + timedelta(hours=1)
    assert end_of(model(many)) == MONDAY + timedelta(minutes=1)


def test_the_same_seed_gives_the_same_answer_and_another_seed_another() -> None:
    step = Step("build", effort=Effort(HOUR, 3.0))
    assert simulate(model(step), 50, seed=7) == simulate(model(step), 50, seed=7)
    assert simulate(model(step), 50, seed=7) != simulate(model(step), 50, seed=8)


def test_p50_and_p90_are_those_of_the_durations() -> None:
    step = Step("build", effort=Effort(HOUR, 2.0))
    (end,) = simulate(model(step), 20000, seed=5).milestones
    assert end.p50 is not None
    assert end.p90 is not None
    assert (end.p50 - MONDAY).total_seconds() == pytest.approx(HOUR, rel=0.03)
    assert (end.p90 - MONDAY).total_seconds() == pytest.approx(2 * HOUR, rel=0.03)


@pytest.mark.parametrize(
    "make",
    [
        lambda: model(Step("a", after=("b",)), Step("b")),
        lambda: model(Step("a"), Step("a")),
        lambda: model(Step("a", Kind.WINDOW, place="nowhere")),
        lambda: model(Step("a"), milestones={"end": ("b",)}),
        lambda: Effort(-1.0),
        lambda: Effort(1.0, 0.5),
        lambda: simulate(model(Step("a")), 0, seed=1),
    ],
)
def test_a_model_that_makes_no_sense_is_refused(make: object) -> None:
    with pytest.raises(InputError):
        make()  # type: ignore[operator] # a table of calls


@given(
    offsets=st.lists(st.integers(0, 20 * 24 * 3600), min_size=1, max_size=5),
    work=st.integers(0, 60 * 3600),
    days_off=st.sets(st.integers(0, 20), max_size=5),
)
def test_all_runs_at_once_count_the_hours_that_one_person_counts(
    offsets: list[int], work: int, days_off: set[int]
) -> None:
    """The arrays against ``working_hours``, which walks through the spans one by one."""
    import numpy as np

    off = tuple(date(2026, 1, 12) + timedelta(days=shift) for shift in sorted(days_off))
    hours = WorkingHours(office(ZURICH).windows, off=off)
    arrays = Stretches(hours.spans(MONDAY, MONDAY + timedelta(days=120)), MONDAY)
    starts = np.array(offsets, dtype=float)
    ends = arrays.after(starts, np.full(len(offsets), float(work)))
    inside = arrays.inside(starts)
    for offset, end, working in zip(offsets, ends, inside, strict=True):
        at = MONDAY + timedelta(seconds=offset)
        expected = after_working(hours, at, timedelta(seconds=work))
        assert expected is not None
        assert abs((MONDAY + timedelta(seconds=float(end)) - expected).total_seconds()) < 0.01
        assert bool(working) is is_working(hours, at)


def test_a_thousand_runs_of_a_minor_release_take_seconds() -> None:
    began = time.process_time()
    forecast = simulate(minor(), 1000, seed=1)
    assert time.process_time() - began < 5
    assert forecast.milestones[0].p90 is not None


def minor() -> Model:
    """Sixty tasks: planning and checks, six seats, two regions of four steps, a watch."""
    steps = [Step("open", effort=Effort(60))]
    plans = tuple(f"plan{index}" for index in range(12))
    steps.extend(Step(name, effort=Effort(120, 2.0), after=("open",)) for name in plans)
    steps.append(Step("cut", effort=Effort(60), after=plans))
    checks = tuple(f"check{index}" for index in range(8))
    steps.extend(Step(name, effort=Effort(HOUR, 2.0), after=("cut",)) for name in checks)
    for index, role in enumerate(("pm", "developer", "devops", "pm2", "developer2", "devops2")):
        name = role.rstrip("2")
        gate = "acceptance" if index < 3 else "go"
        steps.append(Step(f"seat{index}", Kind.SEAT, Effort(2 * HOUR, 3.0), checks, name, 1, gate))
    last: tuple[str, ...] = tuple(f"seat{i}" for i in range(6))
    for region in ("eu", "us"):
        names = [f"{region}.{kind}{p}" for p in (5, 25, 50, 100) for kind in ("step", "judge")]
        steps.append(
            Step(f"{region}.window", Kind.WINDOW, after=last, place=region, covers=tuple(names))
        )
        last = (f"{region}.window",)
        for name in names:
            steps.append(Step(name, effort=Effort(600, 1.5), after=last))
            last = (name,)
    steps.append(Step("monitor", Kind.WATCH, after=last, days=3, only_worked=True))
    freeze = Freeze("audit", MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
    return model(*steps, places={"eu": place(freeze), "us": place(freeze)}, zone=ZURICH)
